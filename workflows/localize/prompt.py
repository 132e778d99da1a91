"""The ranked files as they stand in the planning prompt."""

from __future__ import annotations

from collections.abc import Sequence

from workflows.values import RankedFile

_MOST_CHARACTERS = 6_000
_FILES_WITH_LINES = 10
_LONGEST_PATH = 300


def prompt_section(ranked: Sequence[RankedFile]) -> str:
    """Paths, likeliest first, the top ones with their telling lines; "" where nothing was ranked."""
    blocks: list[str] = []
    left = _MOST_CHARACTERS
    for place, file in enumerate(ranked, 1):
        path = "".join(c if c.isprintable() else "?" for c in file.path[:_LONGEST_PATH])
        lines = [f"    {line}" for line in file.lines] if place <= _FILES_WITH_LINES else []
        block = "\n".join([f"{place}. {path}", *lines])
        if len(block) + 1 > left:
            break
        blocks.append(block)
        left -= len(block) + 1
    return "\n".join(blocks)
