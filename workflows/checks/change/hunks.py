"""The hunks of a change's code, each taken back alone: what no proving test notices is not exercised by any."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from sandbox.trees.workspace import Workspace

MOST = 8
"""Hunks that are tried; the others are told as not tried."""
_MOST_LINES = 5_000
_NOTHING = re.compile(r"\s*(?:#|//|/?\*|--|;|\"\"\"|'''|<!--|$)")


@dataclass(frozen=True, slots=True)
class SourceHunk:
    """One hunk: where it is in the change's tree, as `PATH:LINE`, and the mark of that tree without it."""

    place: str
    without: str


def hunks(workspace: Workspace, base: str, head: str, sources: Sequence[str]) -> tuple[list[SourceHunk], int]:
    """The first MOST hunks of these files, and how many more there are. Blank lines and comments are none."""
    found: list[SourceHunk] = []
    more = 0
    for path, line, data in _taken_back(workspace, base, head, sources):
        if len(found) == MOST:
            more += 1
            continue
        listing = dict(workspace.listing(head))
        if data is None:
            del listing[path]
        else:
            mode = (workspace.listing(head).get(path) or workspace.listing(base)[path])[0]
            listing[path] = (mode, workspace.objects.write("blob", data))
        found.append(SourceHunk(f"{path}:{line}", workspace.objects.write_listing(listing)))
    return found, more


def _taken_back(
    workspace: Workspace, base: str, head: str, sources: Sequence[str]
) -> Iterator[tuple[str, int, bytes | None]]:
    """Each hunk as a path, its line, and the file without it; None for a file that the base does not have."""
    before, after = workspace.listing(base), workspace.listing(head)
    for path in sources:
        if path not in after:
            yield path, 1, workspace.objects.bytes_of(before[path][1])
        elif path not in before:
            yield path, 1, None
        elif after[path][0] == before[path][0] != "120000":
            yield from _in_file(path, *(workspace.objects.bytes_of(side[path][1]) for side in (before, after)))


def _in_file(path: str, before: bytes, after: bytes) -> Iterator[tuple[str, int, bytes]]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if b"\0" in before or b"\0" in after or max(len(old), len(new)) > _MOST_LINES:
        return
    for tag, low, high, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal" or all(
            _NOTHING.match(line.decode("utf-8", "replace")) for line in old[low:high] + new[start:end]
        ):
            continue
        yield path, start + 1, b"".join([*new[:start], *old[low:high], *new[end:]])
