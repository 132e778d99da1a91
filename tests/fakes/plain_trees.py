"""Scratch trees made from dictionaries of files, in boxes of whatever backend: what verification asks for."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.backend import Backend, Box, BoxSpec, Mount
from workflows.checks.ran import Lacking

Files = Mapping[str, str]


@dataclass
class PlainTree:
    """One open tree. `reset` puts the files back and names those that were changed."""

    box: Box
    files: Files
    setup_failure: str = ""
    lacking: Lacking = field(default_factory=Lacking)
    environment: str = ""

    async def reset(self) -> tuple[str, ...]:
        changed = []
        for name, text in self.files.items():
            path = self.box.spec.tree / name
            if not path.is_file() or path.read_text() != text:
                changed.append(name)
                path.write_text(text)
        return tuple(changed)


@dataclass
class PlainTrees:
    """`marks` are trees by name; `opened` says which were opened, in order."""

    backend: Backend
    root: Path
    marks: Mapping[str, Files]
    mounts: tuple[Mount, ...] = ()
    setup_failures: Mapping[str, str] = field(default_factory=dict)
    lacking: Lacking = field(default_factory=Lacking)
    environments: Mapping[str, str] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    @asynccontextmanager
    async def open(self, mark: str, like: str = "") -> AsyncIterator[PlainTree]:
        self.opened.append(mark)
        here = self.root / f"{next(self._numbers)}-{mark}"
        tree, home = here / "tree", here / "home"
        for name, text in self.marks[mark].items():
            path = tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            if text.startswith("#!"):
                path.chmod(0o755)
        tree.mkdir(parents=True, exist_ok=True)
        home.mkdir()
        self.backend.own(here)
        spec = BoxSpec(f"plain-{here.name}", tree, home, mounts=self.mounts)
        async with self.backend.open(spec) as box:
            failure, environment = self.setup_failures.get(mark, ""), self.environments.get(mark, "")
            yield PlainTree(box, self.marks[mark], failure, self.lacking, environment)
