"""Several workers on one Postgres: one is killed, frozen or cut off, and another goes on as if nothing had happened."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from tests.fakes.crashing import Trap
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.postgres import postgres, postgres_url
from tests.fakes.warm_cli import Fork
from tests.stories.conftest import Desk, answers, edit, finish, shell, warm
from tests.stories.github_desk import REPO, GitHubDesk, github_desk
from tests.stories.samples import PYTHON
from workflows.issue_to_pr import ISSUE_TO_PR
from workflows.primitives import Step

__all__ = ["postgres", "postgres_url"]

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

    def ask(self, query: str, *values: object) -> list[tuple[object, ...]]:
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
