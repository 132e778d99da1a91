"""The switch that stops everything, or one repository: nothing begins, nothing is lost, and it goes on by itself."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.fakes.crashing import Trap
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.postgres import postgres, postgres_url
from tests.fakes.processes import processes
from tests.fakes.warm_cli import warm
from tests.stories.conftest import Desk, answers, edit, finish, shell
from tests.stories.fleet import Fleet, fleet_of
from tests.stories.github_desk import GitHubDesk, github_desk
from tests.stories.samples import PYTHON, PYTHON_ISSUE

__all__ = ["postgres", "postgres_url"]

# They look for the same command among all processes of the machine.
pytestmark = pytest.mark.xdist_group("pause")

SCRIPT = [edit("adder.py", "a - b", "a + b"), shell("sleep 2.39; pytest -q"), shell("pytest -q"), finish()]


_ASIDE = """
import os, signal, sys, time
import workflows.engine.durable.segments as segments
set_aside = segments.set_aside
def meanwhile(segment):
    {meanwhile}
    set_aside(segment)
segments.set_aside = meanwhile
from bot.cli.main import main
sys.argv = ["pullwright", *sys.argv[1:]]
main()
"""
"""Something happens between our row that sets a run aside and the engine's."""


@pytest.fixture(autouse=True)
def alone() -> None:
    """Commands are found among all processes of the machine: what the story before has left is waited for."""
    _wait(lambda: not processes("2.39"))


@pytest.fixture
def hub(github: GitHub, desk: Desk) -> GitHubDesk:
    desk.model.conversations = answers(SCRIPT)
    return github_desk(github, desk, PYTHON)


@pytest.fixture
def fleet(hub: GitHubDesk, postgres_url: str) -> Iterator[Fleet]:
    with fleet_of(hub, postgres_url) as fleet:
        yield fleet


@pytest.mark.at_length
@pytest.mark.timeout(240)
def test_what_is_at_work_stops_between_two_turns_and_a_killed_server_stays_paused(hub: GitHubDesk) -> None:
    first = hub.start()
    working = hub.issue()
    hub.say(working, "/fix")
    hub.wait("the command runs", lambda: processes("2.39"))
    said = hub.desk.run("pause", "--why", "The key is renewed.")
    assert said.code == 0
    assert "Everything is paused." in said.out
    assert hub.runs()[0]["run"] in said.out, "it says what is at work still"
    hub.wait("the comment says so", lambda: _paused(hub, working))
    assert _attempts(hub) == ["handed_over"], "it stopped before its next call to the model"
    waiting = hub.issue("add() still subtracts")
    hub.say(waiting, "/fix")
    hub.wait("whoever asks is told", lambda: _paused(hub, waiting))
    assert "The key is renewed." in hub.progress(waiting)[0]["body"]

    first.send_signal(signal.SIGKILL)
    first.wait()
    with hub.serving():
        hub.say(working, "/status")
        hub.wait("it answers", lambda: [one for one in hub.ours(working) if "**Paused**" in one["body"]])
        assert _steps_of(hub, "add() still subtracts") == 0, "nothing of it has begun"
        assert _attempts(hub) == ["handed_over"]
        assert httpx.get(f"http://127.0.0.1:{hub.port}/health").json()["paused"] is True
        listed = hub.desk.run("runs")
        assert "The key is renewed." in listed.out
        assert "`pullwright unpause` has it go on" in listed.out
        assert [one["paused"] for one in hub.runs()] == [True, True]
        assert "The key is renewed." in hub.desk.run("show", hub.runs()[1]["run"]).out
        assert "Everything goes on" in hub.desk.run("unpause").out
        assert not hub.finished(working)["draft"]
        assert not hub.finished(waiting)["draft"]
    assert _attempts(hub, "add() subtracts") == ["handed_over", "completed"]
    assert _turns(hub) == 2 * len(SCRIPT), "no turn was lost"
    assert len(hub.progress(working)) == len(hub.progress(waiting)) == 1


@pytest.mark.at_length
@pytest.mark.timeout(240)
def test_an_administrator_pauses_one_repository_and_people_can_still_clean_up(hub: GitHubDesk) -> None:
    hub.github.roles("octo/adder", carol="admin")
    carol = hub.github.as_user("carol")
    with hub.serving():
        working = hub.issue()
        hub.say(working, "/pause")
        hub.wait("alice may not", lambda: [one for one in hub.ours(working) if "takes the role *admin*" in one["body"]])
        hub.say(working, "/fix")
        hub.wait("the command runs", lambda: processes("2.39"))
        hub.say(working, "/pause we look into it", by=carol)
        hub.wait("the run is set aside", lambda: _paused(hub, working))
        assert "`carol`: we look into it." in hub.progress(working)[0]["body"]
        assert "octo/adder is paused since" in hub.desk.run("doctor").out
        hub.say(working, "/abort")
        hub.wait("it is aborted", lambda: hub.runs()[0]["status"] == "aborted")
        hub.say(working, "/rollback hard", by=carol)
        hub.wait("it is rolled back", lambda: hub.runs()[0]["status"] == "rolled_back")
        hub.say(working, "/fix")
        hub.wait("the next one waits", lambda: len([one for one in hub.progress(working) if _is_paused(one)]) == 1)
        hub.say(working, "/unpause", by=carol)
        assert not hub.finished(working)["draft"]


@pytest.mark.at_length
@pytest.mark.timeout(240)
def test_of_several_workers_none_goes_on_before_the_pause_ends(fleet: Fleet) -> None:
    hub = fleet.hub
    own = [SCRIPT[0], shell("sleep 2.47; pytest -q"), *SCRIPT[2:]]  # another number than that of the stories before
    hub.desk.model.conversations = answers(own)
    workers = [fleet.worker(name) for name in ("a", "b")]
    for one in workers:
        hub.wait("it is there", lambda one=one: fleet.has_signed_in(one))
    number = hub.issue()
    hub.say(number, "/fix")
    hub.wait("the command runs", lambda: processes("2.47"))
    assert hub.desk.run("pause", "--repository", "Octo/Adder").code == 0
    hub.wait("the comment says so", lambda: _paused(hub, number))
    assert fleet.ask("SELECT status FROM workflow_runs") == [("pending",)]
    assert fleet.ask("SELECT status FROM workflow_steps WHERE key = 'implement'") == [("handed_over",)]
    assert hub.desk.run("unpause").out.startswith("There was no pause of everything")
    assert hub.desk.run("unpause", "--repository", "octo/adder").code == 0
    assert not hub.finished(number)["draft"]
    assert _turns(hub) == len(SCRIPT)


@pytest.mark.at_length
@pytest.mark.timeout(180)
def test_on_the_command_line_nothing_is_begun_and_what_is_at_work_waits_for_the_end_of_the_pause(desk: Desk) -> None:
    desk.make_repository(PYTHON)
    desk.model.conversations = answers(SCRIPT)
    issue = desk.issue(PYTHON_ISSUE)
    assert desk.run("pause", "--why", "new keys").code == 0
    refused = desk.solve(issue)
    assert refused.code == 1
    assert "Everything is paused since" in refused.err
    assert "`pullwright unpause` has it go on" in refused.err
    assert "new keys" in desk.run("resume").err, "without a run, too, it says what to write"
    assert "There are no runs yet" in desk.run("runs").out
    doctor = desk.run("doctor").out
    assert "work: Everything is paused" in doctor
    assert desk.run("unpause").code == 0

    log = desk.folder / "solve.log"
    words = ["solve", str(desk.repository), "--issue", str(issue), "--json"]
    process = warm().start(words, desk.env, desk.folder, log)
    _wait(lambda: processes("2.39"))
    assert desk.run("pause").code == 0
    _wait(lambda: "`pullwright unpause` has it go on" in log.read_text())
    _wait(lambda: "pending" in desk.run("runs").out)
    assert desk.run("unpause").code == 0
    assert process.wait(90) == 0, log.read_text()
    (run,) = json.loads(desk.run("runs", "--json").out)
    assert run["verdict"] == "proven"


@pytest.mark.at_length
@pytest.mark.timeout(240)
def test_a_pause_that_ends_while_a_terminals_run_is_set_aside_does_not_leave_it_waiting(desk: Desk) -> None:
    desk.make_repository(PYTHON)
    slow = shell("sleep 4.7917; pytest -q")
    desk.model.conversations = answers([edit("adder.py", "a - b", "a + b"), slow, finish()])
    words = ["solve", str(desk.repository), "--issue", str(desk.issue(PYTHON_ISSUE))]
    log = desk.folder / "solve.log"
    solving = _start(desk, 'open("aside", "w").close(); time.sleep(3)', words, log)
    try:
        _wait(lambda: processes("4.7917"))
        assert desk.run("pause").code == 0
        _wait((desk.folder / "aside").exists)
        assert desk.run("unpause").code == 0
        assert solving.wait(90) == 0, log.read_text()
    finally:
        solving.kill()
        solving.wait()


@pytest.mark.at_length
@pytest.mark.timeout(400)
def test_a_run_killed_while_it_was_set_aside_stands_in_line_or_has_a_place(hub: GitHubDesk) -> None:
    desk = hub.desk
    slow = shell("sleep 4.7918; pytest -q")
    desk.model.conversations = answers([edit("adder.py", "a - b", "a + b"), slow, finish()])
    desk.env["PULLWRIGHT_PLACES"] = "1"
    server = _start(desk, "os.kill(os.getpid(), signal.SIGKILL)", ["serve"], desk.folder / "serve.log")
    hub.wait("it answers", hub._healthy, 120)
    asking, working = hub.issue("first"), hub.issue("second")
    hub.say(asking, "/plan")
    hub.wait("it waits", lambda: [one for one in hub.progress(asking) if "/approve" in one["body"]])
    hub.say(working, "/fix")
    hub.wait("the command runs", lambda: processes("4.7918"))
    assert desk.run("pause").code == 0
    hub.say(asking, "/approve")
    assert server.wait(90) == -signal.SIGKILL
    assert desk.run("unpause").code == 0
    held = desk.folder / "held"
    again = hub.start(trap=Trap("implement review verify", "begun", act="hold", flag=str(held)))
    hub.wait("one is at work", held.exists)
    places = _places(hub)
    again.kill()
    again.wait()
    held.unlink()
    assert [row for row in places if row[0] == "running"] == [("running", True)], "one has the place"
    assert ("pending", False) in places, "the other stands in line"
    for name in desk.data.glob("engine.sqlite*"):
        name.unlink()  # which a backup need not hold
    with hub.serving():
        hub.finished(asking)
        hub.finished(working)


def _start(desk: Desk, meanwhile: str, words: list[str], log: Path) -> subprocess.Popen[bytes]:
    """A command in which something happens while it sets a run aside."""
    root = str(Path(__file__).parents[2])
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-c", _ASIDE.format(meanwhile=meanwhile), *words],
            cwd=desk.folder,
            env=desk.env | {"PYTHONPATH": root},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )


def _places(hub: GitHubDesk) -> list[tuple[str, bool]]:
    """Each run's status, and whether it has a place."""
    with closing(sqlite3.connect(hub.desk.data / "app.sqlite")) as db:
        rows = db.execute("SELECT status, admitted >= segment FROM workflow_runs ORDER BY status").fetchall()
    return [(status, bool(placed)) for status, placed in rows]


def _wait(until: Callable[[], object]) -> None:
    deadline = time.monotonic() + 90
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _is_paused(comment: dict[str, str]) -> bool:
    return "### Paused" in comment["body"]


def _paused(hub: GitHubDesk, number: int) -> bool:
    return any(_is_paused(one) for one in hub.progress(number))


def _turns(hub: GitHubDesk) -> int:
    return sum("Resolve this issue" in str(request.messages[1:2]) for request in hub.desk.model.requests)


def _attempts(hub: GitHubDesk, title: str = "%") -> list[str]:
    query = (
        "SELECT s.status FROM workflow_steps s JOIN workflow_runs r ON r.id = s.run_id "
        "WHERE s.key = 'implement' AND r.title LIKE ? ORDER BY attempt"
    )
    with closing(sqlite3.connect(hub.desk.data / "app.sqlite")) as db:
        return [status for (status,) in db.execute(query, [title])]


def _steps_of(hub: GitHubDesk, title: str) -> int:
    query = "SELECT count(*) FROM workflow_steps s JOIN workflow_runs r ON r.id = s.run_id WHERE r.title = ?"
    with closing(sqlite3.connect(hub.desk.data / "app.sqlite")) as db:
        return int(db.execute(query, [title]).fetchone()[0])
