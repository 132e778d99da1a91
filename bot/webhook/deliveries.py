"""Stored deliveries are taken up, oldest first, a few at once, until each has come to its end.

A delivery ends as handled, as ignored for a reason, or as failed with one. What may pass is
tried again later, a bounded number of times; an attempt counts too where the process died of it.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from pydantic_core import from_json

from bot.github.api.errors import Unauthorized
from bot.webhook.events.reading import UnreadablePayload, parse
from bot.webhook.handler import Errand, Handler
from bot.webhook.intake.pouring import Pouring
from sandbox.errors import TransientError, UserError
from workflows.engine import logged
from workflows.errors import NoRoom, StoreError, no_room
from workflows.store import deliveries
from workflows.store.database import Store
from workflows.store.deliveries import Delivery, DeliveryStatus

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 8
LEASE_SECONDS = 400.0
"""For how long a delivery is ours: longer than handling it may take, behind others of its issue."""

_HANDLING_SECONDS = 60.0
_FIRST_PAUSE = 2.0
_LONGEST_PAUSE = 900.0
_LONGEST_AWAY = 6 * 3600.0
"""Seconds for which a delivery waits for a GitHub that is away, or does not know us: as long as a run's step does."""
_MENDING_SECONDS = 60.0
_ROOM_SECONDS = 10.0
"""Short, since it counts from when the database took the outcome: by then there is room again."""
_WRITE_ATTEMPTS = 40
_LAST_WRITE_ATTEMPTS = 5
_LONGEST_WRITE_PAUSE = 5.0


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of an attempt. `again_in` seconds where it is to be tried once more; not `counted`: as if anew."""

    status: DeliveryStatus
    why: str = ""
    again_in: float = 0.0
    counted: bool = True


@dataclass(slots=True)
class Dispatch:
    """Takes up deliveries while `run` runs; all methods belong to that loop.

    `alone` says that no other process takes up deliveries of this database, so that what is
    claimed at the start was claimed by one that is gone.
    """

    store: Store
    handler: Handler
    alone: bool = True
    name: str = "sqlite"
    """Of the worker that this is a part of."""
    at_once: int = 4
    look_seconds: float = 1.0
    pause: float = _FIRST_PAUSE
    """Before the second attempt; it doubles with each one after that."""
    _pouring: Pouring = field(default_factory=Pouring)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: bool = False
    _taking: set[asyncio.Task[None]] = field(default_factory=set)

    def wake(self, stored: int = 1) -> None:
        """So many deliveries were stored: look at once, or where they pour in, when that is over."""
        self._pouring.came(stored)
        self._woken.set()

    @property
    def at_work(self) -> int:
        """How many deliveries are being handled."""
        return len(self._taking)

    def stop(self) -> None:
        """Take up nothing more; `run` returns when what is under way is done."""
        self._stopping = True
        self._woken.set()

    def interrupt(self) -> None:
        """`stop`, and give back what is under way: others take it up at once."""
        self.stop()
        for task in self._taking:
            task.cancel()

    async def run(self) -> None:
        if self.alone:
            with suppress(TransientError, UserError):
                await self.store.write(deliveries.release)
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                self._woken.clear()
                if seconds := self._pouring.pause():
                    await asyncio.sleep(seconds)
                    continue
                claimed = await self._claimed()
                for delivery in claimed:
                    task = group.create_task(self._take(delivery))
                    self._taking.add(task)
                    task.add_done_callback(self._taken)
                if not claimed:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(self.look_seconds):
                            await self._woken.wait()

    async def _claimed(self) -> Sequence[Delivery]:
        free = self.at_once - len(self._taking)
        if not free:
            return ()
        try:
            return await self.store.write(deliveries.claim, free, LEASE_SECONDS, self.name)
        except (TransientError, UserError) as error:
            log.warning("deliveries cannot be taken up for the moment: %s", error)
            return ()

    async def _take(self, delivery: Delivery) -> None:
        with logged.about(delivery=delivery.guid):
            await self._handle(delivery)

    async def _handle(self, delivery: Delivery) -> None:
        try:
            try:
                errand = self.handler.errand(parse(delivery.event, from_json(delivery.payload)), delivery.guid)
            except (UnreadablePayload, ValueError) as error:
                await self._end(delivery, _Outcome(DeliveryStatus.FAILED, str(error)))
                return
            async with errand.turn():
                await self._end(delivery, await self._attempt(delivery, errand))
        except asyncio.CancelledError:
            await self._written(deliveries.hand_back, delivery.guid)
            raise

    async def _end(self, delivery: Delivery, outcome: _Outcome) -> None:
        log.info("%s %s: %s %s", delivery.event, delivery.guid, outcome.status, outcome.why)
        if outcome.status is DeliveryStatus.STORED:
            later = (outcome.again_in, outcome.why, outcome.counted)
            await self._written(deliveries.put_off, delivery.guid, *later)
        else:
            await self._written(deliveries.close, delivery.guid, outcome.status, outcome.why)

    def _taken(self, task: asyncio.Task[None]) -> None:
        self._taking.discard(task)
        self._woken.set()

    async def _attempt(self, delivery: Delivery, errand: Errand) -> _Outcome:
        if delivery.attempts > MOST_ATTEMPTS:
            return _Outcome(DeliveryStatus.FAILED, "the process ended at each attempt to handle it")
        try:
            async with asyncio.timeout(_HANDLING_SECONDS):
                why = await errand.run()
            return _Outcome(DeliveryStatus.IGNORED if why else DeliveryStatus.HANDLED, why)
        except (TransientError, TimeoutError, Unauthorized, StoreError) as error:
            if (later := self._later(delivery, error)) is not None:
                return later
            why = str(error) or type(error).__name__
            await errand.give_up(TransientError(why))
        except UserError as error:
            why = str(error)
            await errand.give_up(error)
        except Exception as error:
            if (lack := no_room(error)) is not None and (later := self._later(delivery, lack)) is not None:
                return later
            log.exception("delivery %s: an error of ours", delivery.guid)
            why = f"{type(error).__name__}: an error of ours, see the log"
            await errand.give_up(error, ours=True)
        return _Outcome(DeliveryStatus.FAILED, why)

    def _later(self, delivery: Delivery, error: Exception) -> _Outcome | None:
        """When it is tried again; None where that would be too often, or it has lain for too long."""
        fresh = time.time() - delivery.received_at < _LONGEST_AWAY
        # Whoever runs this server mends it, nobody on GitHub can: that is no reason to be through with a delivery.
        if isinstance(error, Unauthorized) and fresh:
            return _Outcome(DeliveryStatus.STORED, str(error), _MENDING_SECONDS, counted=False)
        if isinstance(error, StoreError | NoRoom) and fresh:
            return _Outcome(DeliveryStatus.STORED, str(error), _ROOM_SECONDS, counted=False)
        if isinstance(error, TransientError) and error.away and fresh:
            return _Outcome(DeliveryStatus.STORED, str(error), error.retry_after or self.pause, counted=False)
        if delivery.attempts >= MOST_ATTEMPTS:
            return None
        pause = min(self.pause * 2 ** (delivery.attempts - 1), _LONGEST_PAUSE) * random.uniform(0.8, 1.2)
        asked = error.retry_after if isinstance(error, TransientError) else None
        why = str(error) or "it took too long"
        return _Outcome(DeliveryStatus.STORED, why, max(pause, asked or 0.0))

    async def _written(self, query: Callable[..., None], *args: object) -> None:
        """Keep an outcome. Where the database stays away the claim runs out, and the delivery is taken up again.

        It is tried for a good part of the claim: with a disk that has room again after a minute, nothing is to
        lie still for the rest of it. What is handed back has to let the process end.
        """
        attempts = _LAST_WRITE_ATTEMPTS if query is deliveries.hand_back else _WRITE_ATTEMPTS
        for attempt in range(attempts):
            try:
                await self.store.write(query, *args)
            except (TransientError, UserError) as error:
                log.warning("the outcome of a delivery could not be kept: %s", error)
                await asyncio.sleep(min(attempt, _LONGEST_WRITE_PAUSE))
            else:
                return
