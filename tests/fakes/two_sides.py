"""The two sides of a change as real trees: a repository at its base, a change to it, and mixed trees of both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.backend import Backend, Mount
from sandbox.git.repository import Repository
from sandbox.trees.workspace import Workspace
from tests.fakes.plain_trees import Files, PlainTree, PlainTrees
from tests.fakes.real_repository import make_repository
from workflows.checks.change.hunks import SourceHunk, hunks
from workflows.checks.change.mixed_trees import Mixed, mix


@dataclass
class TwoSides:
    """`base` and `head` are marks of a workspace. Implements `workflows.checks.commands.running.TreesForChecks`."""

    workspace: Workspace
    base: str
    head: str
    backend: Backend
    root: Path
    mounts: tuple[Mount, ...] = ()
    opened: list[str] = field(default_factory=list)

    @classmethod
    def made(
        cls, root: Path, backend: Backend, base: Files, head: Mapping[str, str | None], mounts: tuple[Mount, ...] = ()
    ) -> TwoSides:
        """`head` are the files that are different there; None for one that is gone."""
        commit = make_repository(root / "repository", base)
        mirror = Repository.mirror(root / "mirror")
        mirror.fetch(str(root / "repository"))
        workspace = Workspace.open(root / "workspaces", "run", mirror, commit)
        for name, text in head.items():
            path = workspace.tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_text(text)
        return cls(workspace, workspace.base_tree, workspace.mark(), backend, root / "trees", mounts)

    async def mixed(self, tests: frozenset[str] = frozenset()) -> Mixed:
        return mix(self.workspace, self.base, self.head, tests)

    async def hunks(self, mixed: Mixed) -> tuple[list[SourceHunk], int]:
        return hunks(self.workspace, self.base, self.head, mixed.sources)

    @asynccontextmanager
    async def open(self, mark: str, like: str = "") -> AsyncIterator[PlainTree]:
        self.opened.append(self.called(mark))
        read = self.workspace.objects.bytes_of
        files = {path: read(blob).decode() for path, (_, blob) in self.workspace.listing(mark).items()}
        trees = PlainTrees(self.backend, self.root / str(len(self.opened)), {"tree": files}, self.mounts)
        async with trees.open("tree") as tree:
            yield tree

    def called(self, mark: str) -> str:
        return {self.base: "base", self.head: "head"}.get(mark, "mixed")
