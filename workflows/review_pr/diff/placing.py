"""Where a finding is posted, and whether its suggestion may be: checked before GitHub would refuse the whole review."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from workflows.review_pr.diff.anchors import Anchor, ShownLine, anchor
from workflows.review_pr.diff.changes import ChangedFile, Hunk
from workflows.review_pr.diff.grammar import breaks
from workflows.review_pr.findings import Finding
from workflows.text.escape import visible

Side = Literal["RIGHT", "LEFT"]
_MARKED = re.compile(r"^(?:[+-](?![+-])|@@ -\d|diff --git |(?:\+\+\+|---) [ab]/)")
_NEAR = 8
"""Lines beside a suggestion that it may repeat."""
_WIDEST = 100
"""Lines of one comment; of a longer range its first is shown."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Lines of one side of the diff, within one hunk; `start` is `end` for a single one."""

    path: str
    start: int
    end: int
    side: Side = "RIGHT"


@dataclass(frozen=True, slots=True)
class PlacedFinding:
    """A finding with where it goes: lines of the diff, or None (then it is about the file as a whole).

    `suggestion` is what may replace exactly these lines, None where there is none; `why` says why it was kept back.
    """

    finding: Finding
    place: Placement | None
    suggestion: str | None = None
    why: str = ""


def place(finding: Finding, change: ChangedFile, text: str | None) -> PlacedFinding:
    """Find a finding's lines in the file as it is now (`text`), else among those that were taken away."""
    found, side = _anchored(finding, change, text)
    if found is None:
        return PlacedFinding(finding, None, why="its quote was not found")
    hunk = _hunk_of(change, side, found.start, found.end)
    if hunk is None:
        return PlacedFinding(finding, None, why="its lines are not in one hunk of the diff")
    end = min(found.end, found.start + _WIDEST - 1)
    at = Placement(change.path, found.start, end, side)
    if finding.replacement is None:
        return PlacedFinding(finding, at)
    why = _unfit(finding.replacement, found, at, text or "", change.path)
    return PlacedFinding(finding, at, why=why) if why else PlacedFinding(finding, at, finding.replacement)


def is_valid(at: Placement, change: ChangedFile) -> bool:
    """Whether GitHub takes a comment there: every line in one hunk, on that side, and the end not before the start."""
    return at.path == change.path and 0 < at.start <= at.end and _hunk_of(change, at.side, at.start, at.end) is not None


def _anchored(finding: Finding, change: ChangedFile, text: str | None) -> tuple[Anchor | None, Side]:
    """Word for word among the lines that the diff shows, then anywhere in the file, then among those that are gone;
    what is only like them comes behind all of these."""
    right = anchor(finding.quote, _shown(change.hunks, "RIGHT"), finding.line)
    if right is not None and right.exact:
        return right, "RIGHT"
    if text is not None:
        lines = [ShownLine(number, line) for number, line in enumerate(text.split("\n"), 1)]
        if (found := anchor(finding.quote, lines, finding.line)) and found.exact:
            return found, "RIGHT"
    left = anchor(finding.quote, _shown(change.hunks, "LEFT"), finding.line, "-")
    return (right, "RIGHT") if right is not None and (left is None or not left.exact) else (left, "LEFT")


def _shown(hunks: Sequence[Hunk], side: Side) -> list[ShownLine]:
    """The hunks' lines on one side; on the left only what was taken away."""
    if side == "RIGHT":
        return [ShownLine(line.new, line.text) for hunk in hunks for line in hunk.lines if line.new]
    return [ShownLine(line.old, line.text) for hunk in hunks for line in hunk.lines if line.mark == "-"]


def _hunk_of(change: ChangedFile, side: Side, start: int, end: int) -> Hunk | None:
    return next((hunk for hunk in change.hunks if start in (lines := hunk.numbers(side)) and end in lines), None)


def _unfit(replacement: str, found: Anchor, at: Placement, text: str, path: str) -> str:
    """Why a suggestion is kept back, "" where it may be posted: GitHub would apply it as it is."""
    if at.side == "LEFT":
        return "it replaces lines that are gone"
    if not found.exact or at.end != found.end:
        return "its lines are not quoted as they are"
    lines = text.split("\n")
    there, new = [line.rstrip("\r") for line in lines[at.start - 1 : at.end]], replacement.split("\n")
    if len(there) != at.end - at.start + 1:
        return "its lines are not there"
    if _bare(there) == _bare(new):
        return "it changes nothing"
    if any(_MARKED.match(line) for line in new) and not any(_MARKED.match(line) for line in there):
        return "it holds marks of a diff"
    if re.search(r"^[ \t]*(?:`{3,}|~{3,})", replacement, re.MULTILINE) and not any("```" in line for line in there):
        return "it holds a fence"
    if visible(replacement) != replacement:
        return "it holds characters that nobody sees"
    if why := _indentation(there, new):
        return why
    if _doubles(lines, at, new):
        return "it repeats the line beside it"
    if breaks(path, text, "\n".join([*lines[: at.start - 1], *new, *lines[at.end :]])):
        return "the file would not parse with it"
    return ""


def _bare(lines: Sequence[str]) -> list[str]:
    return [line.rstrip() for line in lines if line.strip()]


def _indentation(there: Sequence[str], new: Sequence[str]) -> str:
    """The first line keeps its indentation, and blanks stay blanks and tabs tabs."""
    old_first = next((line for line in there if line.strip()), "")
    new_first = next((line for line in new if line.strip()), "")
    if not new_first:
        return ""
    if _indent(old_first) != _indent(new_first):
        return "it is indented otherwise"
    least = len(_indent(old_first))
    tabs, mixed = ("\t" in _indent(line) for line in (old_first, "".join(map(_indent, new))))
    if least and tabs != mixed:
        return "it mixes tabs and blanks"
    return ""


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _doubles(lines: Sequence[str], at: Placement, new: Sequence[str]) -> bool:
    """Whether the suggestion repeats what stands above or below: models quote less than they mean to replace.

    Blank lines in between count for nothing, and of several lines all have to be the same.
    """
    filled, there = _filled(new), _filled(lines[at.start - 1 : at.end])
    above = _filled(lines[max(0, at.start - 1 - 2 * _NEAR) : at.start - 1])
    below = _filled(lines[at.end : at.end + 2 * _NEAR])
    return _begins_as(filled, there, above) or _begins_as(filled[::-1], there[::-1], below[::-1])


def _begins_as(new: Sequence[str], there: Sequence[str], before: Sequence[str]) -> bool:
    """Whether the first lines are those that stand before already, and were not in the place of them until now."""
    for many in range(1, min(len(new), len(before), _NEAR) + 1):
        ends = list(before[-many:])
        if list(new[:many]) == ends and list(there[:many]) != ends and any(map(_tells, ends)):
            return True
    return False


def _filled(lines: Sequence[str]) -> list[str]:
    return [line.strip() for line in lines if line.strip()]


def _tells(line: str) -> bool:
    """Whether a line says something: brackets alone may well stand one below the other."""
    return bool(re.search(r"\w", line))
