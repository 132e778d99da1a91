"""A run whose step fails is taken back by itself, where the repository wants that, whoever dies over it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.crashing import Trap
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.postgres import postgres as postgres
from tests.fakes.postgres import postgres_url as postgres_url
from tests.fakes.scripted_model import Turn, call
from tests.stories.conftest import Desk, answers, edit
from tests.stories.disturbed import Scene, left_behind
from tests.stories.github_desk import REPO, github_desk
from tests.stories.samples import PYTHON, PYTHON_ISSUE
from workflows.values import RunStatus

pytestmark = pytest.mark.timeout(240)

HARD = "setup: false\nworkflows:\n  issue_to_pr:\n    on_failure: rollback hard\n"
SOFT = HARD.replace("hard", "soft")
GIVES_UP = Turn(calls=(call("give_up", reason="I cannot."),))
WRITES = 12
"""So many servers die in a rollback, each before its second write: what one wrote is not to do for the next."""


# --- at a terminal -------------------------------------------------------------------------------------


@pytest.mark.at_length
def test_at_home_a_branch_of_a_run_that_fails_is_gone_and_its_words_say_why(desk: Desk) -> None:
    desk.make_repository({**PYTHON, ".github/pullwright.yml": HARD})
    desk.model.conversations = answers([edit("adder.py", "a - b", "a * b"), GIVES_UP])
    failed = desk.solve(desk.issue(PYTHON_ISSUE))
    assert (failed.code, failed.data["status"]) == (1, "rolled_back")
    assert failed.data["error"].startswith("Rolled back, as it is configured for failures: The model gave up: I cannot")
    assert failed.data["outcome"] == failed.data["error"]
    assert list(desk.branches()) == ["main"]
    shown = desk.run("show", failed.data["run"])
    assert "undo create branch fix/issue-7 (done)" in shown.out
    assert "the configuration" in shown.out


@pytest.mark.at_length
def test_at_home_a_branch_of_a_run_that_fails_is_handed_over_where_that_is_wanted(desk: Desk) -> None:
    desk.make_repository({**PYTHON, ".github/pullwright.yml": SOFT})
    desk.model.conversations = answers([edit("adder.py", "a - b", "a * b"), GIVES_UP])
    failed = desk.solve(desk.issue(PYTHON_ISSUE))
    assert (failed.code, failed.data["status"]) == (1, "failed")
    assert failed.data["error"].startswith("Handed over to you, as it is configured for failures: The model gave up")
    assert "fix/issue-7" in desk.branches()
    assert f"pullwright retry {failed.data['run']} implement" in failed.data["advice"], "it can be gone on with"


# --- on GitHub, where servers die ------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.at_length)])
def scene(request: pytest.FixtureRequest, github: GitHub, desk: Desk) -> Iterator[Scene]:
    database = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    desk.model.conversations = answers([edit("adder.py", "a - b", "a * b"), GIVES_UP])
    hub = github_desk(github, desk, {**PYTHON, ".github/pullwright.yml": HARD})
    made = Scene(hub, database, fails=True)
    with made.open() as scene:
        yield scene


def taken_back(scene: Scene) -> None:
    """All is as before the run, and its one comment says why."""
    run = scene.until_status(RunStatus.ROLLED_BACK)
    assert run.error_text.startswith("Rolled back, as it is configured for failures: ")
    assert "The model gave up" in run.error_text
    branches = [one["name"] for one in scene.hub.alice.get(f"{REPO}/branches").json()]
    assert branches == ["main"]

    def told() -> bool:
        (comment,) = scene.hub.progress(scene.number)
        return "### Rolled back" in comment["body"] and "as it is configured for failures" in comment["body"]

    scene.hub.wait("its comment says why", told)
    assert [row.key for row in scene.rows()].count("implement") == 1, "the step is not made again"
    assert not left_behind(scene)


@pytest.mark.at_length
def test_a_server_that_dies_between_the_decision_and_the_rollback(scene: Scene) -> None:
    process = scene.hub.start(trap=Trap("implement", "decided"))
    scene.say("/fix")
    scene.died(process)
    run = scene.run()
    assert run is not None
    assert run.status is RunStatus.RUNNING
    with scene.hub.serving():
        taken_back(scene)


@pytest.mark.at_length
def test_a_server_that_dies_before_one_write_of_the_rollback_after_the_other(scene: Scene) -> None:
    scene.say("/fix")
    for _ in range(WRITES):
        process = scene.hub.start(trap=Trap("rollback", "write", number=2))
        scene.hub.wait("it dies, or is through", lambda process=process: process.poll() is not None or _over(scene))
        if _over(scene):
            scene.hub.stop(process)
            break
    with scene.hub.serving():
        taken_back(scene)


def _over(scene: Scene) -> bool:
    run = scene.run()
    return run is not None and run.status is RunStatus.ROLLED_BACK
