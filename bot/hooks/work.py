"""What a worker does for outgoing webhooks: it writes what is to be told, and tells it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from bot.hooks.sending import Sender
from workflows.store.database import Store
from workflows.store.web import hooks
from workflows.store.web.hooks import HookMessage, OutgoingHook

log = logging.getLogger(__name__)

_GONE = 410


@dataclass(frozen=True, slots=True)
class HookWork:
    """`redact` takes secrets out of what is told."""

    store: Store
    sender: Sender
    redact: Callable[[str], str]

    async def look(self) -> None:
        """Turn what happened into messages, and send what is due, a few at a time."""
        if not await self.store.read(hooks.is_any):
            return
        await self.store.write(hooks.spread, self.redact)
        taken = await self.store.write(hooks.take)
        await asyncio.gather(*(self._tell(hook, message) for hook, message in taken))

    async def _tell(self, hook: OutgoingHook, message: HookMessage) -> None:
        told = await self.sender.send(hook, message)
        if told.taken:
            await self.store.write(hooks.sent, message, told.status)
            return
        log.info("hook %s was not told %s: %s", hook.id, message.id, told.why)
        if told.status == _GONE:
            await self.store.write(hooks.end, hook.id, "it answered 410: it wants to hear no more")
        await self.store.write(hooks.failed, message, told.status, told.why, told.wait)
