"""What a pull request changes, as values: files with their hunks, computed from the mirror alone.

A forge's own list stops at some hundreds of files or thousands of lines, and does not say so. Paths come from
`-z` output; lines end at a newline and nowhere else, as git and GitHub count them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from sandbox.git.changes import DIFF_WORDS
from sandbox.git.history import History
from sandbox.git.plumbing import Garbled

CONTEXT = 3
"""Lines around each change, as GitHub shows them: comments can stand on these and no others."""

Status = Literal["added", "deleted", "modified", "renamed"]
_STATUS: dict[str, Status] = {"A": "added", "D": "deleted", "R": "renamed", "C": "added"}
_RAW = re.compile(rb":(\d{6}) (\d{6}) ([0-9a-f]{40}) ([0-9a-f]{40}) ([ACDMRTUX])\d*")
_HEAD = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(?: (.*))?")
_GITLINK, _LINK = "160000", "120000"


@dataclass(frozen=True, slots=True)
class HunkLine:
    """One line of a hunk: `mark` is " ", "-" or "+"; `old` and `new` are its numbers, 0 where it is not there."""

    mark: str
    text: str
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that follow each other. `old` and `new` say where it begins, `section` what git names it after."""

    old: int
    new: int
    lines: tuple[HunkLine, ...]
    section: str = ""

    def numbers(self, side: str) -> range:
        """The lines on the RIGHT or the LEFT side."""
        found = [line.new if side == "RIGHT" else line.old for line in self.lines]
        shown = [number for number in found if number]
        return range(shown[0], shown[-1] + 1) if shown else range(0)


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file of the change. `mode` is as it is afterwards, `old_path` only set where it had another name."""

    path: str
    status: Status
    hunks: tuple[Hunk, ...] = ()
    old_path: str = ""
    mode: str = ""
    before: str = ""
    after: str = ""
    """Ids of its contents, "" where there are none."""
    binary: bool = False

    @property
    def lines(self) -> int:
        """How many lines are added or taken away."""
        return sum(line.mark != " " for hunk in self.hunks for line in hunk.lines)

    @property
    def is_text(self) -> bool:
        return self.mode not in (_GITLINK, _LINK) and not self.binary


def read_changes(history: History, base: str, head: str) -> tuple[ChangedFile, ...]:
    """Every file that is different between two commits, in the order of paths."""
    words = ("-r", "-M", "--raw", "-p", "-z", f"-U{CONTEXT}", *DIFF_WORDS)
    raw = history.git.run("diff-tree", *words, base, head)
    listed, patch = _split(raw)
    sections = _sections(patch)
    changes = [_joined(entry, sections) for entry in _entries(listed)]
    if next(sections, None) is not None:
        raise Garbled("diff-tree")
    return tuple(changes)


def merge_base(history: History, base: str, head: str) -> str:
    """The commit that a pull request's change begins at: the newest that both have; `base` where there is none."""
    found = history.git.run("merge-base", base, head, fine=(0, 1)).decode().strip()
    return found or base


@dataclass(frozen=True, slots=True)
class _Entry:
    status: str
    modes: tuple[str, str]
    blobs: tuple[str, str]
    old_path: str
    path: str


@dataclass(slots=True)
class _Section:
    hunks: list[Hunk]
    binary: bool = False


def _split(raw: bytes) -> tuple[bytes, bytes]:
    """The list of files, and the text behind it: an empty record parts them."""
    if not raw:
        return b"", b""
    listed, found, patch = raw.partition(b"\0\0")
    if not found:
        if raw.startswith(b":") and raw.endswith(b"\0"):
            return raw, b""
        raise Garbled("diff-tree")
    return listed + b"\0", patch


def _entries(listed: bytes) -> Iterator[_Entry]:
    parts = iter(listed.split(b"\0")[:-1])
    for facts in parts:
        match = _RAW.fullmatch(facts)
        path = next(parts, None)
        if match is None or path is None:
            raise Garbled("diff-tree")
        before, after, old_blob, new_blob, status = (part.decode() for part in match.groups())
        new_path = next(parts, path) if status in "RC" else path
        yield _Entry(status, (before, after), (old_blob, new_blob), os.fsdecode(path), os.fsdecode(new_path))


def _sections(patch: bytes) -> Iterator[_Section]:
    """The parts of the text, one per file, without looking at the paths in them."""
    lines = patch.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    at, section = 0, None
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.startswith(b"diff --git "):
            if section is not None:
                yield section
            section = _Section([])
        elif section is None:
            raise Garbled("diff-tree")
        elif line.startswith(b"Binary files "):
            section.binary = True
        elif (head := _HEAD.fullmatch(line)) is not None:
            hunk, at = _hunk(head, lines, at)
            section.hunks.append(hunk)
    if section is not None:
        yield section


def _hunk(head: re.Match[bytes], lines: Sequence[bytes], at: int) -> tuple[Hunk, int]:
    """One hunk by the counts in its head: no content can pass for a head. Also the place behind it."""
    old, new = int(head[1]), int(head[3])
    left, right = (1 if count is None else int(count) for count in (head[2], head[4]))
    begins, found = (old, new), []
    while left or right:
        if at >= len(lines):
            raise Garbled("diff-tree")
        line, at = lines[at], at + 1
        mark, text = line[:1].decode("latin-1"), line[1:].decode("utf-8", "replace")
        if mark == "\\":
            continue
        if mark == "+" and right:
            found.append(HunkLine("+", text, 0, new))
            new, right = new + 1, right - 1
        elif mark == "-" and left:
            found.append(HunkLine("-", text, old, 0))
            old, left = old + 1, left - 1
        elif mark == " " and left and right:
            found.append(HunkLine(" ", text, old, new))
            old, new, left, right = old + 1, new + 1, left - 1, right - 1
        else:
            raise Garbled("diff-tree")
    if at < len(lines) and lines[at].startswith(b"\\"):
        at += 1
    return Hunk(*begins, tuple(found), (head[5] or b"").decode("utf-8", "replace")), at


def _joined(entry: _Entry, sections: Iterator[_Section]) -> ChangedFile:
    section = next(sections, None)
    if section is None:
        raise Garbled("diff-tree")
    if entry.status == "T":  # a file became a link, or the like: shown as one gone and one come
        second = next(sections, None)
        if second is None:
            raise Garbled("diff-tree")
        section = _Section([*section.hunks, *second.hunks], section.binary or second.binary)
    none = "0" * 40
    before, after = ("" if blob == none else blob for blob in entry.blobs)
    return ChangedFile(
        path=entry.path,
        status=_STATUS.get(entry.status, "modified"),
        hunks=tuple(section.hunks),
        old_path=entry.old_path if entry.old_path != entry.path else "",
        mode=entry.modes[1] if after or entry.status != "D" else entry.modes[0],
        before=before,
        after=after,
        binary=section.binary,
    )
