"""A server is stopped as operators stop it, in the middle of its work: nothing is lost, and others go on."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.postgres import postgres, postgres_url
from tests.fakes.processes import processes
from tests.stories.conftest import Desk, answers, edit, finish, shell
from tests.stories.fleet import Fleet, fleet_of
from tests.stories.github_desk import GitHubDesk, github_desk
from tests.stories.samples import PYTHON

__all__ = ["postgres", "postgres_url"]

# Both look for the same command among all processes of the machine.
pytestmark = pytest.mark.xdist_group("drain")

SCRIPT = [edit("adder.py", "a - b", "a + b"), shell("sleep 4.57; pytest -q"), shell("pytest -q"), finish()]


@pytest.fixture
def hub(github: GitHub, desk: Desk) -> GitHubDesk:
    desk.model.conversations = answers(SCRIPT)
    return github_desk(github, desk, PYTHON)


@pytest.fixture
def fleet(hub: GitHubDesk, postgres_url: str) -> Iterator[Fleet]:
    with fleet_of(hub, postgres_url) as fleet:
        yield fleet


@pytest.mark.at_length
@pytest.mark.timeout(180)
def test_on_one_machine_what_takes_too_long_is_interrupted_and_goes_on_at_the_next_start(hub: GitHubDesk) -> None:
    hub.desk.env["PULLWRIGHT_DRAIN_SECONDS"] = "0.2"
    with hub.serving():
        number = hub.issue()
        hub.say(number, "/plan")
        _waits(hub, number)
    with hub.serving() as server:  # days later, after a deploy
        hub.say(number, "/approve")
        hub.wait("the command runs", lambda: processes("4.57"))
        server.send_signal(signal.SIGTERM)
        assert server.wait(40) == 0, hub.log()
        assert not processes("4.57")
    assert "Draining: 1 run at work, up to 0.2 s" in hub.log()
    (run,) = hub.runs()
    assert f"Handed over in the middle of a step: {run['run']}" in hub.log()
    assert _segments(hub) == ["ENQUEUED", "SUCCESS"], "it waits for whoever comes next"
    with hub.serving():
        assert not hub.finished(number)["draft"]
    assert _attempts(hub) == ["handed_over", "completed"]
    assert len(hub.progress(number)) == len(hub.pulls()) == 1
    assert _turns(hub) == len(SCRIPT), "no turn was lost"


@pytest.mark.at_length
@pytest.mark.timeout(180)
def test_on_several_machines_another_goes_on_from_the_turn_at_which_one_was_stopped(fleet: Fleet) -> None:
    hub = fleet.hub
    first = fleet.worker("a")
    number = hub.issue()
    hub.say(number, "/plan")
    _waits(hub, number)
    first.send_signal(signal.SIGTERM)
    assert fleet.end_of(first) == 0, fleet.log()
    second = fleet.worker("b")
    hub.say(number, "/approve")
    hub.wait("the command runs", lambda: processes("4.57"))
    third = fleet.worker("c")
    hub.wait("the third is there", lambda: fleet.has_signed_in(third))
    second.send_signal(signal.SIGTERM)
    assert fleet.end_of(second) == 0, fleet.log()
    assert "Handed over in the middle of a step" not in fleet.log()
    assert not hub.finished(number)["draft"]
    assert len(hub.progress(number)) == len(hub.pulls()) == 1
    assert _turns(hub) == len(SCRIPT), "no turn was lost"
    statuses = fleet.ask("SELECT status FROM workflow_steps WHERE key = 'implement' ORDER BY attempt")
    assert statuses == [("handed_over",), ("completed",)]
    third.send_signal(signal.SIGTERM)
    assert fleet.end_of(third) == 0, "with nothing to do it ends at once"


def _waits(hub: GitHubDesk, number: int) -> None:
    hub.wait("it waits for an answer", lambda: [one for one in hub.progress(number) if "/approve" in one["body"]])


def _turns(hub: GitHubDesk) -> int:
    """How often the model was asked for the next turn of the agent."""
    return sum("Resolve this issue" in str(request.messages[1:2]) for request in hub.desk.model.requests)


def _segments(hub: GitHubDesk) -> list[str]:
    with closing(sqlite3.connect(hub.desk.data / "engine.sqlite")) as db:
        return sorted(status for (status,) in db.execute("SELECT status FROM workflow_status WHERE name = 'segment'"))


def _attempts(hub: GitHubDesk) -> list[str]:
    with closing(sqlite3.connect(hub.desk.data / "app.sqlite")) as db:
        rows = db.execute("SELECT status FROM workflow_steps WHERE key = 'implement' ORDER BY attempt")
        return [status for (status,) in rows]
