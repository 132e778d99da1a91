"""Which steps are suspected of ending their process, and how such a one is made: with nothing beside it.

The rows tell how often a place of a walk has died (`workflows.store.cluster.deaths`). What died there twice is
made alone from then on, so that its next death says something, and takes nobody else along; whatever
comes to an end alone is cleared by that, since the next step is another place.

Of several workers one at a time makes a suspected step, and with some time between any two: workers that
die at once accuse nobody, so two that kill theirs in step with each other would never be found.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from workflows.advice import RESUME, ROLLBACK
from workflows.definition import Failed
from workflows.errors import StoreError, TransientError
from workflows.store.cluster.deaths import Death
from workflows.store.database import Store
from workflows.store.records import StepRun
from workflows.store.run_rows.line.run_lock import held

MOST_DEATHS = 5
"""So often a step may die alone: counted per place, not per run, since a long run may live through many reboots."""

_SUSPECT = 2
_GATHER_SECONDS = 1.0
"""For so long the first one that is suspected waits for the others, so that whom most speaks against is first."""
_LOOK_SECONDS = 0.05
_TURN = "a suspect's turn"
_TURN_SECONDS = 60.0
_ASK_SECONDS = 1.0

Rank = tuple[int, int]
"""How much speaks against a step: how often it died alone, and how often at all. (0, 0): it is not suspected."""

CLEAR: Rank = (0, 0)


def deaths_alone(before: Sequence[StepRun]) -> int:
    """How often a place died with nothing beside it, since it last got on; `before` are its attempts, oldest first."""
    return _deaths(before).count(Death.ALONE)


def poisoned(before: Sequence[StepRun]) -> Failed | None:
    """What becomes of a place that is not tried again by itself, None of any other."""
    if deaths_alone(before) < MOST_DEATHS:
        return None
    return Failed(
        f"The process ended {MOST_DEATHS} times in the middle of this step while nothing else was at work in it, "
        "so it is not tried again by itself.",
        advice=(RESUME, ROLLBACK),
        lasting=True,
    )


def rank(before: Sequence[StepRun]) -> Rank:
    """How much speaks against a place that is to be tried once more."""
    deaths, alone = _deaths(before), deaths_alone(before)
    return (alone, len(deaths)) if len(deaths) >= _SUSPECT and alone < MOST_DEATHS else CLEAR


def _deaths(before: Sequence[StepRun]) -> list[str]:
    found: list[str] = []
    for attempt in reversed(before):
        if attempt.death == Death.EXCUSED:
            break
        if attempt.death:
            found.append(attempt.death)
    return found


@asynccontextmanager
async def by_turns(
    store: Store, rank: Rank, boundary: Callable[[], None], apart: float, most_seconds: float = _TURN_SECONDS
) -> AsyncIterator[None]:
    """Have the turn of all workers until the block is left, `apart` seconds after whoever had it before.

    Who is not suspected needs none, and nobody does where `apart` is 0. It is waited for so long at most: who has
    it may be frozen. `boundary` is asked meanwhile, as in `Room.entered`.
    """
    async with AsyncExitStack() as turn:
        if rank != CLEAR and apart:
            end = time.monotonic() + most_seconds
            while time.monotonic() < end:
                with suppress(TransientError, StoreError):  # another has it, or the database does not answer
                    await turn.enter_async_context(held(store, _TURN))
                    break
                await _rest(_ASK_SECONDS, boundary)
            await _rest(apart, boundary)
        yield


async def _rest(seconds: float, boundary: Callable[[], None]) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        boundary()
        await asyncio.sleep(_LOOK_SECONDS)


class StepRoom:
    """Where the steps of one process are made: any number of them side by side, or a suspected one alone.

    All of it belongs to one loop. Who is suspected comes before who is not: these wait until it is over.
    """

    def __init__(self, gather_seconds: float = _GATHER_SECONDS) -> None:
        self._gather_seconds = gather_seconds
        self._opens_at: float | None = None
        self._inside = 0
        self._alone = False
        self._suspects: dict[object, Rank] = {}

    @asynccontextmanager
    async def entered(self, rank: Rank, boundary: Callable[[], None]) -> AsyncIterator[bool]:
        """Be in it until the block is left; whether that took waiting.

        `boundary` is asked meanwhile whether there is still a point in it, and raises where there is none.
        """
        me, waited = object(), False
        if rank != CLEAR:
            self._suspects[me] = rank
            self._opens_at = self._opens_at or time.monotonic() + self._gather_seconds
        try:
            while not self._has_room(me):
                waited = True
                boundary()
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            self._suspects.pop(me, None)
        self._inside += 1
        self._alone = rank != CLEAR
        try:
            yield waited
        finally:
            self._inside -= 1
            self._alone = False

    def _has_room(self, me: object) -> bool:
        if me not in self._suspects:
            return not self._alone and not self._suspects
        if self._inside or time.monotonic() < (self._opens_at or 0.0):
            return False
        return me is max(self._suspects, key=lambda one: self._suspects[one])  # of equals the first
