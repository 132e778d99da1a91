"""Has a process stop itself at one place of a walk: killed as by a power cut, held there, or failing at that step.

Trap("implement", "done").set()                            # SIGKILL when it has done its work
Trap("branch", "write", number=2).set()                    # SIGKILL before its second write is committed
Trap("verify", "begun", act="hold", flag="/tmp/f").set()   # stays there while the file exists
Trap("verify", act="fail").set()                           # the first attempt fails
Trap("review", act="fail", number=2).set()                 # that of the second round does
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Json = Any
_POLL_SECONDS = 0.02

_at_work: ContextVar[str] = ContextVar("at_work", default="")
"""The step that does its work in this context: what it writes is told apart from what others write meanwhile."""


@dataclass(frozen=True, slots=True)
class Trap:
    """One place of a walk and what happens there, once.

    The moment is `before` (nothing of the step is written yet), `begun` (its row is), `write`
    (its write of that `number`, from 1, is next), `done` (it has done its work, which is not
    recorded yet) or `recorded` (our tables have it, the queue does not); and `decided`, when it failed and its run
    is to be taken back for that. What is written for that is written by the step `rollback`. `step` can be several
    keys, and `*` is every one; each of them meets it once.

    With `hold` the step makes the file `flag`, with its key in it, and goes on when it is gone;
    a step that is stopped there takes the file away itself. With `fail` the step's first attempt
    fails, or that of this `number`. With a `title` only runs of that one are meant, at `begun` and `done`. With `count`
    each write of a step adds a line to `flag`, its key and the query, and nothing else happens.
    """

    step: str
    moment: str = "begun"
    act: Literal["kill", "hold", "fail", "count"] = "kill"
    number: int = 0
    flag: str = ""
    title: str = ""

    def to_json(self) -> Json:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Json) -> Trap:
        return cls(**data)

    def set(self) -> None:
        """From now on, walks in this process run into it."""
        _lay(self)


def crash_at(step: str, moment: str) -> None:
    """From now on, walks in this process end at `step`."""
    Trap(step, moment).set()


@dataclass(slots=True)
class _Spring:
    """A trap in this process: which steps have run into it, and how often each has written."""

    trap: Trap
    sprung: set[str] = field(default_factory=set)
    writes: dict[str, int] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)

    def meets(self, moment: str, key: str) -> bool:
        if key in self.sprung or moment != self.trap.moment or not {key, "*"} & set(self.trap.step.split()):
            return False
        self.sprung.add(key)
        return True

    def fails(self, key: str) -> bool:
        if self.trap.act != "fail":
            return False
        self.tries[key] = self.tries.get(key, 0) + 1
        return self.tries[key] >= self.trap.number and self.meets(self.trap.moment, key)

    async def pass_by(self, moment: str, key: str) -> None:
        self.kill(moment, key)
        if self.trap.act == "hold" and self.meets(moment, key):
            await _held(Path(self.trap.flag), key)

    def kill(self, moment: str, key: str) -> None:
        if self.trap.act == "kill" and self.meets(moment, key):
            _die()

    def writing(self, query: Callable[..., Any]) -> None:
        """Something is about to be written; tasks that tell of the run may be children of a step's context."""
        key = _at_work.get()
        if not key or query.__module__ == "workflows.store.posts":
            return
        self.writes[key] = self.writes.get(key, 0) + 1
        if self.trap.act == "count":
            with open(self.trap.flag, "a") as counted:
                counted.write(f"{key} {query.__module__}.{query.__name__}\n")
        if self.trap.act == "kill" and self.writes[key] == self.trap.number and self.meets("write", key):
            _die()


def _lay(trap: Trap) -> None:
    import bot.app
    from workflows.advice import RETRY, SKIP
    from workflows.definition import Failed, Step
    from workflows.engine import attempts, members, suspicion
    from workflows.engine.walker import Told, Walker
    from workflows.store.database import Store
    from workflows.store.records import Run, StepRun

    spring, commit = _Spring(trap), Store.write_now

    def write_now(self: Store, query: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        spring.writing(query)
        if query is attempts.begun and args[2:] and args[2]:  # of one that others run beside, which no walk takes alone
            spring.kill("before", args[0].key)
        done = commit(self, query, *args, **kwargs)
        if query is members.ended:
            spring.kill("recorded", args[0].key)
        return done

    @dataclass(frozen=True, slots=True)
    class TrappedWalker(Walker[Any]):
        async def take(self, run_id: str, segment: int, ordinal: int, key: str) -> Told:
            await spring.pass_by("before", key)
            told = await Walker.take(self, run_id, segment, ordinal, key)
            await spring.pass_by("recorded", key)
            return told

        async def _after(self, run: Run, here: StepRun, told: Told) -> Told:
            if "rollback" not in told:
                return told
            await spring.pass_by("decided", here.key)
            inside = _at_work.set("rollback")
            told = await Walker._after(self, run, here, told)
            _at_work.reset(inside)
            return told

        async def run_step(self, run: Run, here: StepRun, item: Step[Any], before: list[StepRun], *rest: Any) -> Any:
            if trap.title not in ("", run.title) or suspicion.poisoned(before) is not None:  # nothing is made then
                return await Walker.run_step(self, run, here, item, before, *rest)
            await spring.pass_by("begun", here.key)
            if spring.fails(here.key):
                return Failed("It was told to fail.", advice=(RETRY, SKIP))
            inside = _at_work.set(here.key)
            result = await Walker.run_step(self, run, here, item, before, *rest)
            _at_work.reset(inside)
            await spring.pass_by("done", here.key)
            return result

    Store.write_now = write_now  # type: ignore[method-assign]
    bot.app.Walker = TrappedWalker  # type: ignore[attr-defined]


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def _held(flag: Path, key: str) -> None:
    made = flag.with_suffix(".new")
    made.write_text(key)
    made.replace(flag)
    try:
        while flag.exists():
            await asyncio.sleep(_POLL_SECONDS)
    finally:  # also where it is stopped
        flag.unlink(missing_ok=True)
