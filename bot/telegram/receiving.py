"""Whose turn it is: one process asks Telegram for what is new (or is called), and handles it; another one takes over.

What came is kept before it is acknowledged, so that nothing is lost with a process, and by its number, so that nothing
is done twice.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field

from bot.telegram.handling import Handling
from bot.telegram.said.commands import CHAT_COMMANDS
from bot.telegram.said.linked import confirm_links
from bot.telegram.wire.client import TelegramClient
from bot.telegram.wire.incoming import chat_of
from workflows.errors import StoreError, TransientError, UserError
from workflows.store import leases
from workflows.store.database import Store
from workflows.store.telegram import updates
from workflows.store.telegram.updates import DUTY

log = logging.getLogger(__name__)

_POLL_SECONDS = 25
_PAUSE_SECONDS = 5.0
_REFUSED_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class DutyTimes:
    """In seconds: how long the duty is had without a word, how often one looks, how long a poll waits."""

    lease: float = 30.0
    look: float = 0.5
    poll: int = _POLL_SECONDS


@dataclass(slots=True)
class Receiving:
    """`me` is who this process is. `called_at` is the address that Telegram is to call, "" to be asked."""

    store: Store
    client: TelegramClient
    handling: Handling
    me: str
    called_at: str = ""
    secret: str = ""
    times: DutyTimes = field(default_factory=DutyTimes)
    _until: float = 0.0

    async def run(self) -> None:
        """Until it is cancelled. What goes wrong is logged, and tried again: nothing else stands still for it."""
        try:
            while True:
                try:
                    if await self._is_mine():
                        await self._on_duty()
                except (TransientError, StoreError) as error:
                    log.warning("Telegram: %s", error)
                except UserError as error:
                    log.error("Telegram: %s", error)
                    await asyncio.sleep(_REFUSED_SECONDS)
                except Exception:  # a root: runs go on whatever happens here
                    log.exception("Telegram: an error of ours")
                await asyncio.sleep(min(_PAUSE_SECONDS, self.times.lease / 4))
        finally:
            await self.handling.finish()
            with suppress(TransientError, StoreError):
                await self.store.write(leases.give_back, DUTY, self.me)

    async def _on_duty(self) -> None:
        """Receive and handle for as long as the duty is ours."""
        await self._begin()
        log.info("this process speaks with Telegram")
        async with asyncio.TaskGroup() as tasks:
            clock = tasks.create_task(self._keep())
            handling = tasks.create_task(self._handle())
            polling = None if self.called_at else tasks.create_task(self._poll())
            await clock  # ends when the duty is lost
            handling.cancel()
            if polling is not None:
                polling.cancel()

    async def _begin(self) -> None:
        await self.client.call_us(self.called_at, self.secret)
        await self.client.offer_commands([(one.name, one.help) for one in CHAT_COMMANDS.values()])

    async def _is_mine(self) -> bool:
        now = time.time()
        mine = await self.store.write(leases.take, DUTY, self.me, now, self.times.lease)
        if mine:
            self._until = time.monotonic() + self.times.lease
        return mine

    async def _keep(self) -> None:
        """Until the duty is another one's, or nobody can say whose it is."""
        while time.monotonic() < self._until:
            await asyncio.sleep(self.times.lease / 4)
            try:
                if not await self._is_mine():
                    return
            except (TransientError, StoreError) as error:
                log.warning("Telegram: whose turn it is cannot be asked: %s", error)

    async def _poll(self) -> None:
        offset = await self.store.read(updates.next_number)
        while True:
            if time.monotonic() >= self._until:  # frozen for so long that another one has it: that is found out beside
                await asyncio.sleep(self.times.look)
                continue
            try:
                found = await self.client.updates(offset, self.times.poll)
                if found:
                    kept = [(int(one["update_id"]), chat_of(one), one) for one in found]
                    await self.store.write(updates.keep, kept)
                    offset = kept[-1][0] + 1
                else:  # after a silence of a week another number counts
                    offset = await self.store.read(updates.next_number)
            except (TransientError, StoreError) as error:
                log.warning("Telegram: %s", error)
                asked = error.retry_after if isinstance(error, TransientError) else None
                await asyncio.sleep(asked or min(_PAUSE_SECONDS, self.times.lease / 4))
            except UserError as error:
                log.error("Telegram: %s", error)
                await asyncio.sleep(_REFUSED_SECONDS)

    async def _handle(self) -> None:
        while True:
            try:
                await self.handling.look()
                await confirm_links(self.store, self.handling.talking.desk)
            except (TransientError, StoreError) as error:
                log.warning("Telegram: %s", error)
            await asyncio.sleep(self.times.look)
