"""What a change may not do, however good its reasons: the rules that stop a push."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from itertools import chain

from sandbox.journal import FileChange
from workflows.added_lines import AddedLine, added_lines
from workflows.repo_config import PATH, RepoConfig
from workflows.secret_scan import FoundSecret, secrets_in

_NAMED = 10
_PROTECTED = re.compile(
    r"^\.(github|gitlab|circleci|buildkite|forgejo|gitea)(/|$)|(^|/)(CODEOWNERS|\.gitmodules|\.gitattributes)$"
    r"|(^|/)(\.pre-commit-config\.ya?ml|\.gitlab-ci\.ya?ml|\.travis\.ya?ml|azure-pipelines\.ya?ml|Jenkinsfile"
    r"|bitbucket-pipelines\.ya?ml|appveyor\.yml|\.drone\.yml|\.cirrus\.yml|\.woodpecker\.ya?ml|cloudbuild\.ya?ml"
    r"|renovate\.json5?|\.renovaterc(\.json5?)?|\.releaserc|\.mergify\.yml|\.kodiak\.toml|bors\.toml)$"
    r"|(^|/)(AGENTS?|CLAUDE|GEMINI)\.md$|(^|/)\.(cursorrules|windsurfrules|clinerules|mcp\.json|envrc)(/|$)"
    # what runs by itself on a developer's machine: hooks, editors, containers, agents, wrappers of build tools
    r"|(^|/)\.(cursor|claude|windsurf|husky|githooks|devcontainer|vscode|mvn|run|azure-pipelines|tekton)(/|$)|(^|/)\.devcontainer\.json$"
    r"|(^|/)\.?lefthook(-local)?\.(ya?ml|toml|json)$|(^|/)(gradlew|mvnw)(\.bat|\.cmd)?$|(^|/)gradle/wrapper/|(^|/)\.idea/runConfigurations/"
    # what runs by itself in CI or wherever Python starts
    r"|(^|/)(buildspec\.ya?ml|bitrise\.ya?ml|action\.ya?ml|\.?pytest\.toml|(site|user)customize\.py)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DiffBounds:
    """How much one pull request may change: files, and bytes of its diff."""

    files: int = 200
    size: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a change is not pushed, and what can be done about it."""

    reason: str
    advice: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """What is to be pushed: the files, the diff, and its `size` in bytes with what binary files add.

    `unseen` are the lines of those files, which the diff does not show.
    """

    changes: Sequence[FileChange]
    diff: str
    size: int
    unseen: Sequence[AddedLine] = ()


def refusal(proposed: Proposed, bounds: DiffBounds, config: RepoConfig) -> Refused | None:
    """The first rule that the change breaks; None where it keeps to all.

    `config` is the repository's configuration on its default branch: what it allows was allowed by a person.
    """
    return (
        _too_large(len(proposed.changes), proposed.size, bounds)
        or _protected(proposed.changes, config.protected_paths_allowed)
        or _secret(proposed, config.secrets_allowed)
    )


def let_through(proposed: Proposed, config: RepoConfig) -> list[str]:
    """What looks like a secret and is pushed all the same, since the repository allows it: where, and of which kind."""
    if not config.secrets_allowed:
        return []
    return [str(secret) for secret in _secrets(proposed) if _matches(secret.path, config.secrets_allowed)]


def is_protected(path: str) -> bool:
    """Whether a file steers the repository itself: its automation, its owners, what tools are told about it."""
    return bool(_PROTECTED.search(path))


def _too_large(files: int, size: int, bounds: DiffBounds) -> Refused | None:
    if files > bounds.files:
        what = f"{files} files, more than the {bounds.files} that one pull request may change"
    elif size > bounds.size:
        what = f"{_megabytes(size)} of differences, more than the {_megabytes(bounds.size)} of one pull request"
    else:
        return None
    return Refused(
        f"The change has {what}, so it is not pushed.",
        "Ask for less in one issue, or let the operator raise the bound (PULLWRIGHT_MAX_FILES, PULLWRIGHT_MAX_DIFF).",
    )


def _protected(changes: Iterable[FileChange], allowed: tuple[str, ...]) -> Refused | None:
    paths = {path for change in changes for path in (change.path, change.old_path) if path}
    found = sorted(path for path in paths if is_protected(path) and not _matches(path, allowed))
    if not found:
        return None
    return Refused(
        f"The change touches files that steer the repository itself: {_listed(found)}. It is not pushed.",
        f"Where that is wanted, name them under protected_paths_allowed in {PATH} on the default branch,"
        " then retry commit.",
    )


def _secret(proposed: Proposed, allowed: tuple[str, ...]) -> Refused | None:
    found = [secret for secret in _secrets(proposed) if not _matches(secret.path, allowed)]
    if not found:
        return None
    return Refused(
        f"The change adds what looks like a secret: {_listed([str(secret) for secret in found])}. It is not pushed.",
        f"Where it is none, name the file under secrets_allowed in {PATH} on the default branch, then retry commit;"
        " else retry implement, or roll the run back. `pullwright diff` shows the lines, where Pullwright runs.",
    )


def _secrets(proposed: Proposed) -> list[FoundSecret]:
    paths = {change.path for change in proposed.changes}
    return secrets_in(line for line in chain(added_lines(proposed.diff), proposed.unseen) if line.path in paths)


def _matches(path: str, patterns: tuple[str, ...]) -> bool:
    return any(_pattern(pattern).match(path) for pattern in patterns)


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """A path, a directory, or a pattern with `*`; as in most such lists, `*` crosses directories."""
    pattern = pattern.removeprefix("./")
    return re.compile(translate(f"{pattern}*" if pattern.endswith("/") else pattern))


def _listed(names: Sequence[str]) -> str:
    shown = [name.encode(errors="surrogateescape").decode(errors="replace") for name in names[:_NAMED]]
    return ", ".join(shown) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
