"""What the walls cost: commands, boxes and turns beside the version before they were built, in turns with it.

The peer is this project itself at BEFORE, in a work tree of its own. The two are started one
after the other, ten times, and of each the middle counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench import scene
from tests.bench.figures import Figure, middle

ROOT = Path(__file__).parents[2]
BEFORE = "dc0914a39e"
"""The last version in which a box could be left."""
PAIRS = 10
MOST_RATIO = 1.05

_PROGRAM = """
import asyncio, json, sys, time
from pathlib import Path
from sandbox import backend as values
from sandbox.backend import BoxSpec
try:
    from sandbox.boxes.bubblewrap import Bubblewrap
except ImportError:  # as it was called before
    from sandbox.bubblewrap import Bubblewrap
Command = getattr(values, "BoxCommand", None) or values.Command
from tests.bench import samples, turns

async def boxes(place):
    backend, opened, ran = Bubblewrap(), [], []
    for number in range(6):
        spec = BoxSpec(f"walls-{number}", place / f"tree-{number}", place / f"home-{number}")
        for directory in (spec.tree, spec.home):
            directory.mkdir()
            backend.own(directory)
        began = time.perf_counter()
        async with backend.open(spec) as box:
            await box.run(Command(argv=("true",)))
            opened.append(time.perf_counter() - began)
            for _ in range(20):
                began = time.perf_counter()
                await box.run(Command(argv=("true",)))
                ran.append(time.perf_counter() - began)
    return sorted(opened)[3], sorted(ran)[60]

place = Path(sys.argv[1])
samples.repository(place / "sample", turns.FILES)
(place / "run").mkdir(mode=0o711)
opened, ran = asyncio.run(boxes(place))
taken = sum(asyncio.run(turns._ours(place / "run", place / "sample", turns.commands(100))))
print(json.dumps([opened, ran, taken]))
"""


def figures() -> Iterator[Figure]:
    """A box with its first command, one further command, and a hundred turns of the agent."""
    with scene.folder() as place:
        before = place / "before"
        done = subprocess.run(
            ["git", "worktree", "add", "-q", "--detach", str(before), BEFORE],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            print(f"The version before ({BEFORE}) is not in this clone, so there is nothing to compare with.\n")
            return
        try:
            ours, theirs = [], []
            for number in range(PAIRS):
                pair = [(ROOT, ours), (before, theirs)]
                for code, into in pair if number % 2 else reversed(pair):
                    into.append(_measured(code, place, f"{number}-{code.name}"))
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(before)], cwd=ROOT, check=True)
        names = ("a box and its first command", "one further command", "100 turns of the agent")
        for what, mine, other in zip(names, zip(*ours, strict=True), zip(*theirs, strict=True), strict=True):
            unit = "s" if what.startswith("100") else "ms"
            yield Figure(f"{what}; before the walls", middle(mine), middle(other), MOST_RATIO, unit=unit)


def _measured(code: Path, place: Path, name: str) -> list[float]:
    at = place / name
    at.mkdir(mode=0o711)
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(at)],
        cwd=code,
        env={**os.environ, "PYTHONPATH": str(code)},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    found: list[float] = json.loads(done.stdout.splitlines()[-1])
    return found
