"""The peer's loop, run by the interpreter of its own environment: prints when each turn began, as JSON.

    .venv-bench/bin/python tests/bench/peer.py TREE TRAJECTORY COMMANDS.json

Its agent, its bubblewrap environment and its saving of the trajectory are used as they come.
The model answers from a list in memory; the list is no part of the model's configuration,
which the peer would otherwise write into every trajectory.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("MSWEA_SILENT_STARTUP", "1")

from minisweagent.agents.default import DefaultAgent  # type: ignore[import-not-found, unused-ignore]
from minisweagent.environments.extra.bubblewrap import BubblewrapEnvironment  # type: ignore[import-not-found, unused-ignore]
from minisweagent.models.test_models import DeterministicToolcallModel  # type: ignore[import-not-found, unused-ignore]

LAST = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"


class Canned(DeterministicToolcallModel):  # type: ignore[misc, unused-ignore]
    """Answers with the next command, and notes when it was asked."""

    def __init__(self, commands: list[str]) -> None:
        super().__init__(outputs=[])
        self.commands = [*commands, LAST]
        self.asked: list[float] = []

    def query(self, messages: list[dict[str, Any]], **kwargs: Any) -> dict[str, Any]:
        number = len(self.asked)
        self.asked.append(time.perf_counter())
        call = {"id": f"call_{number}", "type": "function"}
        command = self.commands[number]
        return {
            "role": "assistant",
            "content": "I go on.",
            "tool_calls": [{**call, "function": {"name": "bash", "arguments": json.dumps({"command": command})}}],
            "extra": {"actions": [{"command": command, "tool_call_id": call["id"]}], "cost": 0.0},
        }


def main() -> None:
    tree, trajectory, commands = map(Path, sys.argv[1:])
    model = Canned(json.loads(commands.read_text()))
    agent = DefaultAgent(
        model,
        BubblewrapEnvironment(cwd=str(tree)),
        system_template="You work on a repository.",
        instance_template="{{task}}",
        output_path=trajectory,
    )
    ended = agent.run("Go on.")
    assert ended["exit_status"] == "Submitted", ended
    print(json.dumps(model.asked))


if __name__ == "__main__":
    main()
