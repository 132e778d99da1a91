"""What the base's checks say is found out while the agent is at work, and once for all runs."""

from __future__ import annotations

import os

import pytest

from tests.stories.conftest import Desk, answers, desk, edit, finish, folder
from tests.stories.samples import PYTHON, PYTHON_ISSUE

__all__ = ["desk", "folder"]

ZERO = "from adder import add\n\n\ndef test_zero():\n    assert add(3, 0) == 3\n"
RIGHT = edit("adder.py", "a - b", "a + b")


@pytest.mark.at_length
@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="with one core nothing runs beside the agent")
def test_the_base_is_checked_while_the_agent_works_and_once_for_all_runs(desk: Desk) -> None:
    desk.make_repository({**PYTHON, "test_adder.py": ZERO})

    def commands(run: str, step: str) -> list[str]:
        printed = desk.run("show", run, "--step", step, "--output").out
        return [line.partition("$ ")[2] for line in printed.splitlines() if "$ " in line]

    def solve(issue: str) -> str:
        desk.model.conversations = answers([RIGHT, finish()])
        solved = desk.solve(desk.issue(PYTHON_ISSUE, issue))
        assert solved.code == 4, solved.err
        return str(solved.data["run"])

    first = solve("issue-7.md")
    (whole,) = commands(first, "implement")
    assert whole.startswith("pytest")
    assert commands(first, "verify").count(whole) == 1, "on the change alone"
    second = solve("issue-8.md")
    assert commands(second, "implement") == []
    assert commands(second, "verify").count(whole) == 1
