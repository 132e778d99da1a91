"""What a terminal can show, and a diff in colours for those that can."""

from __future__ import annotations

import os
from typing import TextIO

_BOLD, _RED, _GREEN, _CYAN, _PLAIN = "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[36m", "\x1b[0m"
_HEADS = (
    "diff ",
    "index ",
    "--- ",
    "+++ ",
    "new file",
    "deleted file",
    "old mode",
    "new mode",
    "rename ",
    "similarity ",
)


def is_clever(stream: TextIO) -> bool:
    """Whether it is a terminal that obeys more than line ends."""
    return stream.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", "unknown", "")


def has_colours(stream: TextIO) -> bool:
    """Whether colours are wanted there: a terminal that can, and nobody who set NO_COLOR (https://no-color.org)."""
    return is_clever(stream) and not os.environ.get("NO_COLOR")


def coloured(diff: str) -> str:
    """The diff with what was added in green, what was removed in red, and where it is in cyan."""
    return "\n".join(map(_line, diff.split("\n")))


def _line(text: str) -> str:
    style = (
        _BOLD
        if text.startswith(_HEADS)
        else _CYAN
        if text.startswith("@@")
        else _GREEN
        if text.startswith("+")
        else _RED
        if text.startswith("-")
        else ""
    )
    return f"{style}{text}{_PLAIN}" if style else text
