"""Text for the model's eyes: cleaned, cut to head and tail, and numbered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

CAP = 16 * 1024
"""Characters of a tool's answer."""

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|\][^\x07\x1b]{0,512}(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Result:
    """A tool's answer. `failed` means that it could not do what was asked."""

    text: str
    failed: bool = False


def clean(text: str) -> str:
    """Text that any database and any provider takes: no terminal escapes, no control characters, valid Unicode."""
    text = _ESCAPES.sub("", text).replace("\r\n", "\n")
    text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    text = _CONTROLS.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
    return storable(text)


def storable(text: str) -> str:
    """Text that databases take: no NUL, and no half of a surrogate pair."""
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")


def visible(text: str) -> str:
    """Text of a file with every control character but newline and tab written out, so that nothing hides."""
    return _CONTROLS.sub(lambda match: f"\\x{ord(match[0]):02x}", text.replace("\r", "\\r"))


def head_and_tail(text: str, most: int = CAP) -> str:
    """The text, or its beginning and end with a line between them that says how much is missing."""
    if len(text) <= most:
        return text
    head, tail = text[: most // 2], text[-(most // 2) :]
    head = head[: head.rfind("\n") + 1] or head
    tail = tail[tail.find("\n") + 1 :] or tail
    missing = text[len(head) : len(text) - len(tail)]
    gap = f"[... {missing.count(chr(10))} lines, {len(missing)} characters left out ...]"
    return f"{head.rstrip(chr(10))}\n{gap}\n{tail}"


def numbered(lines: Sequence[str], first: int, *, widest: int = 1000) -> str:
    """Lines with their numbers, the first of them being `first`; very long lines are clipped."""
    shown = (line if len(line) <= widest else f"{line[:widest]}… ({len(line)} characters)" for line in lines)
    return "\n".join(f"{number:>6}\t{line}" for number, line in enumerate(shown, first))
