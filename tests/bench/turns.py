"""What a turn of the agent costs beside the model: sandbox, journal and transcript, next to mini-swe-agent's loop.

Both get the same commands over the same files from a model that answers at once, so all that
is measured is what a loop adds, and the commands themselves. Ours ends every process of a
command, bounds it, compares the tree with what it was, and commits journal, transcript and bill
to the disk; the peer starts bubblewrap and writes its trajectory. The two take turns, and of
each the least disturbed of several rounds counts.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import uvloop

from sandbox.backend import BoxSpec
from sandbox.boxes.bubblewrap import Bubblewrap
from sandbox.git.repository import Repository
from sandbox.journal import Where
from sandbox.trees.workspace import Workspace
from tests.bench import samples, scene
from tests.bench.figures import Figure, middle
from tests.fakes.real_repository import git
from workflows.agent import loop
from workflows.agent.conversation import Task
from workflows.agent.endings import Finished
from workflows.agent.loop import AgentKit, TreeAfter
from workflows.agent.stored_transcript import SqlTranscript
from workflows.agent.tools.toolbox import Toolbox
from workflows.ports import Message, Reply, ToolCall, ToolSpec, Usage
from workflows.store.database import Store
from workflows.store.run_rows.ledger import SqlLedger
from workflows.values import Bounds

PEER = Path(__file__).parents[2] / ".venv-bench" / "bin" / "python"
SCRIPT = Path(__file__).with_name("peer.py")
FILES = 300
ROUNDS = {100: 5, 400: 2}
EDGE = 50
MOST_RATIO = 1.3
MOST_GROWTH = 1.25


def figures() -> Iterator[Figure]:
    """Seconds for so many turns, ours beside the peer's; and our last turns beside our first ones."""
    with scene.folder() as place:
        samples.repository(place / "sample", FILES)
        for turns, rounds in ROUNDS.items():
            ours, peers = [], []
            for number in range(rounds):
                at = place / f"{turns}-{number}"
                at.mkdir(mode=0o711)
                ours.append(uvloop.run(_ours(at, place / "sample", commands(turns))))
                if PEER.exists():
                    peers.append(_peers(at, place / "sample", commands(turns)))
            best = min(ours, key=sum)
            yield Figure(
                f"{turns} turns of the agent; of mini-swe-agent",
                sum(best),
                min(map(sum, peers)) if peers else None,
                MOST_RATIO if peers else None,
            )
            yield Figure(
                f"one of the last {EDGE} of {turns} turns; of the first {EDGE}",
                middle(best[-EDGE:]),
                middle(best[:EDGE]),
                MOST_GROWTH,
                unit="ms",
            )


def commands(turns: int) -> list[str]:
    """What an agent does all day: it looks, searches, edits, and tries; each command differs from those before."""
    cycle = (
        "ls src | sed -n {n}p",
        "grep -rn 'def record' src | sed -n {n}p",
        "echo 'note {n}' >> NOTES.md",
        "echo {n} tried",
    )
    return [cycle[number % len(cycle)].format(n=number + 1) for number in range(turns)]


class Canned:
    """A model that answers at once with the next command, and notes when it was asked."""

    name = "canned"
    context_tokens = 10_000_000

    def __init__(self, commands: Sequence[str]) -> None:
        self._calls: list[tuple[str, dict[str, object]]] = [("shell", {"command": command}) for command in commands]
        self._calls.append(("finish", {"summary": "Done.", "requirements": []}))
        self.asked: list[float] = []

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        return 0.0

    async def complete(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec] = (), *, max_tokens: int = 8192
    ) -> Reply:
        number = len(self.asked)
        self.asked.append(time.perf_counter())
        name, arguments = self._calls[number]
        call = ToolCall(f"call_{number}", name, json.dumps(arguments))
        return Reply(Message("assistant", "I go on.", (call,)), Usage(1000, 20, usd=0.0), self.name, "tool_calls")

    async def check(self) -> str:
        return "It answers."


async def _ours(place: Path, sample: Path, script: list[str]) -> list[float]:
    """The seconds of each turn: agent, box, workspace and database as the product has them."""
    backend = Bubblewrap()
    repository = Repository.mirror(place / "mirror.git")
    repository.fetch(str(sample))
    workspace = Workspace.open(place, "run", repository, git(sample, "rev-parse", "HEAD"), own=backend.own)
    model = Canned(script)
    with scene.store(place / "app.sqlite") as store:
        async with backend.open(BoxSpec("bench-turns", workspace.tree, workspace.home)) as box:
            desk = AgentKit(
                model=model,
                tools=Toolbox(box, workspace.files),
                transcript=SqlTranscript(store, scene.RUN, "implement", "implement"),
                record=_Recorder(store, workspace),
            )
            ended = await loop.run(
                Task("bench", "You work on a repository.", "Go on."), desk, bounds=Bounds(None, None, None, None)
            )
        assert isinstance(ended, Finished), ended
        journaled = SqlLedger(store).entries(scene.RUN)
        assert len(journaled) == sum(">>" in command for command in script), "every edit is in the journal"
    workspace.remove()
    return _between(model.asked)


class _Recorder:
    def __init__(self, store: Store, workspace: Workspace) -> None:
        self._ledger = SqlLedger(store)
        self._workspace = workspace

    async def __call__(self, turn: int, tool: str) -> TreeAfter:
        where = Where(scene.RUN, "implement", 1, turn, tool)
        return TreeAfter((await asyncio.to_thread(self._workspace.record, self._ledger, where)).after)


def _peers(place: Path, sample: Path, script: list[str]) -> list[float]:
    """The seconds of each turn of the peer, in a process of its own environment."""
    tree, words = place / "peer", place / "commands.json"
    git(place, "clone", "-q", str(sample), str(tree))
    words.write_text(json.dumps(script))
    done = subprocess.run(
        [PEER, SCRIPT, tree, place / "trajectory.json", words],
        env={"PATH": os.environ["PATH"], "HOME": str(place), "MSWEA_GLOBAL_CONFIG_DIR": str(place)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    asked: Any = json.loads(done.stdout.splitlines()[-1])
    return _between(asked)


def _between(asked: Sequence[float]) -> list[float]:
    return [after - before for before, after in pairwise(asked)]
