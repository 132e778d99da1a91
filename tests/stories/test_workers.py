"""Several workers on one Postgres: one is killed, frozen or cut off, and another goes on as if nothing had happened."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.fakes.crashing import Trap
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.postgres import postgres, postgres_url, restart
from tests.fakes.scripted_model import Conversation
from tests.fakes.warm_cli import Fork
from tests.stories.conftest import Desk, answers, edit, finish, shell, warm
from tests.stories.github_desk import REPO, GitHubDesk, github_desk
from tests.stories.samples import PYTHON
from workflows.issue_to_pr import ISSUE_TO_PR
from workflows.primitives import Step

__all__ = ["postgres", "postgres_url"]

Json = Any

STEPS = [item.key for item in ISSUE_TO_PR.items if isinstance(item, Step)]
SCRIPT = [edit("adder.py", "a - b", "a + b"), shell("pytest -q"), finish()]


@dataclass
class Fleet:
    """Workers beside each other on one machine, each with a data directory of its own."""

    hub: GitHubDesk
    database: str
    started: list[Fork] = field(default_factory=list)

    def __post_init__(self) -> None:
        desk = self.hub.desk
        desk.env |= {
            "PULLWRIGHT_DATABASE": self.database,
            "PULLWRIGHT_GITHUB_CREDENTIALS": str(desk.data / "github.json"),
            "PULLWRIGHT_SILENT_SECONDS": "1",
            "PULLWRIGHT_FROZEN_SECONDS": "3",
        }

    def worker(self, name: str, trap: Trap | None = None) -> Fork:
        """One more, with the data directory of that name; whoever had it has ended."""
        desk = self.hub.desk
        env = desk.env | {"PULLWRIGHT_DATA": str(desk.folder / name)}
        worker = warm().start(["worker"], env, desk.folder, desk.folder / "serve.log", trap)
        self.started.append(worker)
        return worker

    def has_signed_in(self, worker: Fork) -> bool:
        return bool(self.ask("SELECT 1 FROM workers WHERE process = %s AND left_at IS NULL", worker.pid))

    def works(self, worker: Fork) -> bool:
        """Whether the engine has given it a run."""
        return bool(self.ask("SELECT 1 WHERE to_regclass('dbos.workflow_status') IS NOT NULL")) and bool(
            self.ask(
                "SELECT 1 FROM workers JOIN dbos.workflow_status ON executor_id = id"
                " WHERE process = %s AND status = 'PENDING'",
                worker.pid,
            )
        )

    def heard_of(self) -> int:
        """How many workers said within the last second that they are alive."""
        query = "SELECT count(*) FROM workers WHERE seen_at > extract(epoch FROM clock_timestamp()) - 1"
        return int(self.ask(query)[0][0])

    def outside(self, *numbers: int) -> Json:
        """All that can be seen on GitHub."""
        heads = [self.hub.alice.get(f"{REPO}/branches").json(), self.hub.pulls()]
        return [heads, *(self.hub.comments(number) for number in numbers)]

    def ask(self, query: str, *values: object) -> list[tuple[Json, ...]]:
        with psycopg.connect(self.database.replace("+psycopg", ""), autocommit=True) as db:
            return db.execute(query.encode(), values).fetchall()

    def end_of(self, worker: Fork) -> int:
        """The exit code of a worker that ends by itself."""
        try:
            return worker.wait(40)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"worker {worker.pid} did not end:\n{self.log()}") from None

    def log(self) -> str:
        """What they all said, for whoever reads a failure."""
        files = sorted(self.hub.desk.folder.glob("*/pullwright.log"))
        return "\n".join([self.hub.log(), *(f"--- {file.parent.name}\n{file.read_text()[-4000:]}" for file in files)])

    def close(self) -> None:
        for worker in self.started:
            worker.kill()
            worker.wait()


@pytest.fixture
def fleet(github: GitHub, desk: Desk, postgres_url: str) -> Iterator[Fleet]:
    desk.model.conversations = answers(SCRIPT)
    fleet = Fleet(github_desk(github, desk, PYTHON), postgres_url)
    web = fleet.hub.start(role="web")
    yield fleet
    fleet.close()
    fleet.hub.stop(web)


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [found for child in map(int, children) for found in (child, *descendants(child))]


def processes(word: str) -> list[str]:
    """The processes on this machine that were started with a word."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if word.encode() in file.read_bytes():
                found.append(file.parent.name)
    return found


@pytest.mark.timeout(240)
def test_whoever_of_two_workers_is_killed_in_whatever_step_the_other_one_goes_on(fleet: Fleet) -> None:
    hub = fleet.hub
    number = hub.issue()
    moments = ("begun", "done", "recorded")
    at_work = fleet.worker("a", Trap(STEPS[0], moments[0]))
    hub.wait("the first is there", lambda: fleet.has_signed_in(at_work))
    hub.say(number, "/fix")
    for turn, step in enumerate([*STEPS[1:], ""], 1):
        hub.wait("it has the run", lambda worker=at_work: worker.poll() is not None or fleet.works(worker))
        trap = Trap(step, moments[turn % 3]) if step else None
        heir = fleet.worker("ab"[turn % 2], trap)
        assert fleet.end_of(at_work) == -signal.SIGKILL, fleet.log()
        at_work = heir
    pull = hub.finished(number)
    assert not pull["draft"]
    assert len(hub.progress(number)) == len(hub.pulls()) == 1


@pytest.mark.timeout(180)
def test_a_worker_that_was_frozen_ends_when_it_wakes_and_does_nothing_a_second_time(fleet: Fleet) -> None:
    hub = fleet.hub
    slow = [SCRIPT[0], shell("sleep 3.21; pytest -q"), finish()]
    hub.desk.model.conversations = [Conversation("(?s)Resolve this issue.*Slowly", tuple(slow)), *answers(SCRIPT)]
    pushing, working = hub.issue(), hub.issue("Slowly")
    held = hub.desk.folder / "held"
    frozen = fleet.worker("a", Trap("pull", "begun", act="hold", flag=str(held)))
    hub.say(pushing, "/fix")
    hub.wait("it is about to push", held.exists)
    hub.say(working, "/fix")
    hub.wait("its command runs", lambda: processes("3.21"))
    heir = fleet.worker("b")
    hub.wait("the second is there", lambda: fleet.has_signed_in(heir))
    asleep = [frozen.pid, *descendants(frozen.pid)]
    for pid in asleep:
        os.kill(pid, signal.SIGSTOP)
    pulls = [hub.finished(number) for number in (pushing, working)]
    assert not any(pull["draft"] for pull in pulls)
    before = fleet.outside(pushing, working)
    held.unlink()
    for pid in reversed(asleep):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    assert fleet.end_of(frozen) == 1, fleet.log()
    hub.wait("nothing of it is left", lambda: not processes("3.21"))
    assert "was not heard of for too long" in hub.log()
    assert fleet.outside(pushing, working) == before
    assert len(hub.pulls()) == len(hub.progress(pushing)) + len(hub.progress(working)) == 2
    assert heir.poll() is None


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
    time.sleep(2.0)  # longer than it takes to be declared dead
    assert [worker.poll() for worker in workers] == [None, None], fleet.log()
    assert processes("98.76") == asleep
    (run,) = hub.runs()
    assert hub.desk.run("abort", run["run"]).code == 0
    aborted = time.monotonic()
    hub.wait("the command is gone", lambda: not processes("98.76"))
    print(f"abort elsewhere to last process gone: {time.monotonic() - aborted:.2f} s")
    hub.wait("it is said", lambda: "Aborted" in hub.progress(number)[0]["body"])
    hub.desk.model.conversations = answers(SCRIPT)
    hub.say(number, "/retry implement")
    hub.wait("it goes on", lambda: "Aborted" not in hub.progress(number)[0]["body"])
    assert not hub.finished(number)["draft"]
    assert len(hub.pulls()) == len(hub.progress(number)) == 1
    assert [worker.poll() for worker in workers] == [None, None]
