"""A change as a model is shown it: hunks with numbers and a few lines around, in parts that fit into one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflows.localize.languages import SyntaxKind, kind
from workflows.review_pr.diff.changes import ChangedFile, Hunk

MOST_CHARACTERS = 180_000
"""Of one part: about 60,000 tokens, which cover nine of ten pull requests whole."""
MOST_PARTS = 5
_AROUND = 8
"""Lines of the file before and behind each hunk, beyond those that the diff itself shows."""
_WIDEST = 400

_RISK = {SyntaxKind.SOURCE: 0, SyntaxKind.OTHER: 1, SyntaxKind.ASIDE: 2, SyntaxKind.TEST: 3}


@dataclass(frozen=True, slots=True)
class Parts:
    """Paths by call, and those that find no room in one review."""

    parts: tuple[tuple[str, ...], ...]
    left: tuple[str, ...]


def parted(changes: Sequence[ChangedFile], sizes: Mapping[str, int]) -> Parts:
    """Sort files into calls, the riskiest first: code before documents, tests last, the larger change before."""
    ranked = sorted(changes, key=lambda one: (_RISK[kind(one.path)], -one.lines, one.path))
    parts: list[list[str]] = []
    room: list[int] = []
    left = []
    for change in ranked:
        size = sizes[change.path]
        at = next((number for number, free in enumerate(room) if free >= size), None)
        if at is None and len(parts) < MOST_PARTS and size <= MOST_CHARACTERS:
            parts.append([])
            room.append(MOST_CHARACTERS)
            at = len(parts) - 1
        if at is None:
            left.append(change.path)
            continue
        parts[at].append(change.path)
        room[at] -= size
    return Parts(tuple(map(tuple, parts)), tuple(left))


def file_text(change: ChangedFile, text: str | None) -> str:
    """One file of the change: what it is called and became, and its hunks within the lines of the file around."""
    was = f" (was {change.old_path})" if change.old_path else ""
    lines = text.removesuffix("\n").split("\n") if text else []
    shown: list[str] = []
    last = 0
    for number, hunk in enumerate(change.hunks):
        following = change.hunks[number + 1] if number + 1 < len(change.hunks) else None
        before, behind = _around(hunk, following, lines, last)
        shown.append(f"@@ {hunk.section}".rstrip())
        shown += [f"{one:>6}   {lines[one - 1][:_WIDEST]}" for one in before]
        shown += [f"{line.new or '':>6} {line.mark} {line.text[:_WIDEST]}" for line in hunk.lines]
        shown += [f"{one:>6}   {lines[one - 1][:_WIDEST]}" for one in behind]
        last = behind[-1] if behind else max(last, *(line.new for line in hunk.lines))
    return f"{change.path}: {change.status}{was}\n" + "\n".join(shown)


def _around(hunk: Hunk, following: Hunk | None, lines: Sequence[str], last: int) -> tuple[range, range]:
    """The numbers of the lines before and behind a hunk that are shown too, none of them twice."""
    numbers = hunk.numbers("RIGHT")
    if not numbers or not lines:
        return range(0), range(0)
    until = (following.numbers("RIGHT") if following else range(0)) or range(len(lines) + 1, len(lines) + 2)
    before = range(max(last + 1, numbers[0] - _AROUND), numbers[0])
    behind = range(numbers[-1] + 1, min(until[0], numbers[-1] + 1 + _AROUND, len(lines) + 1))
    return before, behind
