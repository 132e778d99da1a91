"""From a webhook to the progress comment: what somebody who writes `/fix` waits for an answer.

The whole server is at work, in a process of its own, against the stand-in GitHub. The first
issue of a cold process is told apart from the ones after it.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Figure, middle
from tests.fakes.github import running
from tests.fakes.scripted_model import ScriptedModel
from tests.stories.conftest import Desk, answers, edit, finish
from tests.stories.github_desk import GitHubDesk, github_desk
from tests.stories.samples import PYTHON

ISSUES = 6


def figures() -> Iterator[Figure]:
    folder = Path(tempfile.mkdtemp(prefix="pullwright-bench-"))
    folder.chmod(0o711)
    script = answers([edit("adder.py", "a - b", "a + b"), finish()])
    try:
        with running(folder / "github") as github, ScriptedModel(script) as model:
            desk = github_desk(github, Desk(folder, model), PYTHON)
            process = desk.start()
            try:
                waits = [_answered(desk) for _ in range(ISSUES)]
            finally:
                desk.stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    yield Figure("`/fix` to the first comment, cold server", waits[0], most=1.0)
    yield Figure("`/fix` to the first comment, later", middle(waits[1:]), most=1.0)


def _answered(desk: GitHubDesk) -> float:
    """Seconds from a comment's being posted to the progress comment's being there."""
    number = desk.issue()
    began = time.monotonic()
    desk.say(number, "/fix")
    while not desk.progress(number):
        if time.monotonic() - began > 60:
            raise AssertionError(f"no comment came:\n{desk.log()}")
        time.sleep(0.01)
    return time.monotonic() - began
