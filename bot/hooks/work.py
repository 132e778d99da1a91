"""What a worker does for outgoing webhooks: it writes what is to be told, and tells it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.hooks.sending import Sender, Told
from sandbox.errors import TransientError, UserError
from workflows.store.database import Store
from workflows.store.web import hooks
from workflows.store.web.hooks import HookMessage, OutgoingHook

log = logging.getLogger(__name__)

_GONE = 410
_AT_ONCE, _OF_ONE_HOOK = 16, 4
_TOGETHER_SECONDS = 1.0


@dataclass(slots=True)
class HookWork:
    """`redact` takes secrets out of what is told. An address that is slow holds up its own messages alone."""

    store: Store
    sender: Sender
    redact: Callable[[str], str]
    _telling: dict[asyncio.Task[None], str] = field(default_factory=dict)
    """What is under way, with the hook that it is for."""

    async def run(self, seconds: float) -> None:
        """Look every so many seconds until it is cancelled: what is under way then is told when its lease is over."""
        try:
            while True:
                try:
                    await self.look()
                except (TransientError, UserError) as error:
                    log.warning("what hooks are to be told is told later: %s", error)
                await asyncio.sleep(seconds)
        finally:
            rest = [*self._telling]
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)

    async def look(self) -> None:
        """Turn what happened into messages, and begin with what is due; what is answered at once is waited for."""
        if not await self.store.read(hooks.is_any):
            return
        await self.store.write(hooks.spread, self.redact)
        free = _AT_ONCE - len(self._telling)
        if free > 0:
            for hook, message in await self.store.write(hooks.take, free, _OF_ONE_HOOK, {*self._telling.values()}):
                task = asyncio.create_task(self._tell(hook, message), name=f"hook {hook.id}")
                self._telling[task] = hook.id
                task.add_done_callback(self._telling.pop)
        if self._telling:
            await asyncio.wait([*self._telling], timeout=_TOGETHER_SECONDS)

    async def _tell(self, hook: OutgoingHook, message: HookMessage) -> None:
        try:
            told = await self.sender.send(hook, message)
        except Exception:  # a root: one address keeps nobody else from being told, and no worker from its work
            log.exception("hook %s: an error of ours", hook.id)
            told = Told(0, "Pullwright itself failed at this: its log says more")
        try:
            await self._note(hook, message, told)
        except (TransientError, UserError) as error:
            log.warning("hook %s is told %s again when its lease is over: %s", hook.id, message.id, error)

    async def _note(self, hook: OutgoingHook, message: HookMessage, told: Told) -> None:
        if told.taken:
            await self.store.write(hooks.sent, message, told.status)
            return
        log.info("hook %s was not told %s: %s", hook.id, message.id, told.why)
        if told.status == _GONE:
            await self.store.write(hooks.end, hook.id, "it answered 410: it wants to hear no more")
        await self.store.write(hooks.failed, message, told.status, told.why, told.wait)
