"""Takes up what Telegram delivered: each chat's in order, several chats at once, and again what could not be done."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field

from bot.telegram.said.pressing import Pressing
from bot.telegram.said.talking import Talking
from bot.telegram.wire.client import ChatLost, ChatMoved
from bot.telegram.wire.incoming import ButtonPress, ChatText, Incoming, Membership, Moved, read
from workflows.errors import StoreError, TransientError, UserError
from workflows.store.database import Store
from workflows.store.telegram import chats, updates
from workflows.store.telegram.updates import StoredUpdate, UpdateState

log = logging.getLogger(__name__)

_LEAST_ATTEMPTS, _LONGEST_SECONDS = 6, 900.0
"""So often, and for so long, what may pass is tried again: GitHub is away for minutes at a time."""
_AT_ONCE = 32
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0


@dataclass(slots=True)
class Handling:
    """Handles what is stored. All of it belongs to one loop, in the one process that has the duty."""

    store: Store
    talking: Talking
    pressing: Pressing
    _busy: dict[int, asyncio.Task[None]] = field(default_factory=dict)

    async def look(self) -> None:
        """Begin with what is due, of chats that nothing is done for; nothing is waited for."""
        if len(self._busy) >= _AT_ONCE:
            return
        for one in await self.store.read(updates.due, [*self._busy]):
            if len(self._busy) >= _AT_ONCE:
                return
            task = asyncio.create_task(self._handle(one), name=f"telegram update {one.id}")
            self._busy[one.chat] = task
            task.add_done_callback(lambda _, chat=one.chat: self._busy.pop(chat, None))  # type: ignore[misc]

    async def finish(self, seconds: float = 5.0) -> None:
        """Let what is under way end; what does not is done again by whoever has the duty next."""
        rest = [*self._busy.values()]
        if rest:
            await asyncio.wait(rest, timeout=seconds)
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _handle(self, update: StoredUpdate) -> None:
        try:
            state = await self._state(update)
            if state is not None:
                await self.store.write(updates.close, update.id, state)
        except (TransientError, StoreError) as error:
            log.warning("telegram update %d is handled later: %s", update.id, error)

    async def _state(self, update: StoredUpdate) -> UpdateState | None:
        """What became of it; None where it is put off."""
        try:
            await self._act(read(update.payload))
        except (TransientError, StoreError) as error:
            if isinstance(error, TransientError) and _is_over(update):
                log.warning("telegram update %d is given up: %s", update.id, error)
                words = f"Nothing was done, however often it was tried. {error} Ask again later."
                await self._tell(update, words, late=True)
                return UpdateState.FAILED
            asked = error.retry_after if isinstance(error, TransientError) else None
            pause = asked or min(_FIRST_PAUSE * 2**update.attempts, _LONGEST_PAUSE)
            log.warning("telegram update %d is put off: %s", update.id, error)
            await self.store.write(updates.put_off, update.id, pause)
            return None
        except (ChatLost, ChatMoved) as error:
            log.info("telegram update %d: %s", update.id, error)
        except UserError as error:
            log.warning("telegram update %d: %s", update.id, error)
            return UpdateState.FAILED
        except Exception:  # a root: an update that fails for our fault must not come again for ever
            log.exception("telegram update %d: an error of ours", update.id)
            await self._excuse(update)
            return UpdateState.FAILED
        return UpdateState.HANDLED

    async def _excuse(self, update: StoredUpdate) -> None:
        """Tell whoever asked that it is our fault; where that cannot be done the log must do."""
        where = f"Whoever runs it finds the details in its log under telegram update {update.id}."
        await self._tell(update, f"Pullwright itself failed at this. {where}")

    async def _tell(self, update: StoredUpdate, words: str, *, late: bool = False) -> None:
        try:
            match read(update.payload):
                case ChatText() as said:
                    await self.talking.tell(said, words)
                case ButtonPress() as press:
                    await (self.pressing.say if late else self.pressing.tell)(press, words)
        except (TransientError, UserError) as error:
            log.warning("telegram update %d: nobody could be told: %s", update.id, error)

    async def _act(self, incoming: Incoming | None) -> None:
        match incoming:
            case ChatText():
                await self.talking.handle(incoming)
            case ButtonPress():
                await self.pressing.handle(incoming)
            case Membership(chat, gone):
                await (self.store.write(chats.lose, chat, gone) if gone else self.store.write(chats.is_back, chat))
            case Moved(old, new):
                await self.store.write(chats.migrate, old, new)


def _is_over(update: StoredUpdate) -> bool:
    return update.attempts + 1 >= _LEAST_ATTEMPTS and time.time() - update.received_at > _LONGEST_SECONDS
