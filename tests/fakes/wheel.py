"""A run that stands somewhere, and comments that steer it: real parts but for the engine and the forge."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

from bot.app import DEFINITIONS
from bot.commands.context import CommandContext
from bot.commands.table import answer, parse
from bot.local.detached import NoReporter
from tests.fakes.finished_run import RUN, FinishedRun
from workflows.runs.control import Runs
from workflows.runs.principal import Role
from workflows.store.audit import AuditRequest, of_run
from workflows.store.records import Question, Run
from workflows.store.run_rows import runs, waits
from workflows.values import Issue, RunStatus, from_json


@dataclass
class Queue:
    """An engine that only notes what it is asked for."""

    asked: list[tuple[int, str]] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)

    async def enqueue(self, run_id: str, segment: int, key: str, machine: str = "") -> None:
        self.asked.append((segment, key))

    async def cancel(self, run_id: str, segment: int) -> None:
        self.cancelled.append(segment)

    async def known(self, run_id: str, segment: int) -> str | None:
        return None


@dataclass
class Thread:
    """The comments under the issue; max maintains, alice writes, tom triages."""

    said: list[str] = field(default_factory=list)

    async def permission(self, login: str, account: int = 0) -> str:
        return {"max": "maintain", "alice": "write", "tom": "triage"}.get(login, "none")

    async def react(self, content: str, *, comment: int = 0, issue: int = 0) -> None: ...

    async def comment(self, number: int, body: str) -> int:
        self.said.append(body.partition("\n")[2])
        return len(self.said)

    async def find_comment(self, number: int, marker: str) -> object | None:
        return None


@dataclass
class Wheel:
    """A run that has ended or stands still, and an issue to say things under."""

    done: FinishedRun
    thread: Thread = field(default_factory=Thread)
    queue: Queue = field(default_factory=Queue)

    @property
    def run(self) -> Run:
        return self.done.run

    def is_at(self, status: RunStatus, key: str = "implement", **columns: Any) -> None:
        """Put the run into a state."""
        self.done.store.write_now(
            lambda db: runs.update_run(db, RUN, status=status, current_step=key, **columns),
        )

    def asks(self, kind: str = "approval", key: str = "approval", binding: str = "b") -> None:
        self.is_at(RunStatus.WAITING, key)
        question = Question(RUN, self.run.segment, key, kind, "Well?", binding, "abort", time.time())
        self.done.store.write_now(waits.ask, question)

    async def say(self, text: str, login: str = "alice", **about: Any) -> str:
        """The answer in words, "" where there is none."""
        before = len(self.thread.said)
        for call in parse(text):
            await answer(call, self.desk(login, text, **about))
        return "\n".join(self.thread.said[before:])

    def desk(self, login: str, text: str, **about: Any) -> CommandContext:
        async def start(*, workflow: str, role: Role, hint: str, approve: bool = False) -> Run:
            raise AssertionError("nothing is to be started")

        async def link(run: Run) -> str:
            return ""

        desk = CommandContext(
            place=self.thread,
            repository=self.run.repository,
            number=7,
            comment=1,
            login=login,
            store=self.done.store,
            start=start,
            link=link,
            runs=Runs(self.done.store, self.queue, DEFINITIONS, NoReporter()),
            services=self.done.services,
            reference=f"{text} {time.monotonic()}",
            written_at=time.time(),
            digest=from_json(Issue, self.run.inputs["issue"]).digest,
            most_usd=10.0,
        )
        return replace(desk, **about)

    def audit(self) -> list[tuple[str, str, str]]:
        """What was done, by whom and from where, after the start."""
        return [(one.who, one.source, one.what) for one in self._requests() if not one.refused][1:]

    def refused(self) -> list[tuple[str, str, str]]:
        """What was asked in vain, by whom, and why."""
        return [(one.who, one.what, one.refused) for one in self._requests() if one.refused]

    def _requests(self) -> list[AuditRequest]:
        return self.done.store.read_now(of_run, RUN)
