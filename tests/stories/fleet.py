"""Several workers beside each other on one Postgres, for the stories in which they die, freeze and go on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.fakes.crashing import Trap
from tests.stories.github_desk import REPO, GitHubDesk, Process

Json = Any


@dataclass
class Fleet:
    """Workers beside each other on one machine, each with a data directory of its own."""

    hub: GitHubDesk
    database: str
    started: list[Process] = field(default_factory=list)

    def __post_init__(self) -> None:
        desk = self.hub.desk
        desk.env |= {
            "PULLWRIGHT_DATABASE": self.database,
            "PULLWRIGHT_GITHUB_CREDENTIALS": str(desk.data / "github.json"),
            "PULLWRIGHT_SILENT_SECONDS": "0.8",
        }

    def worker(self, name: str, trap: Trap | None = None) -> Process:
        """One more, with the data directory of that name; whoever had it has ended."""
        worker = self.hub.begin("worker", trap, PULLWRIGHT_DATA=str(self.hub.desk.folder / name))
        self.started.append(worker)
        return worker

    def has_signed_in(self, worker: Process) -> bool:
        return bool(self.ask("SELECT 1 FROM workers WHERE process = %s AND left_at IS NULL", worker.pid))

    def works(self, worker: Process) -> bool:
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

    def taken_up(self, step: str, since: float) -> float:
        """When an attempt at a step began after that time, both in seconds since the epoch; 0.0 where none did."""
        query = "SELECT min(started_at) FROM workflow_steps WHERE key = %s AND started_at > %s"
        return float(self.ask(query, step, since)[0][0] or 0.0)

    def ask(self, query: str, *values: object) -> list[tuple[Json, ...]]:
        with psycopg.connect(self.database.replace("+psycopg", ""), autocommit=True) as db:
            return db.execute(query.encode(), values).fetchall()

    def end_of(self, worker: Process) -> int:
        """The exit code of a worker that ends by itself."""
        try:
            return worker.wait(100)
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


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it has ended meanwhile
        return []
    return [found for child in map(int, children) for found in (child, *descendants(child))]


@contextmanager
def fleet_of(hub: GitHubDesk, database: str) -> Iterator[Fleet]:
    """A web process that takes in webhooks, and no worker yet; all of them have ended afterwards."""
    fleet = Fleet(hub, database)
    web = hub.start(role="web")
    yield fleet
    fleet.close()
    hub.stop(web)
