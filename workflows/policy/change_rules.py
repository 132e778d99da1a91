"""What a change may not do, however good its reasons: the rules that stop a push."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import translate
from functools import cache
from itertools import chain

from sandbox.git.objects import GITLINK, SYMLINK
from sandbox.journal import FileChange
from workflows.policy.config.repo_config import PATH, RepoConfig
from workflows.policy.links import bare_repositories, dangerous_name, links_out
from workflows.policy.protected import is_protected
from workflows.secrets.named import Weight
from workflows.secrets.scan import MOST_CHARACTERS, FoundSecret, secrets_in
from workflows.secrets.shapes import shaped
from workflows.text.added_lines import AddedLine, added_lines

_NAMED = 10


@dataclass(frozen=True, slots=True)
class DiffBounds:
    """How much one pull request may change: files, and bytes of its diff."""

    files: int = 200
    size: int = 1_000_000


@dataclass(frozen=True, slots=True)
class RefusedChange:
    """Why a change is not pushed, and what can be done about it."""

    reason: str
    advice: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """What is to be pushed: the files, the diff, and its `size` in bytes with what binary files add.

    `unseen` are the lines of those files, which the diff does not show. `links` are all links of the
    tree as it will be, by path, with what each of them holds. `unclean` are sentences about files that no
    fresh clone would have as they are.
    """

    changes: Sequence[FileChange]
    diff: str
    size: int
    unseen: Sequence[AddedLine] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    unclean: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the rules say of a change: the first that it breaks, or None and what its reviewer is to be told.

    `let_through` looks like a secret (or was not looked at) and is allowed by the repository;
    `doubtful` may be one. Both say where, and of which kind.
    """

    refused: RefusedChange | None = None
    let_through: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()


def judge(proposed: Proposed, bounds: DiffBounds, config: RepoConfig) -> Ruling:
    """Judge a change. Blocking: its text is scanned for secrets, so call it on a thread.

    `config` is the repository's configuration on its default branch: what it allows was allowed by a person.
    """
    refused = (
        _too_large(len(proposed.changes), proposed.size, bounds)
        or _protected(proposed.changes, config.protected_paths_allowed)
        or _misleading(proposed)
        or _unclean(proposed.unclean)
    )
    if refused is not None:
        return Ruling(refused)
    secrets = _secrets(proposed)
    if refused := _secret(secrets, config.secrets_allowed) or _unseen(secrets, config.secrets_allowed):
        return Ruling(refused)
    graver = [secret for secret in secrets if secret.weight is not Weight.DOUBTFUL]
    doubtful = [secret for secret in secrets if secret.weight is Weight.DOUBTFUL]
    return Ruling(None, tuple(map(str, graver)), tuple(map(str, doubtful)))


def _too_large(files: int, size: int, bounds: DiffBounds) -> RefusedChange | None:
    if files > bounds.files:
        what = f"{files} files, more than the {bounds.files} that one pull request may change"
    elif size > bounds.size:
        what = f"{_megabytes(size)} of differences, more than the {_megabytes(bounds.size)} of one pull request"
    else:
        return None
    return RefusedChange(
        f"The change has {what}, so it is not pushed.",
        "Ask for less in one issue, or let the operator raise the bound (PULLWRIGHT_MAX_FILES, PULLWRIGHT_MAX_DIFF).",
    )


def _protected(changes: Iterable[FileChange], allowed: tuple[str, ...]) -> RefusedChange | None:
    paths = {path for change in changes for path in (change.path, change.old_path) if path}
    found = sorted(path for path in paths if is_protected(path) and not _matches(path, allowed))
    if not found:
        return None
    return RefusedChange(
        f"The change touches files that steer the repository itself: {_listed(found)}. It is not pushed.",
        f"Where that is wanted, name them under protected_paths_allowed in {PATH} on the default branch,"
        " then retry commit.",
    )


def _misleading(proposed: Proposed) -> RefusedChange | None:
    """Links and names that lead elsewhere than they seem to, here or where the repository is checked out."""
    added = [change.path for change in proposed.changes if not change.before_mode or change.old_path]
    if bare := bare_repositories(added):
        return RefusedChange(
            f"The change adds what git takes for a repository: {_listed(bare)}. It is not pushed.",
            "Git obeys the configuration there, programs that it names included; make it in the test that needs it.",
        )
    names = sorted(path for path in added if dangerous_name(path))
    if names:
        return RefusedChange(
            f"The change adds names that other systems take for git's own: {_listed(names)}. It is not pushed.",
            "Name the files otherwise, then retry implement.",
        )
    modules = sorted(c.path for c in proposed.changes if c.after_mode == GITLINK and c.after_blob != c.before_blob)
    if modules:
        return RefusedChange(
            f"The change adds or moves submodules: {_listed(modules)}. It is not pushed.",
            "Their contents come from elsewhere and were not checked: a person has to add them; retry implement.",
        )
    touched = {c.path for c in proposed.changes if c.after_mode == SYMLINK and _is_new_link(c)}
    out = links_out(proposed.links, touched, {change.path for change in proposed.changes if change.after_mode})
    if out:
        told = _listed([f"{link.path} -> {link.target} ({link.why})" for link in out])
        return RefusedChange(
            f"The change adds links that lead out of the repository: {told}. It is not pushed.",
            "Put the contents there, or link to a file of the repository by a relative path; then retry implement.",
        )
    return None


def _is_new_link(change: FileChange) -> bool:
    """Whether where a link leads is the change's doing: one that was moved is read from another place."""
    return change.before_mode != SYMLINK or change.before_blob != change.after_blob or bool(change.old_path)


def _unclean(sentences: Sequence[str]) -> RefusedChange | None:
    if not sentences:
        return None
    more = f" And {len(sentences) - _NAMED} more." if len(sentences) > _NAMED else ""
    return RefusedChange(
        f"A fresh clone of the change would not be clean. {' '.join(sentences[:_NAMED])}{more} It is not pushed.",
        "Have the files written as .gitattributes want them: retry implement.",
    )


def _secret(secrets: Sequence[FoundSecret], allowed: tuple[str, ...]) -> RefusedChange | None:
    certain = (secret for secret in secrets if secret.weight is Weight.CERTAIN)
    found = [secret for secret in certain if not _matches(secret.path, allowed)]
    if not found:
        return None
    return RefusedChange(
        f"The change adds what looks like a secret: {_listed([str(secret) for secret in found])}. It is not pushed.",
        f"Where it is none, name the file under secrets_allowed in {PATH} on the default branch, then retry commit;"
        " else retry implement, or roll the run back. `pullwright diff` shows the lines, where Pullwright runs.",
    )


def _unseen(secrets: Sequence[FoundSecret], allowed: tuple[str, ...]) -> RefusedChange | None:
    left = (secret for secret in secrets if secret.weight is Weight.UNSEEN)
    found = [f"{secret.path}:{secret.line}" for secret in left if not _matches(secret.path, allowed)]
    if not found:
        return None
    return RefusedChange(
        f"The change is too large to be searched for secrets ({_megabytes(MOST_CHARACTERS)}): {_listed(found)} and"
        " what follows was not looked at. It is not pushed.",
        f"Ask for less in one issue, or name the files under secrets_allowed in {PATH} on the default branch, then"
        " retry commit.",
    )


def _secrets(proposed: Proposed) -> list[FoundSecret]:
    paths = {change.path for change in proposed.changes}
    names = [FoundSecret(path, 0, f"{one.kind} in its name") for path in sorted(paths) for one in shaped(path)]
    lines = (line for line in chain(added_lines(proposed.diff), proposed.unseen) if line.path in paths)
    return [*names, *secrets_in(lines)]


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
