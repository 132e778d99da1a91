"""What a line comes to that only calls a task: `make test`, `tox`, `just check`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.detect.as_called import as_called
from sandbox.detect.commands.expand import Expander
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Evidence

_SCRIPTS = ("npm", "pnpm", "yarn", "bun")


@dataclass(frozen=True, slots=True)
class PlainCall:
    """One command without a task around it; `cwd` is relative to the tree."""

    command: str
    cwd: str
    env: Mapping[str, str]


def behind(root: Path, line: str, cwd: str = ".") -> PlainCall | None:
    """The one call of a test tool that a task runs; None where it does anything else beside it, or is no task.

    Scripts of package.json are left alone: their tools are not on PATH. Blocking, reads files only.
    """
    if line.split(maxsplit=1)[:1] in ([name] for name in _SCRIPTS):
        return None
    leaves = list(Expander(Source(root)).leaves(line, Evidence("", 0, line), cwd))
    if len(leaves) != 1 or not leaves[0].place.via or leaves[0].tolerated:
        return None
    leaf = leaves[0]
    if leaf.call is None or leaf.call.kind != "test":
        return None
    line = as_called(shlex.join(leaf.words), [leaf.place.evidence.text])
    return PlainCall(line, leaf.place.cwd, leaf.place.env)
