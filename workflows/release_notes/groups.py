"""Where a change belongs in the notes, by its labels, by how its title begins, or by what was learned of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from enum import StrEnum

from workflows.release_notes.history.pulls import ReleasedChange


class Group(StrEnum):
    """The parts of the notes, in their order."""

    BREAKING = "Breaking changes"
    FEATURE = "New"
    FIX = "Fixed"
    PERFORMANCE = "Faster"
    DOCS = "Documentation"
    OTHER = "Other changes"
    DEPENDENCY = "Dependencies"


_TYPE = re.compile(r"(?P<type>[a-z]+)(?:\((?P<scope>[^)]*)\))?(?P<breaking>!)?:\s+(?P<rest>\S.*)", re.IGNORECASE)
_OF_TYPE = {
    "feat": Group.FEATURE,
    "feature": Group.FEATURE,
    "fix": Group.FIX,
    "bugfix": Group.FIX,
    "hotfix": Group.FIX,
    "perf": Group.PERFORMANCE,
    "docs": Group.DOCS,
    "doc": Group.DOCS,
    **dict.fromkeys(("refactor", "test", "tests", "ci", "build", "chore", "style", "deps", "revert"), Group.OTHER),
}
_LABELS = (
    (
        re.compile(
            r"(?<!non )(?<!not )(?<!no )\bbreaking\b(?! (?:no|none|false)\b)|^breaks?\b(?! point)"
            r"|\b(?:api|abi|bc|compat|compatibility) breaks?\b|\bincompatib"
            r"|^major(?: (?:changes?|release|version|bump|update))?$"
            r"|\b(?:semver|release|version|bump|change|type) major\b"
        ),
        Group.BREAKING,
    ),
    (re.compile(r"\bdepend(?:enc(?:y|ies)|abot)\b(?! (?:injection|graph))|\bdeps\b|^bump"), Group.DEPENDENCY),
    (re.compile(r"\bbug|\bfix|regression|\bdefect"), Group.FIX),
    (re.compile(r"perf"), Group.PERFORMANCE),
    (re.compile(r"feature|enhanc|\bnew\b|improvement"), Group.FEATURE),
    (re.compile(r"\bdocs?\b|documentation"), Group.DOCS),
    (re.compile(r"internal|refactor|\bci\b|chore|\btests?\b|housekeeping|maintenance|infra"), Group.OTHER),
)
_DEPENDENCY = re.compile(
    r"^(?:bump|update|upgrade) (?:the )?\S+(?: \S+){0,3}? (?:requirement )?(?:from \S+ to \S+|to v?\d\S*)"
    r"|^(?:bump|update) the \S+ group\b.* with \d+ updates?|^group dependencies\b"
    r"|^(?:⬆️?|:arrow_up:)|^update (?:dependency|dependencies|pre-?commit)|^lock file maintenance"
    r"|^\[pre-commit\.ci\]|^(?:chore|build|fix|ci)\((?:deps|deps-dev|dependencies)\)",
    re.IGNORECASE,
)
_BEGINNINGS = (
    (re.compile(r"^(?:🐛|:bug:)|^(?:bug ?)?fix(?:e[sd]|ing)?\b|^prevent\b|^avoid\b|^correct\b", re.I), Group.FIX),
    (
        re.compile(r"^(?:✨|:sparkles:)|^(?:add(?:s|ed)?|implement\w*|support|introduce\w*|allow\w*)\b", re.I),
        Group.FEATURE,
    ),
    (
        re.compile(r"^(?:📝|✏️|🌐|:memo:)|^docs?\b|^document\b|\b(?:typos?|readme|docs|documentation)\b", re.I),
        Group.DOCS,
    ),
    (re.compile(r"^(?:⚡️?|:zap:)|^(?:speed up|optimi[sz]e)\b|\bfaster\b|\bperformance\b", re.I), Group.PERFORMANCE),
)
_KINDS = (
    (
        Group.DOCS,
        re.compile(r"(?:^|/)(?:docs?|documentation|examples?)/|\.(?:md|mdx|rst|adoc)$|(?:^|/)mkdocs\.ya?ml$", re.I),
    ),
    (
        Group.OTHER,
        re.compile(
            r"^\.(?:github|circleci|gitlab)/|(?:^|/)(?:tests?|__tests__|spec)/|(?:^|/)test_[^/]*$|[._]test\.\w+$"
            r"|^\.[^/]+$|\.ya?ml$|(?:^|/)(?:tox\.ini|noxfile\.py|Makefile|\.pre-commit-config\.yaml|scripts/[^/]+)$"
        ),
    ),
)
"""Files by which a change is known, where it touched no others."""
_BREAKING = re.compile(
    r"^(?:[*-] )?BREAKING[ -]CHANGES?:[ \t]*"
    r"(?P<said>[^\n]*(?:\n(?![ \t]*\n)(?![\w-]{1,40}(?:: | #)|[*-] )[^\n]+)*)",
    re.MULTILINE,
)
"""What is said of it goes on to the end of its paragraph, or the next footer."""
_NONE = re.compile(r"\W*(?:none|no|nope|nothing|n/?a|not applicable|false)?\W*", re.IGNORECASE)
_BOT = re.compile(
    r"\[bot\]|^(?:dependabot|renovate|pre-commit-ci|github-actions|greenkeeper|snyk-bot)\b", re.IGNORECASE
)


def group_of(
    change: ReleasedChange,
    labels: Collection[str] = (),
    learned: Mapping[str, Group] | None = None,
    paths: Collection[str] = (),
) -> Group:
    """The part that a change belongs to.

    Its labels come first, then a conventional type, then the files that it changed where all are of one kind, then
    what was learned (by `key_of`), then its first words.
    """
    if breaking_note(change) is not None:
        return Group.BREAKING
    found = [group for pattern, group in _LABELS if any(pattern.search(_words(label)) for label in labels)]
    if Group.BREAKING in found:
        return Group.BREAKING
    title = change.title.strip()
    if Group.DEPENDENCY in found or _DEPENDENCY.search(title):
        return Group.DEPENDENCY
    if found:
        return found[0]
    match = _TYPE.fullmatch(title)
    if match and match["type"].lower() in _OF_TYPE:
        return _OF_TYPE[match["type"].lower()]
    if (touched := by_paths(paths)) is not None:
        return touched
    if learned and (known := learned.get(key_of(change))) is not None:
        return known
    return next((group for pattern, group in _BEGINNINGS if pattern.search(title)), Group.OTHER)


def _words(label: str) -> str:
    """A label as its words: `non-breaking/API` is "non breaking api"."""
    return " ".join(re.findall(r"[^\W_]+", label.lower()))


def by_paths(paths: Collection[str]) -> Group | None:
    """The part of a change that touched files of one kind alone; None for all others, and where nothing is known."""
    for group, pattern in _KINDS:
        if paths and all(pattern.search(path) for path in paths):
            return group
    return None


def is_clear(change: ReleasedChange, labels: Collection[str], paths: Collection[str] = ()) -> bool:
    """Whether labels, a conventional type or its files say where it belongs, so that nobody has to be asked."""
    match = _TYPE.fullmatch(change.title.strip())
    typed = match is not None and match["type"].lower() in _OF_TYPE
    labelled = any(pattern.search(_words(label)) for pattern, _ in _LABELS for label in labels)
    return (
        typed
        or labelled
        or by_paths(paths) is not None
        or bool(_DEPENDENCY.search(change.title))
        or breaking_note(change) is not None
    )


def breaking_note(change: ReleasedChange) -> str | None:
    """What a breaking change says has to be done, "" where it only says that it breaks; None for any other."""
    for commit in change.commits:
        for found in _BREAKING.finditer(commit.message.replace("\r\n", "\n")):
            said = " ".join(found["said"].split())
            if not said or not _NONE.fullmatch(said):  # a template that was filled in says that there is none
                return said
    match = _TYPE.fullmatch(change.title.strip())
    return "" if match and match["breaking"] else None


def told_title(change: ReleasedChange) -> str:
    """The title without its conventional type, as a sentence begins."""
    title = change.title.strip()
    match = _TYPE.fullmatch(title)
    if match and match["type"].lower() in _OF_TYPE:
        scope = f"{match['scope']}: " if match["scope"] and match["scope"] not in ("deps", "deps-dev") else ""
        title = f"{scope}{match['rest']}"
    return title[:1].upper() + title[1:]


def key_of(change: ReleasedChange) -> str:
    """How a change is cited: "#12", or the first ten digits of its commit."""
    return f"#{change.number}" if change.number else change.author.id[:10]


def is_bot(name: str, email: str) -> bool:
    return bool(_BOT.search(name) or _BOT.search(email))
