"""Asks the engine again for what it lost: a crash between our commit and the queue's is all that makes them differ."""

from __future__ import annotations

from typing import Protocol

from workflows.ports import Reporter
from workflows.store.database import Store
from workflows.store.run_rows import runs, transitions

_ON_THE_WAY = ("PENDING", "ENQUEUED", "DELAYED")
_GIVEN_UP = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
_TO_BE_ASKED_FOR = (None, "CANCELLED")
"""What the engine says of a segment that it never heard of, and of one that was set aside for a pause."""


class Segments(Protocol):
    """The engine, as runs need it."""

    async def enqueue(self, run_id: str, segment: int, key: str, machine: str = "") -> None: ...

    async def cancel(self, run_id: str, segment: int) -> None: ...

    async def known(self, run_id: str, segment: int) -> str | None: ...


async def mend(store: Store, engine: Segments, reporter: Reporter) -> list[str]:
    """Ask again for what was lost, and end those runs that the engine gave up on; the runs' ids.

    Called at start. Who waits in line is not asked for, however many there are.
    """
    mended = []
    for run in await store.read(runs.list_at_work):
        known = await engine.known(run.id, run.segment)
        if known in _TO_BE_ASKED_FOR:
            await engine.enqueue(run.id, run.segment, run.current_step, run.machine)
            mended.append(run.id)
        elif known not in _ON_THE_WAY and await store.write(transitions.give_up, run, known or ""):
            await reporter.ended(run.id)
            mended.append(run.id)
    return mended


async def find_lost(store: Store, engine: Segments, reporter: Reporter) -> list[str]:
    """Ask for runs that have a place, and that the engine has never heard of or set aside; their ids.

    Called again and again wherever runs are followed: where a run is set aside and given its next
    place in the same moment, the engine may hear of it in the wrong order. What the engine has given
    up on ends here too, since nobody else would hear of it before the next start.
    """
    lost = []
    for run in await store.read(runs.list_at_work):
        known = await engine.known(run.id, run.segment)
        if known in _TO_BE_ASKED_FOR:
            await engine.enqueue(run.id, run.segment, run.current_step, run.machine)
            lost.append(run.id)
        elif known in _GIVEN_UP and await store.write(transitions.give_up, run, known or ""):
            await reporter.ended(run.id)
    return lost
