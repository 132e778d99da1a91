"""Marks: the tree object of a directory that a sandbox writes, made by the host without running git on it.

A mark is a function of the tree and the base commit alone: paths of the base always count,
others unless the tree's own .gitignore files, as they are at that moment, ignore them. A
top-level `.git` (a throw-away one that tools inside may make) is neither read nor kept.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from sandbox.errors import TreeRefused
from sandbox.files.ignored import Rules
from sandbox.files.remembered import Memory, TreeBounds, directories_of
from sandbox.files.walk import Survey, Walk
from sandbox.git.objects import Listing, Objects

__all__ = ["Marker", "Survey", "TreeBounds"]


class Marker:
    """Makes the marks of one tree and remembers, between them, what it has read."""

    def __init__(self, tree: Path, objects: Objects, base: Listing, rules: Rules, bounds: TreeBounds) -> None:
        self._tree = tree
        self._memory = Memory(objects, base, directories_of(base), rules, bounds)

    def believe(self) -> None:
        """Take the files' contents to be the base's, as the host itself has just written them.

        TreeRefused where the base itself holds what no mark could take in.
        """

        def refuse(path: str, why: str) -> None:
            remedy = "The repository itself holds it: take it out (Git LFS is for large files), then start again."
            raise TreeRefused(f"{path!r} {why}.", remedy)

        self._walk(Survey(), refuse, believe=True)

    def leave_out(self, paths: frozenset[str]) -> None:
        """Keep new paths out of the marks from here on, as if the tree's rules ignored them; no others."""
        self._memory.rules.leave_out(paths)
        self._memory.taken.clear()
        self._memory.ignored.clear()

    def survey(self, *, strict: bool = True) -> Survey:
        """Walk the tree. TreeRefused names the first path that is not let in, unless not `strict`."""
        found = Survey()

        def refuse(path: str, why: str) -> None:
            if strict:
                raise TreeRefused(f"{path!r} {why}.", "Put it right; the rest of the work is kept.")
            found.refused.append(path)

        self._walk(found, refuse)
        return found

    def seen(self) -> dict[str, tuple[int, int]]:
        """When the kernel saw each file change for the last time (nanoseconds), and its inode, as the last walk found.

        Nobody but root can set either, so what was written and put back again is known by it.
        """
        return {path: known.signature[3:] for path, known in self._memory.files.items()}

    def _walk(self, found: Survey, refuse: Callable[[str, str], None], *, believe: bool = False) -> None:
        walk = Walk(self._memory, found, refuse, believe)
        root = os.open(self._tree, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            with self._memory.rules:
                found.tree = walk.directory(root, "", False, 0) or self._memory.objects.write_tree(())
                walk.finish()
        finally:
            os.close(root)
