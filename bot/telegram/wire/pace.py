"""How often something is said in a chat: no more than Telegram takes, over all runs that are shown there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.telegram.wire.client import TelegramClient
from workflows.errors import TransientError

PRIVATE_SECONDS = 1.0
GROUP_SECONDS = 3.2
"""Telegram takes about one message in a second in a chat, and twenty a minute in a group; edits count."""
_LONGEST = 15.0
_MOST = 10_000


@dataclass(slots=True)
class ChatPace:
    """Each chat's next turn. Whoever is limited waits alone: no other chat does."""

    client: TelegramClient
    private: float = PRIVATE_SECONDS
    group: float = GROUP_SECONDS
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    _next: dict[int, float] = field(default_factory=dict)

    @asynccontextmanager
    async def turn(self, chat: int) -> AsyncIterator[TelegramClient]:
        """Telegram, when this chat may be written to; TransientError where that is a while yet."""
        now = self.clock()
        at = max(now, self._next.get(chat, 0.0))
        if at - now > _LONGEST:
            raise TransientError("Telegram takes no more in this chat for a moment.", at - now)
        if len(self._next) >= _MOST:
            self._next = {one: then for one, then in self._next.items() if then > now}
        self._next[chat] = at + (self.private if chat > 0 else self.group)  # groups have numbers below zero
        await self.sleep(at - now)
        try:
            yield self.client
        except TransientError as error:
            if error.retry_after is not None:
                self._next[chat] = max(self._next.get(chat, 0.0), self.clock() + error.retry_after)
            raise
