"""A review whose checks run while it is read: stopped, failed, skipped and taken back in the midst of both.

What had ended stands, what had not is made again, and nothing of either is left behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.fakes.crashing import Trap
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.postgres import postgres as postgres
from tests.fakes.postgres import postgres_url as postgres_url
from tests.stories.conftest import Desk
from tests.stories.disturbed import Scene, left_behind
from tests.stories.github_desk import github_desk
from tests.stories.test_review_github import BEFORE, FINDS, Pulls
from tests.stories.test_review_killed import CHECKED
from workflows.values import RunStatus, StepStatus

pytestmark = pytest.mark.timeout(240)

BESIDE = {"checks": "read", "read": "checks"}


def _cases(*in_suite: tuple[str, str]) -> list[object]:
    cases = [(database, key) for database in ("sqlite", "postgres") for key in BESIDE]
    return [pytest.param(*one, marks=() if one in in_suite else pytest.mark.at_length) for one in cases]


@contextmanager
def _reviewed(
    request: pytest.FixtureRequest, database: str, github: GitHub, desk: Desk
) -> Iterator[tuple[Scene, Pulls]]:
    url = request.getfixturevalue("postgres_url") if database == "postgres" else ""
    desk.model.conversations = FINDS
    hub = github_desk(github, desk, {"shares.py": BEFORE, ".github/pullwright.yml": CHECKED})
    pulls = Pulls(hub)
    with Scene(hub, url).open() as scene:
        scene.number = pulls.propose(draft=True)  # so that nothing but the command starts a review
        yield scene, pulls


def _ended(scene: Scene, key: str) -> int:
    return sum(row.key == key and row.status is StepStatus.COMPLETED for row in scene.rows())


def _one_review(scene: Scene, pulls: Pulls) -> None:
    scene.until_status(RunStatus.COMPLETED)
    (review,) = pulls.reviews(scene.number)
    assert review["body"].count("! grep -q half shares.py fails") == 1
    assert [one["line"] for one in pulls.lines(scene.number)] == [8]
    assert left_behind(scene) == []


@pytest.mark.parametrize(("database", "key"), _cases())
def test_a_review_that_is_stopped_in_one_of_both_makes_only_that_one_again(
    database: str, key: str, github: GitHub, desk: Desk, request: pytest.FixtureRequest
) -> None:
    with _reviewed(request, database, github, desk) as (scene, pulls), scene.holding(key):
        scene.say("/review")
        scene.until_held(key)
        scene.until(f"{BESIDE[key]} has ended", lambda run: _ended(scene, BESIDE[key]))
        run = scene.run()
        assert run is not None
        assert (run.status, run.current_step) == (RunStatus.RUNNING, "examine")
        scene.stop()
        assert left_behind(scene) == []
        scene.say(f"/retry {key}")
        _one_review(scene, pulls)
        assert [_ended(scene, one) for one in BESIDE] == [1, 1]


@pytest.mark.parametrize(("database", "key"), _cases())
def test_a_review_that_fails_in_one_of_both_makes_only_that_one_again(
    database: str, key: str, github: GitHub, desk: Desk, request: pytest.FixtureRequest
) -> None:
    with _reviewed(request, database, github, desk) as (scene, pulls), scene.hub.serving(trap=Trap(key, act="fail")):
        scene.fails = True
        scene.say("/review")
        scene.until_failed(key)
        assert [_ended(scene, one) for one in BESIDE] == [int(one != key) for one in BESIDE]
        scene.say("/retry")
        _one_review(scene, pulls)
        assert [_ended(scene, one) for one in BESIDE] == [1, 1]


@pytest.mark.at_length
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_review_goes_on_without_its_checks_where_somebody_says_so(
    database: str, github: GitHub, desk: Desk, request: pytest.FixtureRequest
) -> None:
    with (
        _reviewed(request, database, github, desk) as (scene, pulls),
        scene.hub.serving(trap=Trap("checks", act="fail")),
    ):
        scene.fails = True
        scene.say("/review")
        scene.until_failed("checks")
        scene.say("/skip read")
        scene.say("/skip checks")
        scene.until_status(RunStatus.COMPLETED)
        (review,) = pulls.reviews(scene.number)
        assert "Its checks were not run: the step that runs them was left out." in review["body"]
        assert (_ended(scene, "checks"), _ended(scene, "read")) == (0, 1)


@pytest.mark.at_length
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_review_is_taken_back_in_the_midst_of_both(
    database: str, github: GitHub, desk: Desk, request: pytest.FixtureRequest
) -> None:
    with _reviewed(request, database, github, desk) as (scene, pulls), scene.holding("checks"):
        scene.hub.github.roles("octo/adder", max="maintain")
        scene.say("/review")
        scene.until_held("checks")
        scene.stop()
        scene.hub.say(scene.number, "/rollback hard review_pr", by=scene.hub.github.as_user("max"))
        scene.until_status(RunStatus.ROLLED_BACK)
        assert pulls.reviews(scene.number) == []
        assert left_behind(scene) == []
