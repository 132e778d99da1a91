"""The line: runs wait in our own table until there is a place for them, and only then the engine hears of them.

A thousand waiting runs so cost the engine nothing, and their order can be fair. The place is
committed before the engine is asked; a crash in between is mended by `Runs.find_lost`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import sqlalchemy as sa

from workflows.errors import TransientError, UserError
from workflows.ports import Reporter
from workflows.store.run_rows.line import run_queue
from workflows.store.run_rows.line.fairness import AtOnce, Waiting, choose

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
FIND_SECONDS = 3.0

_MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class RunLimits:
    """How many runs may be at work.

    `places` asks the database how many places the workers have together; without it, the
    engine alone bounds what is at work. With `local`, the runs of a forge stay in line unless
    they are asked for: a server will come for them. Without it, those that are bound to one
    machine do: whoever sits there will.
    """

    places: Callable[[sa.Connection], int] | None = None
    at_once: AtOnce = field(default_factory=AtOnce)
    local: bool = False


LOCAL = RunLimits(local=True)
"""Of a command line: who sits there waits for nobody but the engine."""


def next_ones(db: sa.Connection, limits: RunLimits, asked: str = "") -> list[Waiting]:
    """Who could be given a place now, in order. Reads only."""
    if not run_queue.anybody(db):
        return []
    working = run_queue.at_work(db)
    free = _MANY if limits.places is None else limits.places(db) - sum(some.number for some in working)
    if free <= 0:
        return []
    waiting = run_queue.in_line(db, free)
    mine = [one for one in waiting if one.run_id == asked or not (one.installation if limits.local else one.machine)]
    return choose(mine, working, run_queue.last_admitted(db), limits.at_once, free)


def admit(db: sa.Connection, limits: RunLimits, asked: str = "") -> list[Waiting]:
    """Give the free places to who is next; one transaction at a time does so."""
    run_queue.alone(db)
    return [one for one in next_ones(db, limits, asked) if run_queue.admit(db, one)]


class Admitting(Protocol):
    """Runs, as the line needs them."""

    async def admit(self) -> list[str]: ...

    async def find_lost(self) -> list[str]: ...


class Admission:
    """Looks for free places while `run` runs: at once when it is woken, else twice a second.

    `wake` may be called from any thread.
    """

    def __init__(self, *, look_seconds: float = LOOK_SECONDS) -> None:
        self._look_seconds = look_seconds
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def wake(self, run_id: str = "") -> None:
        """A place may be free, that of this run."""
        if (loop := self._loop) is not None:
            with contextlib.suppress(RuntimeError):  # the loop closed just now
                loop.call_soon_threadsafe(self._woken.set)

    async def run(self, runs: Admitting) -> None:
        """Admit until cancelled; what the database refuses is tried again at the next look."""
        self._loop = asyncio.get_running_loop()
        find_at = self._loop.time() + FIND_SECONDS
        while True:
            self._woken.clear()
            try:
                await runs.admit()
                if self._loop.time() >= find_at:
                    find_at = self._loop.time() + FIND_SECONDS
                    await runs.find_lost()
            except (TransientError, UserError) as error:
                log.warning("no places can be given for the moment: %s", error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._look_seconds):
                    await self._woken.wait()


@dataclass(frozen=True, slots=True)
class Freeing:
    """A reporter that says, too, when a run has ended or waits for a person: it takes up nothing any more."""

    reporter: Reporter
    freed: Callable[[str], None]

    async def changed(self, run_id: str) -> None:
        await self.reporter.changed(run_id)

    async def ended(self, run_id: str) -> None:
        self.freed(run_id)
        await self.reporter.ended(run_id)
