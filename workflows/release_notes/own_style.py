"""Kinds of changes that a repository has kept out of its CHANGELOG until now, by what its entries cite."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from sandbox.git.history import History
from sandbox.git.plumbing import records
from workflows.release_notes.groups import Group, by_paths, group_of, key_of
from workflows.release_notes.history.pulls import ReleasedChange
from workflows.release_notes.history.released import released_beside
from workflows.release_notes.history.versions import previous, version_of
from workflows.release_notes.ranges import RangeRead, of_package, read_changes

DOCS, DEPENDENCIES, TOOLS, RELEASES = "documentation", "dependencies", "tests and tools", "releases themselves"
LAST = 12
"""Releases that are looked at."""
_LEAST = 8
_SELDOM = 0.1
_OFTEN = 0.25
"""A kind of which at least so many were released is left out where it was cited seldom and the others often."""
_ENTRY = re.compile(r"^#{1,3}[ \t]+\[?(?:version |release )?v?(?P<version>\d+(?:\.\d+)+[\w.+-]*)[^\n]*", re.I | re.M)
_RELEASE = re.compile(
    r"(?:[a-z]+(?:\([\w-]*\))?: *|:\w+: *|[^\w]+)?"
    r"(?:(?:prepare|make|cut|bump|tag|new|set)\b[ a-z]{0,20})?"
    r"(?:releas(?:e|ing)|version|bump)(?: (?:version|release|to|for|of))*"
    r" +v?\d++(?:\.\d++)++[\w.+-]*+(?: *\(?#\d+\)?)?\.?",
    re.IGNORECASE,
)
"""The title of a change that makes a release, and says nothing else."""
_CITED = re.compile(r"(?:/pull/|(?<![\w/&])#)(\d+)")

RangeOf = Callable[[str, str], RangeRead]
"""What a release holds, by the tag before it and its own."""


def kind_of(change: ReleasedChange, labels: Collection[str], paths: Collection[str]) -> str:
    """The kind of a change that some projects list and others do not; "" for all else, and for what breaks."""
    group = group_of(change, labels, None, paths)
    if group is Group.BREAKING:
        return ""
    if _RELEASE.fullmatch(change.title.strip()):
        return RELEASES
    if group in (Group.DOCS, Group.DEPENDENCY):
        return DOCS if group is Group.DOCS else DEPENDENCIES
    return TOOLS if by_paths(paths) is Group.OTHER else ""


def left_out(history: History, changelog: str, since: str, folder: str = "") -> tuple[str, ...]:
    """The kinds that the `changelog` does not list, learned from its entries for the releases up to the tag `since`.

    With `folder` it is that of the package there, whose releases hold what touched it.
    """
    cited = cited_by_version(changelog)
    tags = [line.decode("utf-8", "replace") for line in records("tag", history.git.run("tag", "--list"), b"\n")]
    last = version_of(since)
    known = [
        one
        for one in map(version_of, tags)
        if last is not None and one is not None and one.family == last.family and one <= last
    ]
    pairs: list[tuple[str, str, set[int]]] = []
    for one in sorted(known, reverse=True):
        numbers = cited.get(one.text, set())
        if numbers and len(pairs) < LAST and (before := _before(history, one.tag, tags)):
            pairs.append((before, one.tag, numbers))

    def range_of(before: str, tag: str) -> RangeRead:
        commit = history.resolve(f"refs/tags/{tag}")
        beside = [f"refs/tags/{name}" for name in released_beside(history, before, commit, tag)]
        return of_package(read_changes(history, f"refs/tags/{before}", commit, beside), folder)

    return learned((range_of(before, tag), numbers) for before, tag, numbers in pairs)


def learned(releases: Iterable[tuple[RangeRead, Collection[int]]]) -> tuple[str, ...]:
    """The kinds that are left out, from what each release held and which pull requests its entry cites."""
    made: Counter[str] = Counter()
    told: Counter[str] = Counter()
    for read, numbers in releases:
        for change in read.changes:
            if change.number:
                kind = kind_of(change, (), read.paths[key_of(change)])
                made[kind] += 1
                told[kind] += change.number in numbers
    if told[""] < _OFTEN * made[""] or not told[""]:
        return ()  # it hardly cites anything by its number, so what it does not cite says nothing
    return tuple(kind for kind in sorted(made) if kind and made[kind] >= _LEAST and told[kind] <= _SELDOM * made[kind])


def parted(
    changes: Sequence[ReleasedChange],
    kinds: Collection[str],
    labels: Mapping[int, Collection[str]],
    paths: Mapping[str, Collection[str]],
) -> tuple[list[ReleasedChange], list[ReleasedChange]]:
    """The changes that are told, and those of the kinds that are not."""
    told: list[ReleasedChange] = []
    kept: list[ReleasedChange] = []
    for change in changes:
        kind = kind_of(change, labels.get(change.number, ()), paths[key_of(change)])
        (kept if kind and kind in kinds else told).append(change)
    return told, kept


def cited_by_version(changelog: str) -> dict[str, set[int]]:
    """The numbers that the entry of each version cites."""
    heads = list(_ENTRY.finditer(changelog))
    ends = [*(head.start() for head in heads[1:]), len(changelog)][: len(heads)]
    found: dict[str, set[int]] = {}
    for head, end in zip(heads, ends, strict=True):
        numbers = {int(number) for number in _CITED.findall(changelog[head.end() : end])}
        found.setdefault(head["version"].rstrip("."), set()).update(numbers)
    return found


def _before(history: History, tag: str, tags: Sequence[str]) -> str:
    merged = history.git.run("tag", "--merged", f"refs/tags/{tag}")
    known = {line.decode("utf-8", "replace") for line in records("tag", merged, b"\n")}
    return previous(tag, tags, known.__contains__).tag
