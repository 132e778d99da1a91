"""Finds the lines that a model meant: what it quotes counts, its line numbers only where the quote stands twice.

Models quote word for word nine times out of ten; the rest leave lines out behind "...", change a few, or mix up
blank space. Each rescue takes what can only be meant, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

LEAST_LIKENESS = 0.85
LEAST_RUN = 0.5
"""The share of a quote that its longest run must be of."""
_MOST_LINES = 200
_MOST_CHARACTERS = 20_000
_MOST_SHOWN = 6_000
"""Of the lines that are compared one by one; exact quotes are found in any number."""

_FENCE = re.compile(r"^\s*(?:`{3,}|~{3,})[\w+.-]*\s*$")
_NUMBERED = re.compile(r"^\s*\d{1,6}(?:[:|\t]| [ +-]?(?=\s|$)| ?[+-])")
_UNNUMBERED = re.compile(r"^\s*\d{1,6}(?:[:|\t] ?| )")
_MARKED = re.compile(r"^[+-]")
_HUNK = re.compile(r"^@@ -\d")
_OTHER = {"+": "-", "-": "+"}
_GAP = re.compile(
    r"^\s*(?:(?://|#|--|/\*|<!--|\{/\*)\s*)?(?:\.{3,}|…|\[\.{3}\])\s*(?:\S.{0,60})?(?:\*/|-->|\*/\})?\s*$"
)


class How(StrEnum):
    """By what a quote was found."""

    EXACT = "exact"
    LINE = "line"
    """It stands there more than once, and the model's line number decided."""
    PARTS = "parts"
    RUN = "run"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line that the model was shown, with its number in the file."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """The first and the last line that are meant, and how they were found. Numbers count from 1."""

    start: int
    end: int
    how: How

    @property
    def exact(self) -> bool:
        """Whether the quote says these lines and no others."""
        return self.how in (How.EXACT, How.LINE)


def anchor(quote: str, shown: Sequence[ShownLine], near: int = 0, mark: str = "+") -> Anchor | None:
    """Where a quote stands among the lines of one file, in their order; None where it is not clear.

    `near` is the line that the model named, 0 where it named none. `mark` is what a diff has before lines of this side:
    "+", or "-" among those that were taken away.
    """
    for wanted in _readings(quote[:_MOST_CHARACTERS], mark):
        for plain in (_right_stripped, str.strip, _squeezed):
            places = list(_exact(wanted, shown, plain))
            if found := _chosen(places, near):
                return found
            if len(places) > 1:
                return None
    wanted = next(_readings(quote[:_MOST_CHARACTERS], mark), [])
    if not wanted or len(shown) > _MOST_SHOWN:
        return None
    return _by_parts(wanted, shown) or _by_run(wanted, shown) or _closest(wanted, shown)


def _readings(quote: str, mark: str) -> Iterator[list[str]]:
    """The quote as its lines: as it is, then without what models copy along (line numbers, marks of a diff). None of
    them is empty."""
    lines = [line.rstrip("\r") for line in quote.split("\n") if not _FENCE.match(line)]
    lines = _trimmed(lines)[:_MOST_LINES]
    if not lines:
        return
    yield lines
    without_numbers = [_UNNUMBERED.sub("", line, count=1) for line in lines]
    filled = [line for line in lines if line.strip()]
    numbered = all(_NUMBERED.match(line) for line in filled)
    if numbered and (bare := _trimmed([_NUMBERED.sub("", line, count=1) for line in lines])):
        yield bare
    for marked in (lines, *([without_numbers] if numbered else [])):
        body = [line for line in marked if not _HUNK.match(line)]
        if any(_MARKED.match(line) for line in body):
            ours = (line for line in body if line[:1] != _OTHER[mark])
            if bare := _trimmed([line[1:] if line.startswith((mark, " ")) else line for line in ours]):
                yield bare


def _trimmed(lines: Sequence[str]) -> list[str]:
    """The lines without blank ones at both ends."""
    filled = [number for number, line in enumerate(lines) if line.strip()]
    return list(lines[filled[0] : filled[-1] + 1]) if filled else []


def _exact(wanted: Sequence[str], shown: Sequence[ShownLine], plain: object) -> Iterator[tuple[int, int]]:
    """Every place where exactly these lines stand one behind the other, as first and last number."""
    assert callable(plain)
    sought = [plain(line) for line in wanted]
    have = [plain(line.text) for line in shown]
    for at in range(len(have) - len(sought) + 1):
        if have[at] == sought[0] and have[at : at + len(sought)] == sought and _is_whole(shown, at, len(sought)):
            yield shown[at].number, shown[at + len(sought) - 1].number


def _is_whole(shown: Sequence[ShownLine], at: int, count: int) -> bool:
    """Whether these lines follow each other in the file too."""
    return shown[at + count - 1].number - shown[at].number == count - 1


def _chosen(places: Sequence[tuple[int, int]], near: int) -> Anchor | None:
    """The one place, or of several the nearest one to the line that the model named, where one is."""
    if len(places) == 1:
        return Anchor(*places[0], How.EXACT)
    if not places or not near:
        return None
    first, second = sorted(places, key=lambda place: abs(place[0] - near))[:2]
    if abs(first[0] - near) == abs(second[0] - near):
        return None
    return Anchor(*first, How.LINE)


def _by_parts(wanted: Sequence[str], shown: Sequence[ShownLine]) -> Anchor | None:
    """From the first to the last part of a quote that leaves lines out, where each part stands once and in order."""
    parts: list[list[str]] = [[]]
    for line in wanted:
        if _GAP.match(line):
            parts.append([])
        else:
            parts[-1].append(line)
    parts = [part for part in map(_trimmed, parts) if part]
    if len(parts) < 2:
        return None
    places = [list(_exact(part, shown, str.strip)) for part in parts]
    firm = [found[0] for found in places if len(found) == 1]
    if not firm or any(not found for found in places) or firm != sorted(firm):
        return None
    start, end = firm[0][0], firm[-1][1]
    if len(places[0]) > 1:  # the firm ones say on which side the others are
        start = max((first for first, _ in places[0] if first < start), default=0)
    if len(places[-1]) > 1:
        end = min((last for _, last in places[-1] if last > end), default=0)
    return Anchor(start, end, How.PARTS) if start and end else None


def _by_run(wanted: Sequence[str], shown: Sequence[ShownLine]) -> Anchor | None:
    """The longest run of the quote's lines that stands there once, where it is at least half of the quote."""
    sought, have = [_squeezed(line) for line in wanted], [_squeezed(line.text) for line in shown]
    whole = sum(map(len, sought))
    best: tuple[int, int, int] | None = None
    for length in range(len(sought) - 1, 0, -1):
        for at in range(len(sought) - length + 1):
            size = sum(map(len, sought[at : at + length]))
            if size < LEAST_RUN * whole or (best is not None and size <= best[0]) or not sought[at]:
                continue
            places = [
                place
                for place in range(len(have) - length + 1)
                if have[place] == sought[at] and have[place : place + length] == sought[at : at + length]
            ]
            if len(places) == 1 and _is_whole(shown, places[0], length):
                best = (size, places[0], length)
        if best is not None:
            break
    if best is None:
        return None
    _, place, length = best
    return Anchor(shown[place].number, shown[place + length - 1].number, How.RUN)


def _closest(wanted: Sequence[str], shown: Sequence[ShownLine]) -> Anchor | None:
    """The lines that are most like the quote, where they are very much so and no others are as much."""
    sought = "\n".join(_squeezed(line) for line in wanted)
    have = [_squeezed(line.text) for line in shown]
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(sought)
    found: list[tuple[float, int, int]] = []
    for length in {len(wanted), max(1, len(wanted) - 1), len(wanted) + 1}:
        for at in range(len(have) - length + 1):
            if not _is_whole(shown, at, length):
                continue
            matcher.set_seq1("\n".join(have[at : at + length]))
            if matcher.real_quick_ratio() < LEAST_LIKENESS or matcher.quick_ratio() < LEAST_LIKENESS:
                continue
            if (likeness := matcher.ratio()) >= LEAST_LIKENESS:
                found.append((likeness, at, length))
    if not found:
        return None
    likeness, at, length = max(found)
    apart = [other for other, place, _ in found if abs(place - at) >= max(length, 2)]
    if apart and max(apart) >= likeness:
        return None
    return Anchor(shown[at].number, shown[at + length - 1].number, How.CLOSE)


def _right_stripped(line: str) -> str:
    return line.rstrip()


def _squeezed(line: str) -> str:
    """The line with every run of blanks as one: models reflow them."""
    return " ".join(line.split())
