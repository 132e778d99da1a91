"""Conflicts that a merge leaves no marks for: they get some, so that nobody can pass over them.

A file that one side deleted and the other one changed, one that got two names, a file where the other side has a
folder: git leaves such a thing as one side has it, which looks like a decision.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.git.history import History, Replayed
from sandbox.trees.workspace import Workspace

MARKS = re.compile(rb"^(?:<{7}|>{7}) ", re.MULTILINE)
_PLAIN = ("100644", "100755")
_LARGEST = 2_000_000


@dataclass(frozen=True, slots=True)
class Sides:
    """The branches that are merged, by name, and their commits: that which is merged in, and that which gets it."""

    base: str
    branch: str
    onto: str
    tip: str


def marked(workspace: Workspace, history: History, replayed: Replayed, sides: Sides) -> tuple[str, str]:
    """The tree with marks in each conflict; and the first path where none can be put, which nobody solves here."""
    listing = dict(workspace.listing(replayed.tree))
    theirs, ours = ({one.path for one in history.files(commit)} for commit in (sides.onto, sides.tip))
    changed = False
    for path in replayed.conflicts:
        if path not in listing:
            continue
        mode, blob = listing[path]
        data = workspace.objects.bytes_of(blob) if mode in _PLAIN else b"\0"
        if MARKS.search(data):
            continue
        if b"\0" in data or len(data) > _LARGEST:
            return replayed.tree, path
        text = _with_marks(data, path in theirs, path in ours, sides)
        listing[path] = (mode, workspace.objects.write("blob", text))
        changed = True
    return (workspace.objects.write_listing(listing) if changed else replayed.tree), ""


def _with_marks(data: bytes, there: bool, here: bool, sides: Sides) -> bytes:
    """The whole file as what one side has and the other one lacks."""
    whole = data if data.endswith(b"\n") or not data else data + b"\n"
    lacks = " (there is no such file)"
    begin = f"<<<<<<< {sides.base}{'' if there or not here else lacks}\n".encode(errors="surrogateescape")
    end = f">>>>>>> {sides.branch}{'' if here and not there else lacks}\n".encode(errors="surrogateescape")
    return b"".join((begin, b"=======\n", whole, end) if here and not there else (begin, whole, b"=======\n", end))
