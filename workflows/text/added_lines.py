"""The lines that a unified diff adds, with the file and line number that each has afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HUNK = re.compile(r"^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPE = re.compile(r"\\([0-7]{3}|.)")
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


@dataclass(frozen=True, slots=True)
class AddedLine:
    """`number` counts from 1 in the file as it is after the change.

    `whole` is False for the last line of what was read of a file that goes on behind it.
    """

    path: str
    number: int
    text: str
    whole: bool = True


def added_lines(diff: str) -> Iterator[AddedLine]:
    """The added lines of a diff that git made, in its order.

    Hunks are read by the counts in their heads, so that no content can pass for a head.
    """
    path, number, old, new = "", 0, 0, 0
    for line in diff.split("\n"):
        if old > 0 or new > 0:
            if line.startswith("+"):
                yield AddedLine(path, number, line[1:])
            old -= line.startswith(("-", " ")) or not line
            if line.startswith(("+", " ")) or not line:
                new -= 1
                number += 1
        elif line.startswith("+++ "):
            path = _path(line[4:])
        elif hunk := _HUNK.match(line):
            old, new = (1 if count is None else int(count) for count in (hunk[1], hunk[3]))
            number = int(hunk[2])


def _path(shown: str) -> str:
    """The path as git shows it behind `+++ `: with a prefix, quoted where it is unusual."""
    shown = shown.rstrip("\t")
    if shown.startswith('"') and shown.endswith('"'):
        raw = _ESCAPE.sub(_unescaped, shown[1:-1])
        shown = raw.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
    return shown.removeprefix("b/")


def _unescaped(match: re.Match[str]) -> str:
    word = match[1]
    return chr(int(word, 8)) if len(word) == 3 else _LETTERS.get(word, word)
