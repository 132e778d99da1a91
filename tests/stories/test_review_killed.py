"""`/review` on a server that is killed at each of its steps, at each moment: one review, each finding once."""

from __future__ import annotations

from collections.abc import Iterator

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
from workflows.definition import Parallel
from workflows.review_pr.definition import REVIEW_PR
from workflows.values import RunStatus

pytestmark = pytest.mark.timeout(300)

MOMENTS = ("before", "begun", "write", "second write", "done", "recorded")
CHECKED = "setup: false\nchecks: {halves: '! grep -q half shares.py'}\nworkflows: {review_pr: {checks: own}}\n"
IN_SUITE = {("sqlite", "write")}
"""The suite has to end within minutes; the others are told at length."""
WRITES = ("read", "refute", "post", "close")
"""Steps that write by themselves while they are at work, each more than once."""


def _cases() -> Iterator[object]:
    for database in ("sqlite", "postgres"):
        for moment in MOMENTS:
            told = (database, moment) in IN_SUITE
            yield pytest.param(database, moment, marks=() if told else pytest.mark.at_length)


def _places(moment: str) -> Iterator[str]:
    """Where the server dies, one after the other. Of steps that run at once it dies in the first that comes to the
    moment, and again in whichever is left."""
    for item in REVIEW_PR.items:
        if isinstance(item, Parallel):
            yield from [" ".join(item.keys)] * len(item.members)
        if not isinstance(item, Parallel) or moment in ("before", "recorded"):
            yield item.key


@pytest.mark.at_length
@pytest.mark.parametrize(("database", "moment"), list(_cases()))
def test_a_server_that_is_killed_at_each_of_its_steps_reviews_once(
    database: str, moment: str, github: GitHub, desk: Desk, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgres_url") if database == "postgres" else ""
    desk.model.conversations = FINDS
    hub = github_desk(github, desk, {"shares.py": BEFORE, ".github/pullwright.yml": CHECKED})
    pulls = Pulls(hub)
    with Scene(hub, url).open() as scene:
        scene.number = pulls.propose(draft=True)  # so that nothing but the command starts a review
        number, when = (2, "write") if moment == "second write" else (1, moment)
        for at, place in enumerate(WRITES if when == "write" else _places(moment)):
            process = hub.start(trap=Trap(place, when, number=number))
            if at == 0:
                scene.say("/review")
            scene.died(process)
        process = hub.start()
        run = scene.until_status(RunStatus.COMPLETED)
        assert run.workflow == "review_pr"
        (review,) = pulls.reviews(scene.number)
        assert review["state"] == "COMMENTED"
        assert review["body"].count("! grep -q half shares.py fails") == 1
        assert [one["line"] for one in pulls.lines(scene.number)] == [8]
        (check,) = pulls.check(pulls.head(scene.number))
        assert check["conclusion"] == "neutral"
        assert pulls.asked() <= 3 + 1 + 2, "an answer that was kept is not asked for again"
        assert [row.key for row in scene.rows() if row.status == "completed"] == [one.key for one in REVIEW_PR.steps]
        assert left_behind(scene) == []
        hub.stop(process)
