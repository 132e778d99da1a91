"""A unified diff as rows of a table: what a page draws, with the numbers of lines on both sides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)")
_QUOTED = re.compile(r' "((?:[^"\\]|\\.)*)"$')
_ESCAPE = re.compile(r"\\([0-7]{3}|.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_MOST_LINES = 6000
_MOST_OF_A_LINE = 2000


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One line. `kind` is add, del, same, hunk or note; numbers are 0 where a side has no such line."""

    kind: str
    old: int
    new: int
    text: str


@dataclass(slots=True)
class FileDiff:
    """The part of one file: its header's words, and its rows."""

    name: str
    rows: list[DiffRow] = field(default_factory=list)
    added: int = 0
    removed: int = 0


def files_of(text: str) -> tuple[list[FileDiff], bool]:
    """The files of a diff as git writes it, and whether some of it was left out for its length."""
    files, cut = list[FileDiff](), False
    for number, (name, row) in enumerate(_rows(text)):
        if number >= _MOST_LINES:
            cut = True
            break
        if name or not files:
            files.append(FileDiff(name))
        if row is not None:
            one = files[-1]
            one.rows.append(row)
            one.added += row.kind == "add"
            one.removed += row.kind == "del"
    return files, cut


def _rows(text: str) -> Iterator[tuple[str, DiffRow | None]]:
    """(name of the file that begins here or "", row or None)."""
    old = new = 0
    inside = False
    for line in text.split("\n"):
        if line.startswith("diff --git "):
            inside = False
            yield _name(line), None
        elif found := _HUNK.match(line):
            old, new, inside = int(found[1]), int(found[2]), True
            yield "", DiffRow("hunk", 0, 0, line[:_MOST_OF_A_LINE])
        elif inside and line[:1] in ("+", "-", " ", "\\"):
            kind = {"+": "add", "-": "del", " ": "same"}.get(line[:1], "note")
            row = DiffRow(
                kind, old if kind in ("del", "same") else 0, new if kind in ("add", "same") else 0, _cut(line)
            )
            old += kind in ("del", "same")
            new += kind in ("add", "same")
            yield "", row
        elif not inside and line.startswith(("new file", "deleted file", "rename", "old mode", "new mode", "Binary")):
            yield "", DiffRow("note", 0, 0, line[:_MOST_OF_A_LINE])


def _cut(line: str) -> str:
    return line[1:] if len(line) <= _MOST_OF_A_LINE else f"{line[1:_MOST_OF_A_LINE]} …"


def _name(line: str) -> str:
    """The name behind the move, of `diff --git a/NAME b/NAME`; git quotes one with odd letters as C does."""
    words = line.removeprefix("diff --git ")
    if words.endswith('"') and (quoted := _QUOTED.search(words)):
        return _plain(quoted[1]).removeprefix("b/")
    middle = len(words) // 2
    same = words[:middle].removeprefix("a/"), words[middle + 1 :].removeprefix("b/")
    return same[1] if same[0] == same[1] else words.rpartition(" b/")[2] or words


def _plain(quoted: str) -> str:
    """A name that git has quoted; its octal numbers are bytes of UTF-8."""

    def byte(found: re.Match[str]) -> str:
        return chr(int(found[1], 8)) if found[1][0].isdigit() else _ESCAPED.get(found[1], found[1])

    letters = _ESCAPE.sub(byte, quoted)
    if not letters.isascii() and all(ord(letter) < 256 for letter in letters):
        return letters.encode("latin-1").decode("utf-8", "replace")
    return letters
