"""A step that is skipped after the run went back once: what the second round did is in the pull request."""

from __future__ import annotations

import pytest

from tests.fakes.crashing import Trap
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.stories.conftest import Desk, answers, edit, finish
from tests.stories.disturbed import Scene
from tests.stories.github_desk import github_desk
from tests.stories.samples import PYTHON
from workflows.values import RunStatus

pytestmark = [pytest.mark.timeout(180), pytest.mark.at_length]

WORSE = [edit("adder.py", "a - b", "a * b"), finish()]
RIGHT = [edit("adder.py", "a * b", "a + b"), finish()]


def test_a_review_that_is_skipped_in_the_second_round_leaves_what_that_round_did(github: GitHub, desk: Desk) -> None:
    desk.model.conversations = answers(WORSE, RIGHT)
    hub = github_desk(github, desk, PYTHON)
    with Scene(hub).open() as scene, hub.serving(trap=Trap("review", act="fail", number=2)):
        scene.fails = True
        scene.say("/fix")
        failed = scene.until_failed("review")
        assert [row.key for row in scene.rows()].count("verify") == 1
        assert scene.skipped(failed) == "left out"
        scene.until_status(RunStatus.COMPLETED)
        pull = hub.finished(scene.number)
        assert hub.file("adder.py", pull["head"]["ref"]) == "def add(a, b):\n    return a + b\n"
        assert "2 passed, 0 failed" in pull["body"]
