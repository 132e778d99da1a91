"""Where a text that is not in a file nearly is: what an edit says that did not match."""

from __future__ import annotations

import difflib

from workflows.text.for_model import numbered, visible

MOST_LINES = 20_000
MOST_COMPARED = 2_000
SHOWN = 12


def closest_lines(text: str, wanted: str) -> str:
    """A sentence with the place that resembles `wanted` most, with line numbers."""
    lines = [line.removesuffix("\r") for line in text.split("\n")[:MOST_LINES]]
    asked = [line for line in wanted.split("\n") if line.strip()][:50]
    if not asked:
        return "It holds only white space."
    start, equal = _best_start([line.strip() for line in lines], [line.strip() for line in asked])
    if equal:
        found = lines[start : start + max(1, min(len(wanted.split("\n")), SHOWN))]
        hint = "The white space differs. " if equal == len(asked) else ""
        return f"{hint}The closest lines are:\n{_show(found, start + 1)}"
    longest = max(asked, key=len).strip()
    near = difflib.get_close_matches(longest[:200], [line.strip()[:200] for line in lines[:MOST_COMPARED]], n=1)
    if not near:
        return "Nothing resembles it: read the file again."
    at = next(index for index, line in enumerate(lines) if line.strip()[:200] == near[0])
    return f"The closest line is:\n{_show(lines[at : at + 1], at + 1)}"


def _best_start(lines: list[str], asked: list[str]) -> tuple[int, int]:
    """The window in which most of the asked lines stand at their place, and how many do."""
    where: dict[str, list[int]] = {}
    for index, line in enumerate(lines):
        if line:
            where.setdefault(line, []).append(index)
    votes: dict[int, int] = {}
    for offset, line in enumerate(asked):
        for index in where.get(line, ())[:200]:
            votes[index - offset] = votes.get(index - offset, 0) + 1
    if not votes:
        return 0, 0
    start = max(votes, key=lambda candidate: (votes[candidate], -candidate))
    return max(0, start), votes[start]


def _show(lines: list[str], first: int) -> str:
    return numbered([visible(line) for line in lines], first, widest=300)
