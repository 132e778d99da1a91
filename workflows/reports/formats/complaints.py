"""Complaint lines of linters, type checkers and formatters, without the places that move when code moves.

A complaint is "path: message": line and column numbers are left out, so that the same
complaint a few lines further down is still the same. Complaints repeat when a file has
several alike; comparing base and head is comparing multisets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MAX_LINE = 1_000
MAX_COMPLAINTS = 20_000

ENV = {"RUFF_OUTPUT_FORMAT": "concise", "NO_COLOR": "1", "FORCE_COLOR": "0"}
"""Asks tools for one plain line per complaint, in ways that tools which do not know it ignore."""

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_PATH = r"(?P<path>[^\s:()]+\.[A-Za-z]\w{0,9})"
_LINE = re.compile(_PATH + r":\d+(?::\d+)?(?:-\d+)?(?::| -)?\s+(?P<message>\S.*)")
_PLACELESS = re.compile(_PATH + r": (?P<message>(?:error|warning): .+)")
_TSC = re.compile(_PATH + r"\(\d+(?:,\d+)?\): (?P<message>(?:error|warning) .+)")
_ARROW = re.compile(r"--> " + _PATH + r":\d+:\d+$")
_HEADER = re.compile(r"(?:FILE: |Line {2,})?" + _PATH + r"$")
_ROW = re.compile(r":?\d+(?::\d+)?(?: \| | {2,})(?P<message>\S.*)")
_FORMAT = re.compile(
    r"(?:[Ww]ould reformat:? |\[warn\] |Diff in |ERROR: )"
    + _PATH
    + r"(?::\d+:?| at line \d+:?)?(?P<message>$| Imports .*)"
)
_WARNING = re.compile(r"\W*(?:warning|WARNING|warn|W\d{3,4}|W)\b(?!-)")
_NOTE = re.compile(r"(?:note|info|help)\b:?|\| ")
_MOVING = re.compile(r"\b(line|lines|column|col) \d+|0x[0-9a-f]{4,16}|:\d+:\d+")
_GUTTER = " \t┃│"


@dataclass(frozen=True, slots=True)
class Complaints:
    """Errors and warnings apart: where a tool has errors, its warnings are not why it failed."""

    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return self.errors or self.warnings


def parse(text: str) -> Complaints:
    """All complaints in a command's output, in order, at most MAX_COMPLAINTS of them."""
    errors: list[str] = []
    warnings: list[str] = []
    file = before = ""
    for raw in _ANSI.sub("", text).splitlines():
        indented = raw[:1] in _GUTTER if raw else False
        line = raw[:MAX_LINE].strip(_GUTTER)
        if header := _HEADER.match(line):
            file = header["path"]
        elif not line:
            file = "" if not indented else file
        found = _one(line, file if indented else "", before)
        if found and len(errors) + len(warnings) < MAX_COMPLAINTS:
            path, message = found
            kept = warnings if _WARNING.match(message) else errors
            kept.append(f"{_relative(path)}: {_settled(message)}")
        before = line
    return Complaints(tuple(errors), tuple(warnings))


def new(base: Sequence[str], head: Sequence[str]) -> tuple[str, ...]:
    """What head complains about more often than base, in head's order."""
    left: dict[str, int] = {}
    for complaint in base:
        left[complaint] = left.get(complaint, 0) + 1
    fresh: list[str] = []
    for complaint in head:
        if left.get(complaint, 0) > 0:
            left[complaint] -= 1
        else:
            fresh.append(complaint)
    return tuple(fresh)


def _one(line: str, file: str, before: str) -> tuple[str, str] | None:
    """The path and message of the complaint that a line makes, if it makes one."""
    if match := _ARROW.match(line):  # rustc, clippy and ruff's full form: the message is the line before
        return (match["path"], before) if before else None
    for pattern in (_TSC, _FORMAT, _LINE, _PLACELESS):
        if match := pattern.match(line):
            message = match["message"] or "would be reformatted"
            return None if _NOTE.match(message) else (match["path"], message)
    if file and (match := _ROW.match(line)):
        return file, match["message"]
    return None


def _relative(path: str) -> str:
    return path.removeprefix("/work/").removeprefix("./")


def _settled(message: str) -> str:
    return re.sub(r"\s+", " ", _MOVING.sub(lambda m: m.group(1) or "", message)).strip()
