"""The pull requests in our notes beside those in projects' own, for every release: from git alone, without a model.

Of each release that has an entry in the project's own file, the pull requests that we cite are compared with those of
the entry. A number that an entry only mentions (whose idea it was, what it reverts, whose first contribution it is) is
not asked for, and citing it is no fault; numbers that are no pull request's, as far as the repository holds their
heads, count for neither. Kinds that the earlier entries do not list are left out, as in our notes. The peer is what one
line of git finds: numbers at the ends of subjects and in those of merges, since the greatest smaller version that is an
ancestor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sandbox.git.history import History
from tests.bench.figures import Figure
from tests.bench.histories import found, quick
from workflows.release_notes.history.released import released_beside
from workflows.release_notes.history.versions import previous, version_of
from workflows.release_notes.own_style import LAST, cited_by_version, learned, parted
from workflows.release_notes.ranges import RangeRead, read_changes


@dataclass(frozen=True, slots=True)
class _Project:
    """Where a project has its notes, under which names it went, and the least recall, in percent."""

    notes: str
    names: str
    least: float


PROJECTS: Mapping[str, _Project] = {
    "fastapi": _Project("docs/en/docs/release-notes.md", "(?:fastapi|tiangolo)/fastapi", 100.0),
    "starlette": _Project("docs/release-notes.md", "(?:encode|kludex)/starlette", 98.7),
    "httpx": _Project("CHANGELOG.md", "encode/(?:httpx|http3)", 94.5),
    "pydantic": _Project("HISTORY.md", "(?:pydantic|samuelcolvin)/pydantic", 87.3),
}
_ENTRY = re.compile(r"^#{1,3} +\[?v?(\d+\.\d+(?:\.\d+)?[\w.+-]*)\]?(?=[\s(,:\-]|$)", re.MULTILINE)
_SECTION = re.compile(r"^## .*", re.MULTILINE)
_OTHERS = r"https?://github\.com/(?!(?:{names})/)[\w.-]+/[\w.-]+/(?:pull|issues)/\d+"
_NOT_OURS = re.compile(r"(?<!\w)[\w-]+/[\w-]+#\d+|httpcore\]? (?:pull )?#\d+|(?:issues|discussions)/\d+", re.I)
_LINK = re.compile(r"\[#\d+\]\((?=[^)]*/pull/\d+)")
_NUMBER = re.compile(r"(?:/pull/|(?<![\w/&])#)(\d+)")
_MENTIONED = re.compile(
    r"\b(?:original(?:ly)?|initial(?:ly)?|based on|continuation|idea|discussed|introduced|duplicate models from"
    r"|reverted by|restored by|and here)\b[^#\n]{0,90}?(?:#|/pull/)\d+|[\"`][^\"`\n]*\(#\d+\)[\"`]",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"(?:^Merge pull request #(\d+))|\(#(\d+)\)$", re.MULTILINE)


@dataclass(slots=True)
class Tally:
    """Pull requests that both name, we alone, and they alone."""

    both: int = 0
    ours: int = 0
    theirs: int = 0

    def add(self, cited: set[int], asked: set[int], mentioned: set[int]) -> None:
        self.both += len(cited & asked)
        self.ours += len(cited - asked - mentioned)
        self.theirs += len(asked - cited)

    @property
    def recall(self) -> float:
        return 100 * self.both / max(1, self.both + self.theirs)

    @property
    def precision(self) -> float:
        return 100 * self.both / max(1, self.both + self.ours)

    @property
    def f1(self) -> float:
        return 200 * self.both / max(1, 2 * self.both + self.ours + self.theirs)


def figures() -> Iterator[Figure]:
    """For each project recall with its goal, precision, and F1 beside the peer's."""
    for name, place in found(tuple(PROJECTS)):
        with quick(place) as history:
            ours, plain, releases = measure(history, PROJECTS[name])
        yield Figure(f"{name}, {releases} releases: recall", ours.recall, most=PROJECTS[name].least, unit="%")
        yield Figure(f"{name}: precision", ours.precision, plain.precision, unit="%")
        yield Figure(f"{name}: F1", ours.f1, plain.f1, most=1.0, unit="%")


def measure(history: History, project: _Project) -> tuple[Tally, Tally, int]:
    """Ours, the peer's, and how many releases were compared."""
    text = history.git.run("show", f"HEAD:{project.notes}").decode("utf-8", "replace")
    entries = entries_of(text, project.names)
    listed = history.git.run("for-each-ref", "--format=%(refname)", "refs/pull/*/head").decode().split()
    pulls = {int(ref.split("/")[2]) for ref in listed}
    tags = history.git.run("tag", "--list").decode().split()
    known = cited_by_version(text)
    ours, plain, releases = Tally(), Tally(), 0
    earlier: list[tuple[RangeRead, set[int]]] = []
    for version in sorted(one for one in map(version_of, tags) if one is not None and not one.prefix):
        tag = version.tag
        asked, mentioned = entries.get(tag.removeprefix("v"), (set[int](), set[int]()))
        asked = asked & pulls if pulls else asked
        if not asked:
            continue
        commit = history.resolve(f"refs/tags/{tag}")
        merged = set(history.git.run("tag", "--merged", commit).decode().split())
        since = previous(tag, tags, merged.__contains__).tag
        if since:
            releases += 1
            read = read_of(history, since, commit, tag)
            ours.add(cited(read, learned(earlier[-LAST:])), asked, mentioned)
            earlier.append((read, known.get(tag.removeprefix("v"), set())))
            log = history.git.run("log", "--format=%s", commit, "--not", f"refs/tags/{since}").decode(
                "utf-8", "replace"
            )
            plain.add({int(a or b) for a, b in _SUBJECT.findall(log)}, asked, mentioned)
    return ours, plain, releases


def read_of(history: History, since: str, commit: str, tag: str) -> RangeRead:
    """What we find in a release."""
    beside = [f"refs/tags/{one}" for one in released_beside(history, since, commit, tag)]
    return read_changes(history, f"refs/tags/{since}", commit, beside)


def cited(read: RangeRead, kinds: Sequence[str]) -> set[int]:
    """The pull requests that our notes of it name, those that were made and taken back among them."""
    told, _ = parted(read.changes, kinds, read.labels, read.paths)
    numbers = {number for change in told for number in (change.number, change.backport) if number}
    keys = (key for one in read.reverted for key in (one.key, one.by))
    return numbers | {int(key[1:]) for key in keys if key.startswith("#")}


def entries_of(text: str, names: str) -> dict[str, tuple[set[int], set[int]]]:
    """By version, the pull requests that a project's entry is about, and all that it names."""
    sections = sorted([*_ENTRY.finditer(text), *_SECTION.finditer(text)], key=lambda one: (one.start(), -one.re.groups))
    found: dict[str, tuple[set[int], set[int]]] = {}
    starts = [one.start() for one in sections]
    for one in sections:
        if one.re is not _ENTRY:
            continue
        end = next((start for start in starts if start > one.start()), len(text))
        body = re.sub(_OTHERS.format(names=names), "", text[one.end() : end], flags=re.IGNORECASE)
        body = _LINK.sub("[](", _NOT_OURS.sub("", body))
        asked = "\n".join(line for line in body.split("\n") if "first contribution" not in line)
        before = found.get(one[1], (set[int](), set[int]()))
        found[one[1]] = (before[0] | _numbers(_MENTIONED.sub("", asked)), before[1] | _numbers(body))
    return found


def _numbers(text: str) -> set[int]:
    return {int(number) for number in _NUMBER.findall(text)}
