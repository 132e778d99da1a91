"""Takes up what pages and the API ask of a worker: orders of several runs side by side, those of one in their order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from sandbox.errors import TransientError, UserError
from workflows.store.database import Store
from workflows.store.web import orders
from workflows.store.web.orders import LEASE_SECONDS, Order

log = logging.getLogger(__name__)

_AT_ONCE = 4
_LOOK_SECONDS = 0.5


@dataclass(slots=True)
class OrderLine:
    """`carry_out` does one order and closes it. No more than `at_once` are under way, so that runs keep their share."""

    store: Store
    carry_out: Callable[[Order], Awaitable[None]]
    at_once: int = _AT_ONCE
    look_seconds: float = _LOOK_SECONDS
    lease_seconds: float = LEASE_SECONDS
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)
    _freed: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Until it is cancelled: what is under way then is left, and taken up again when its lease is over."""
        try:
            while True:
                self._freed.clear()
                try:
                    await self.look()
                except (TransientError, UserError) as error:
                    log.warning("what was ordered is taken up later: %s", error)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self.look_seconds):
                        await self._freed.wait()
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def look(self) -> None:
        """Begin with what is due and has a place; nothing is waited for."""
        free = self.at_once - len(self._under_way)
        if free <= 0 or not await self.store.read(orders.is_any):
            return
        for order in await self.store.write(orders.take, free, self.lease_seconds):
            task = asyncio.create_task(self._done(order), name=f"order {order.id}")
            self._under_way.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._freed.set()

    async def _done(self, order: Order) -> None:
        try:
            async with self._held(order):
                await self.carry_out(order)
        except (TransientError, UserError) as error:
            log.warning("order %s is taken up again when its lease is over: %s", order.id, error)

    @contextlib.asynccontextmanager
    async def _held(self, order: Order) -> AsyncIterator[None]:
        """Nobody else takes it up while it is under way, however long that is."""

        async def hold() -> None:
            while True:
                await asyncio.sleep(self.lease_seconds / 4)
                with contextlib.suppress(TransientError, UserError):
                    await self.store.write(orders.hold, order, self.lease_seconds)

        holding = asyncio.create_task(hold(), name=f"order {order.id} is held")
        try:
            yield
        finally:
            holding.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await holding
