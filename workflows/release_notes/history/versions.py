"""Versions as tags name them, and which of a repository's tags comes before another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import total_ordering

from packaging.version import InvalidVersion, Version

_MERE = re.compile(r"(?:releases?|rel|versions?|ver|tags?|r)?[-_/.@]?", re.IGNORECASE)
_BEGINS = re.compile(r"(?<![0-9])(?<![0-9][._])\d")
_UNDERSCORES = re.compile(r"\d+(?:_\d+)+(?!\d)")
_DAY = re.compile(r"(?:19|20)\d\d-\d\d-\d\d(?!\d)")
_FINAL = re.compile(r"[.-](?:final|release|ga)\Z", re.IGNORECASE)
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
"""First numbers that are years: what comes next is for the calendar to say."""
_IDENTIFIER = re.compile(r"\d+|[^\d.]+")
_SEMVER = re.compile(r"(\d+)\.(\d+)\.(\d+)-([0-9A-Za-z.-]+)(?:\+[0-9A-Za-z.-]+)?")


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class TagVersion:
    """The version that a tag names. `prefix` is what stands before it: a package of a monorepo, or nothing."""

    tag: str
    prefix: str
    text: str
    """The version alone, with dots between its numbers however the tag writes them."""
    order: tuple[object, ...]
    prerelease: bool
    numbers: tuple[int, ...]

    @property
    def family(self) -> str:
        """What it is a version of: "" where its prefix says no more than that it is one, else the package's name.

        What stands between name and version is no part of it: `core@1.0.0` comes before `core-v1.1.0`.
        """
        return "" if _MERE.fullmatch(self.prefix) else self.prefix.rstrip("@/-_.")

    def __lt__(self, other: TagVersion) -> bool:
        return self.order < other.order

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TagVersion) and (self.family, self.order) == (other.family, other.order)

    def __hash__(self) -> int:
        return hash((self.family, self.order))


@dataclass(frozen=True, slots=True)
class Previous:
    """What a release is compared with. `tag` is "" for a first release; `why` is said where it is no plain ancestor."""

    tag: str
    why: str = ""


def version_of(tag: str) -> TagVersion | None:
    """The version in a tag, by PEP 440 and else by SemVer; None where it names none. A day is one, too."""
    for begin in _BEGINS.finditer(tag):
        before, text = tag[: begin.start()], _dotted(tag[begin.start() :])
        prefix = before[:-1] if before[-1:] in ("v", "V") and not before[-2:-1].isalpha() else before
        if (found := _of_text(tag, prefix, text)) is not None:
            return found
    return None


def _dotted(text: str) -> str:
    """`16_1` and `2024-11-30` as a version is written elsewhere."""
    if numbers := _UNDERSCORES.match(text):
        return numbers[0].replace("_", ".") + text[numbers.end() :]
    if day := _DAY.match(text):
        return day[0].replace("-", ".") + text[day.end() :]
    return text


def _of_text(tag: str, prefix: str, text: str) -> TagVersion | None:
    return (None if _FINAL.search(text) else _semver(tag, prefix, text)) or _pep440(tag, prefix, text)


def _pep440(tag: str, prefix: str, text: str) -> TagVersion | None:
    try:
        known = Version(_FINAL.sub("", text))
    except InvalidVersion:
        return None
    return TagVersion(tag, prefix, text, (known,), known.is_prerelease, known.release)


def _semver(tag: str, prefix: str, text: str) -> TagVersion | None:
    """What only SemVer orders rightly: a release with words behind a dash."""
    match = _SEMVER.fullmatch(text)
    if match is None:
        return None
    base = Version(".".join(match.groups()[:3]))
    # A number counts as less than a word, and "rc10" as more than "rc9", which SemVer itself would not say.
    parts = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in _IDENTIFIER.findall(match[4])]
    return TagVersion(tag, prefix, text, (Version(f"{base}.dev0"), *parts), True, base.release)


def previous(tag: str, tags: Iterable[str], merged: Callable[[str], bool]) -> Previous:
    """The release before `tag`: the greatest smaller version of the same package that it contains.

    A final release is compared with the final one before it. `merged` says whether a tag is in its history;
    where no smaller version is, the greatest of them is taken all the same, and it is said.
    """
    this = version_of(tag)
    if this is None:
        return Previous("", f"{tag} names no version, so nothing is known to come before it.")
    others = (one for one in map(version_of, tags) if one is not None and one.family == this.family)
    smaller = sorted((one for one in others if one < this), reverse=True)
    finals = [one for one in smaller if not one.prerelease]
    wanted = smaller if this.prerelease or not finals else finals
    found = next((one.tag for one in wanted if merged(one.tag)), None)
    if found is not None:
        return Previous(found)
    if not wanted:
        return Previous("")
    return Previous(wanted[0].tag, f"{wanted[0].tag} is not in the history of {tag}: what is new since they parted.")


def suggested(last: TagVersion | None, *, breaking: bool, features: bool, broken: int = 0) -> tuple[str, str]:
    """The next version after `last` and the reason, by SemVer's rule; ("", "") where it cannot be said.

    `broken` is how many names of the package programs find changed, though nobody has called the change breaking.
    """
    if last is None or len(last.numbers) not in (2, 3) or _FIRST_YEAR <= last.numbers[0] <= _LAST_YEAR:
        return "", ""
    major, minor, patch = (*last.numbers, 0)[:3]
    why = "there are breaking changes" if breaking else f"{broken} public name{'s break' if broken > 1 else ' breaks'}"
    if (breaking or broken) and major:
        numbers, reason = (major + 1, 0, 0), why
    elif breaking or broken or features:
        numbers, reason = (major, minor + 1, 0), f"{why} below 1.0" if breaking or broken else "there is new"
    else:
        numbers, reason = (major, minor, patch + 1), "nothing is new or breaks"
    written = last.tag[len(last.prefix) :]
    text = ("_" if "_" in written else ".").join(map(str, numbers[: 3 if numbers[2] else max(2, len(last.numbers))]))
    mark = "v" if written[:1] in "vV" else ""
    return f"{last.prefix}{mark}{text}", reason
