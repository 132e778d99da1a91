"""Several workers on one Postgres: one is killed, frozen or cut off, and another goes on as if nothing had happened."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.fakes.crashing import Trap
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.postgres import postgres, postgres_url, restart
from tests.fakes.processes import processes
from tests.fakes.scripted_model import Conversation
from tests.fakes.warm_cli import warm
from tests.stories.conftest import Desk, answers, edit, finish, shell
from tests.stories.fleet import Fleet, descendants, fleet_of
from tests.stories.github_desk import github_desk
from tests.stories.samples import PYTHON, PYTHON_ISSUE
from workflows.definition import Step
from workflows.issue_to_pr.definition import ISSUE_TO_PR

__all__ = ["postgres", "postgres_url"]

STEPS = [item.key for item in ISSUE_TO_PR.items if isinstance(item, Step)]
SCRIPT = [edit("adder.py", "a - b", "a + b"), shell("pytest -q"), finish()]


@pytest.fixture
def fleet(github: GitHub, desk: Desk, postgres_url: str) -> Iterator[Fleet]:
    desk.model.conversations = answers(SCRIPT)
    with fleet_of(github_desk(github, desk, PYTHON), postgres_url) as fleet:
        yield fleet


@pytest.mark.parametrize("steps", [STEPS[::6], pytest.param(STEPS, marks=pytest.mark.at_length)], ids=["some", "all"])
@pytest.mark.timeout(240)
def test_whoever_of_two_workers_is_killed_in_whatever_step_the_other_one_goes_on(
    fleet: Fleet, steps: list[str]
) -> None:
    hub = fleet.hub
    number = hub.issue()
    moments = ("begun", "done", "recorded")
    at_work = fleet.worker("a", Trap(steps[0], moments[0]))
    hub.wait("the first is there", lambda: fleet.has_signed_in(at_work))
    hub.say(number, "/fix")
    for turn, step in enumerate([*steps[1:], ""], 1):
        hub.wait("it has the run", lambda worker=at_work: worker.poll() is not None or fleet.works(worker))
        trap = Trap(step, moments[turn % 3]) if step else None
        heir = fleet.worker("ab"[turn % 2], trap)
        assert fleet.end_of(at_work) == -signal.SIGKILL, fleet.log()
        at_work = heir
    pull = hub.finished(number)
    assert not pull["draft"]
    assert len(hub.progress(number)) == len(hub.pulls()) == 1


@pytest.mark.at_length
@pytest.mark.timeout(180)
def test_a_worker_that_was_frozen_ends_when_it_wakes_and_does_nothing_a_second_time(fleet: Fleet) -> None:
    hub = fleet.hub
    slow = [SCRIPT[0], shell("sleep 3.21; pytest -q"), finish()]
    hub.desk.model.conversations = [Conversation("(?s)Resolve this issue.*Slowly", tuple(slow)), *answers(SCRIPT)]
    hub.desk.env["PULLWRIGHT_FROZEN_SECONDS"] = "3"
    pushing, working = hub.issue(), hub.issue("Slowly")
    held = hub.desk.folder / "held"
    frozen = fleet.worker("a", Trap("pull", "begun", act="hold", flag=str(held)))
    hub.say(pushing, "/fix")
    hub.wait("it is about to push", held.exists)
    hub.say(working, "/fix")
    hub.wait("its command runs", lambda: processes("3.21"))
    asleep = [frozen.pid, *descendants(frozen.pid)]
    _signal(asleep, signal.SIGSTOP)
    heir = fleet.worker("b")
    pulls = [hub.finished(number) for number in (pushing, working)]
    assert not any(pull["draft"] for pull in pulls)
    before = fleet.outside(pushing, working)
    held.unlink()
    _signal(asleep[::-1], signal.SIGCONT)
    assert fleet.end_of(frozen) == 1, fleet.log()
    hub.wait("nothing of it is left", lambda: not processes("3.21"))
    assert "was not heard of for too long" in hub.log()
    assert fleet.outside(pushing, working) == before
    assert len(hub.pulls()) == len(hub.progress(pushing)) + len(hub.progress(working)) == 2
    assert heir.poll() is None


@pytest.mark.at_length
@pytest.mark.timeout(180)
def test_a_restart_of_the_database_disturbs_nobody_and_a_run_is_aborted_from_anywhere(
    fleet: Fleet, postgres: Path
) -> None:
    hub = fleet.hub
    hub.desk.model.conversations = answers([SCRIPT[0], shell("sleep 98.76"), finish()])
    workers = [fleet.worker("a"), fleet.worker("b")]
    number = hub.issue()
    hub.say(number, "/fix")
    asleep = hub.wait("the command runs", lambda: processes("98.76"))
    restart(postgres)
    hub.wait("they are heard of again", lambda: fleet.heard_of() == 2)
    time.sleep(2.0)  # more than twice as long as who is silent without a connection is waited for
    assert [worker.poll() for worker in workers] == [None, None], fleet.log()
    assert set(asleep) <= set(processes("98.76"))
    (run,) = hub.runs()
    assert hub.desk.run("abort", run["run"]).code == 0
    aborted = time.monotonic()
    hub.wait("the command is gone", lambda: not processes("98.76"))
    print(f"abort elsewhere to last process gone: {time.monotonic() - aborted:.2f} s")
    hub.wait("it is said", lambda: "Aborted" in hub.progress(number)[0]["body"])
    assert len(hub.progress(number)) == 1
    assert [worker.poll() for worker in workers] == [None, None]


@pytest.mark.at_length
def test_a_run_on_a_local_repository_stays_on_its_machine_and_takes_no_place_of_a_server(fleet: Fleet) -> None:
    hub, desk = fleet.hub, fleet.hub.desk
    worker = fleet.worker("a")
    hub.wait("the worker is there", lambda: fleet.has_signed_in(worker))
    done = desk.solve(desk.issue(PYTHON_ISSUE))
    assert done.code == 0, done.err
    queues = fleet.ask("SELECT DISTINCT queue_name FROM dbos.workflow_status")
    assert queues == [(f"segments@{socket.gethostname()}",)], "no worker so much as looks there"
    assert [(desk.folder / name / "workspaces" / done.data["run"]).exists() for name in ("data", "a")] == [True, False]
    number = hub.issue()
    hub.say(number, "/fix")
    assert not hub.finished(number)["draft"]
    assert worker.poll() is None


@pytest.mark.at_length
@pytest.mark.timeout(180)
def test_what_a_killed_terminal_left_goes_on_in_the_next_one_without_any_worker(fleet: Fleet) -> None:
    desk = fleet.hub.desk
    words = ["solve", desk.repository, "--issue", desk.issue(PYTHON_ISSUE)]
    killed = warm().start(words, desk.env, desk.folder, desk.folder / "solve.log", Trap("verify", "begun"))
    assert killed.wait(100) == -signal.SIGKILL, (desk.folder / "solve.log").read_text()
    resumed = desk.run("resume")
    assert resumed.code == 0, resumed.err


def _signal(processes: list[int], number: int) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)
