"""Answers what somebody said in a chat: once, as far as that can be had.

Telegram knows no key by which a message that is sent twice is one, and a bot cannot read what it said. So it is kept
first that something is about to be said. Where a process died over it, or Telegram's own answer was lost, it stands
there perhaps, and

- what only tells (`/runs`, `/help`) is not said again: whoever misses it asks again, which costs nothing;
- of what was done the command's message is given a sign, which is one however often it is given;
- a refusal is said once more: nobody does harm by reading twice that nothing was done.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.telegram.said.desk import ChatDesk
from bot.telegram.wire.client import SaidPerhaps
from workflows.errors import TransientError, UserError
from workflows.store.telegram import updates
from workflows.store.telegram.chats import ChatPlace
from workflows.store.telegram.updates import Answer, AnswerKind

log = logging.getLogger(__name__)

Say = Callable[[str], Awaitable[int]]
"""Says it, as HTML; the number of the message."""


@dataclass(frozen=True, slots=True)
class AnswerOnce:
    """Answers one update, in the chat where it came from, below the message `to`."""

    desk: ChatDesk
    update: int
    place: ChatPlace
    to: int

    async def once(self, make: Callable[[], Awaitable[Answer]], say: Say | None = None) -> int:
        """Make the answer, or take the one that was made before a crash, and say it; the number of its message.

        0 where nothing was said now. What `make` raises; TransientError where it cannot be said now, and ChatLost.
        """
        store = self.desk.store
        kept = await store.read(updates.answer_of, self.update)
        if kept is not None and kept.perhaps:
            return await self._again(kept)
        answer = kept or await make()
        if not answer.html:
            return 0
        await self._keep(answer, perhaps=True)
        return await self._say(answer, say or self._below)

    async def _keep(self, answer: Answer | None, *, perhaps: bool = False) -> None:
        """What is not said again is not kept: the code of a `/start` is in no database."""
        if answer is not None and answer.kind is AnswerKind.TELLS:
            answer = replace(answer, html="")
        await self.desk.store.write(updates.answers, self.update, answer, perhaps=perhaps)

    async def _say(self, answer: Answer, say: Say) -> int:
        try:
            return await say(answer.html)
        except SaidPerhaps:
            raise
        except (TransientError, UserError):  # it does not stand there; what only tells is made anew by then
            await self._keep(None if answer.kind is AnswerKind.TELLS else answer)
            raise

    async def _below(self, html: str) -> int:
        return await self.desk.say(self.place, html, reply_to=self.to, silent=True)

    async def _again(self, answer: Answer) -> int:
        log.info("telegram update %d was answered already, or perhaps not: %s", self.update, answer.kind)
        if answer.kind is AnswerKind.TELLS or (answer.kind is AnswerKind.DONE and await self._signed()):
            return 0
        await self._keep(replace(answer, kind=AnswerKind.TELLS), perhaps=True)  # no third time
        return await self._below(answer.html)

    async def _signed(self) -> bool:
        """Whether the message that asked for it has the sign now: not every group takes one."""
        try:
            await self.desk.sign(self.place, self.to)
        except UserError as error:
            log.info("telegram update %d cannot be given a sign: %s", self.update, error)
            return False
        return True
