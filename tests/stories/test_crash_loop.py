"""A server dies again and again: of one run, which alone ends for it, or of its operator, which ends none."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.fakes.crashing import Trap
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.postgres import postgres, postgres_url
from tests.fakes.warm_cli import Fork
from tests.stories.conftest import Desk, answers, edit, finish
from tests.stories.fleet import Fleet, fleet_of
from tests.stories.github_desk import GitHubDesk, github_desk
from tests.stories.samples import PYTHON
from workflows.engine.suspicion import MOST_DEATHS

__all__ = ["postgres", "postgres_url"]

SCRIPT = [edit("adder.py", "a - b", "a + b"), finish()]
CULPRIT = "It takes the server down"
RUNS = 9
KILLS = 40
CUTS = MOST_DEATHS + 1


@pytest.fixture
def hub(github: GitHub, desk: Desk) -> GitHubDesk:
    desk.model.conversations = answers(SCRIPT)
    desk.env |= {"PULLWRIGHT_PLACES": str(RUNS), "PULLWRIGHT_REPOSITORY_RUNS": str(RUNS)}
    return github_desk(github, desk, PYTHON)


@pytest.fixture
def fleet(hub: GitHubDesk, postgres_url: str) -> Iterator[Fleet]:
    with fleet_of(hub, postgres_url) as fleet:
        yield fleet


@pytest.mark.at_length
@pytest.mark.parametrize("count", [4, RUNS])
@pytest.mark.timeout(400)
def test_of_several_runs_only_the_one_that_takes_the_server_down_fails(hub: GitHubDesk, count: int) -> None:
    server = hub.start()
    numbers = [hub.issue(f"add() subtracts, case {number}") for number in range(1, count)]
    culprit = hub.issue(CULPRIT)
    hub.stop(server)
    trap, deaths = Trap("plan", "begun", title=CULPRIT), 0
    server = hub.start(trap=trap)
    for number in [*numbers, culprit]:
        hub.say(number, "/fix")
    while True:
        hub.wait("it ends", lambda server=server: server.poll() is not None or _settled(hub), 180)
        if server.poll() is None:
            break
        deaths += 1
        assert deaths <= MOST_DEATHS + 3, "two with others beside it, so many alone, and one before that is known"
        server = hub.start(trap=trap)
    hub.stop(server)
    ended = {title: (status, why) for title, status, why in _runs(hub)}
    status, why = ended.pop(CULPRIT)
    assert status == "failed"
    assert f"ended {MOST_DEATHS} times in the middle of this step while nothing else" in why
    assert len(ended) == count - 1
    assert {title: one for title, one in ended.items() if one[0] != "completed"} == {}


@pytest.mark.at_length
@pytest.mark.timeout(580)
def test_an_operator_who_kills_the_server_again_and_again_fails_no_run(hub: GitHubDesk) -> None:
    server = hub.start()
    for number in [hub.issue(f"add() subtracts, case {number}") for number in range(1, RUNS)]:
        hub.say(number, "/fix")
    for number in range(KILLS):
        enough = _completed(hub) + 1 + number % 2
        hub.wait("some get on", lambda enough=enough: _completed(hub) >= enough or _settled(hub))
        server.kill()
        server.wait()
        server = hub.start()
    hub.wait("all end", lambda: _settled(hub), 180)
    hub.stop(server)
    assert {status for _, status, _ in _runs(hub)} == {"completed"}


@pytest.mark.at_length
@pytest.mark.timeout(400)
def test_on_several_workers_too_only_the_culprit_fails(fleet: Fleet) -> None:
    hub = fleet.hub
    hub.desk.env |= {"PULLWRIGHT_PLACES": "2"}
    trap, deaths = Trap("plan", "begun", title=CULPRIT), 0
    workers = [fleet.worker(name, trap) for name in ("a", "b")]
    numbers = [hub.issue(f"add() subtracts, case {number}") for number in range(3)]
    for number in [*numbers, hub.issue(CULPRIT)]:
        hub.say(number, "/fix")
    ended = "SELECT count(*) FROM workflow_runs WHERE status IN ('completed', 'failed')"
    while fleet.ask(ended) != [(len(numbers) + 1,)]:
        for at, worker in enumerate(workers):
            if worker.poll() is not None:
                deaths += 1
                assert deaths <= MOST_DEATHS + 3
                workers[at] = fleet.worker("ab"[at], trap)
        hub.wait("anything happens", lambda: fleet.ask(ended) or True)
    rows = dict(fleet.ask("SELECT title, status FROM workflow_runs"))
    assert rows.pop(CULPRIT) == "failed"
    assert set(rows.values()) == {"completed"}


@pytest.mark.at_length
@pytest.mark.timeout(580)
def test_power_cuts_of_all_workers_at_once_fail_nobody(fleet: Fleet) -> None:
    hub = fleet.hub
    hub.desk.env |= {"PULLWRIGHT_PLACES": "1"}
    held = hub.desk.folder / "held"
    for number in [hub.issue(), hub.issue("Another")]:
        hub.say(number, "/fix")
    statuses = "SELECT status FROM workflow_runs"
    for _ in range(CUTS):
        workers = [fleet.worker(name, _held_at_verify(held)) for name in ("a", "b")]
        for one in workers:
            hub.wait("it is there", lambda one=one: fleet.has_signed_in(one))
        hub.wait(
            "one is at it", lambda workers=workers: _at_verify(fleet, workers) or ("failed",) in fleet.ask(statuses)
        )
        for one in workers:
            one.kill()
        for one in workers:
            one.wait()
    held.unlink(missing_ok=True)
    for name in ("a", "b"):
        fleet.worker(name)
    hub.wait("they end", lambda: {status for (status,) in fleet.ask(statuses)} <= {"completed", "failed"}, 180)
    assert fleet.ask(statuses) == [("completed",), ("completed",)]


@pytest.mark.at_length
@pytest.mark.timeout(400)
def test_a_run_whose_workers_freeze_is_not_accused(fleet: Fleet) -> None:
    hub = fleet.hub
    hub.desk.env |= {"PULLWRIGHT_PLACES": "1", "PULLWRIGHT_FROZEN_SECONDS": "3"}
    held, frozen = hub.desk.folder / "held", None
    hub.say(hub.issue(), "/fix")
    for turn in range(MOST_DEATHS):
        worker = fleet.worker("ab"[turn % 2], _held_at_verify(held))
        hub.wait("it is at it", lambda worker=worker: _at_verify(fleet, [worker]), 90)
        if frozen is not None:
            os.kill(frozen.pid, signal.SIGCONT)
            assert fleet.end_of(frozen) == 1
        os.kill(worker.pid, signal.SIGSTOP)
        frozen = worker
    held.unlink(missing_ok=True)
    fleet.worker("ab"[MOST_DEATHS % 2])
    ended = "SELECT status FROM workflow_runs WHERE status IN ('completed', 'failed')"
    hub.wait("it ends", lambda: fleet.ask(ended), 120)
    assert frozen is not None
    os.kill(frozen.pid, signal.SIGCONT)
    assert fleet.ask(ended) == [("completed",)]


def _held_at_verify(flag: Path) -> Trap:
    return Trap("verify", "begun", act="hold", flag=str(flag))


def _at_verify(fleet: Fleet, workers: list[Fork]) -> bool:
    """Whether one of these workers is in the middle of that step."""
    query = (
        "SELECT 1 FROM workflow_steps JOIN workers w ON worker = w.id "
        "WHERE key = 'verify' AND status = 'running' AND left_at IS NULL AND process = ANY(%s)"
    )
    return bool(fleet.ask(query, [one.pid for one in workers]))


def _runs(hub: GitHubDesk) -> list[tuple[str, str, str]]:
    with closing(sqlite3.connect(hub.desk.data / "app.sqlite")) as db:
        return db.execute("SELECT title, status, error_text FROM workflow_runs").fetchall()


def _settled(hub: GitHubDesk) -> bool:
    statuses = [status for _, status, _ in _runs(hub)]
    return bool(statuses) and not {"pending", "running"} & set(statuses)


def _completed(hub: GitHubDesk) -> int:
    with closing(sqlite3.connect(hub.desk.data / "app.sqlite")) as db:
        return int(db.execute("SELECT count(*) FROM workflow_steps WHERE status = 'completed'").fetchone()[0])
