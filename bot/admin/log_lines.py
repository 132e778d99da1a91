"""What a command printed as numbered lines: those around errors stand open, and long stretches of others are folded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workflows.text.escape import block

_WRONG = re.compile(
    r"(?<![\w./-])(?i:errors?|failed|failures?|fatal|panic(?:ked)?|traceback|exception|segmentation fault)(?![\w-])"
    r"|\w(?:Error|Exception)\b|^E  |^not ok |✗|✖|✕"
)
_NONE = re.compile(r"(?i)(?<![\w.])(?:0|no) (?:errors?|failed|failures?)(?!\w)")
"""What says that there are none."""
_AROUND, _END, _LEAST, _SHORT = 3, 12, 8, 60
_LONG_LINE = 2000
_MOST_COPIED = 60_000
"""Characters: what GitHub takes as one comment, with some room."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line; `number` counts from 1 in the whole output. `wrong`: it tells of an error. `hit`: it was asked for."""

    number: int
    text: str
    wrong: bool = False
    hit: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines that follow each other, all folded or all open."""

    lines: Sequence[LogLine]
    folded: bool


def lines_of(text: str, first: int = 1, hits: range = range(0)) -> list[LogLine]:
    """The lines of an output, or of a part of it that begins with line number `first`."""
    found = text.removesuffix("\n").split("\n") if text else []
    return [
        LogLine(number, _cut(one.rstrip("\r")), is_wrong(one), number in hits)
        for number, one in enumerate(found, first)
    ]


def is_wrong(line: str) -> bool:
    """Whether a line tells of an error, as far as words tell."""
    line = line[:_LONG_LINE]
    return _WRONG.search(_NONE.sub("", line)) is not None


def stretches(lines: Sequence[LogLine]) -> list[Stretch]:
    """Folded where nothing is near an error, was asked for, or is at the end; what is short is not folded at all."""
    if len(lines) <= _SHORT:
        return [Stretch(lines, folded=False)] if lines else []
    is_open = [False] * len(lines)
    for at, one in enumerate(lines):
        if one.wrong or one.hit or at >= len(lines) - _END:
            begin = at if at >= len(lines) - _END and not (one.wrong or one.hit) else max(0, at - _AROUND)
            for near in range(begin, min(len(lines), at + _AROUND + 1)):
                is_open[near] = True
    return list(_joined(lines, is_open))


def range_of(text: str) -> range:
    """`40`, `40-52`: the numbers of lines; empty where it is none."""
    found = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", text.strip(), re.ASCII)
    if found is None:
        return range(0)
    begin, end = sorted((int(found[1]), int(found[2] or found[1])))
    return range(max(begin, 1), end + 1)


def markdown_of(command: str, lines: Sequence[LogLine], address: str) -> str:
    """Lines to be put into an issue: where they are, and they themselves as a block of code."""
    return f"{address}\n\n{block(chr(10).join([f'$ {command}', *(one.text for one in lines)]), _MOST_COPIED)}\n"


def _joined(lines: Sequence[LogLine], is_open: Sequence[bool]) -> Iterator[Stretch]:
    """Neighbours of one kind together; a fold of a few lines is none."""
    begin = 0
    parts: list[tuple[int, int, bool]] = []
    for at in range(1, len(lines) + 1):
        if at == len(lines) or is_open[at] != is_open[begin]:
            folded = not is_open[begin] and at - begin >= _LEAST
            if parts and parts[-1][2] == folded:
                parts[-1] = (parts[-1][0], at, folded)
            else:
                parts.append((begin, at, folded))
            begin = at
    yield from (Stretch(lines[begin:end], folded) for begin, end, folded in parts)


def _cut(line: str) -> str:
    return line if len(line) <= _LONG_LINE else f"{line[:_LONG_LINE]} …"
