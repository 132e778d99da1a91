"""What stands in a chat for a run: its message, which is edited, and short ones that make a sound."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from bot.telegram.shown.keyboard import Press, keys_of
from bot.telegram.shown.messages import mark
from bot.telegram.wire.client import ChatLost, ChatMoved, SaidPerhaps, TelegramClient
from bot.telegram.wire.pace import ChatPace
from workflows.store import posts
from workflows.store.database import Store
from workflows.store.records import Snapshot
from workflows.store.telegram import chats, updates
from workflows.store.telegram.chats import ChatPlace

MESSAGE, SOUND = "telegram", "telegram sound"
KINDS = (MESSAGE, SOUND)
_NEAR = 6
"""So many numbers behind one that is known a lost message is looked for; each takes a turn of its chat."""
_PERHAPS = "0"
"""The number of what was said perhaps: no message has it."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class JustWritten:
    """The number of the message that was made just now, which made the sound itself; 0 where none was."""

    message: int = 0


@dataclass(frozen=True, slots=True)
class Chat:
    """A place to write to; it follows a group that gets another number, and remembers one that is lost."""

    store: Store
    pace: ChatPace
    place: ChatPlace

    async def say(self, act: Callable[[TelegramClient, int], Awaitable[int]]) -> int:
        """What `act` returns, given Telegram and the chat's number."""
        try:
            return await self._once(act, self.place.chat)
        except ChatMoved as moved:
            await self.store.write(chats.migrate, self.place.chat, moved.chat)
            return await self._once(act, moved.chat)

    async def _once(self, act: Callable[[TelegramClient, int], Awaitable[int]], chat: int) -> int:
        try:
            async with self.pace.turn(chat) as client:
                return await act(client, chat)
        except ChatLost as lost:
            await self.store.write(chats.lose, chat, lost.sentence, self.place.thread or None)
            raise


@dataclass(frozen=True, slots=True)
class MessageCard:
    """The one message of a run. `rows` are the buttons below it."""

    chat: Chat
    snapshot: Snapshot
    target: str
    text: str
    rows: Sequence[Sequence[Press]]
    silent: bool
    written: JustWritten = field(default_factory=JustWritten)
    kind = MESSAGE

    @property
    def digest(self) -> str:
        """Of the words and of what the buttons mean; their tokens are none of it."""
        question = self.snapshot.question
        meant = [f"{self.snapshot.run.segment} {question.binding if question else ''}"] if self.rows else []
        whole = "\0".join([self.text, *meant, *(" ".join(row) for row in self.rows)])
        return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()

    async def find(self) -> str | None:
        """One whose answer was lost, by its words or buttons; None also where it is too far from all that is known."""
        if not self.rows:
            return None
        store, place = self.chat.store, self.chat.place
        keys = await keys_of(store, place, self.snapshot, self.rows)
        ours = await store.read(posts.newest_number, KINDS, self.target)
        heard = await store.read(updates.newest_message, place.chat)
        for number in sorted({known + step for known in (ours, heard) if known for step in range(1, _NEAR + 1)}):

            async def act(client: TelegramClient, chat: int, number: int = number) -> int:
                return int(await client.stands(chat, number, keys, mark(self.snapshot.run.id)))

            if await self.chat.say(act):
                log.info("run %s: its message in a chat was found, whose answer was lost", self.snapshot.run.id)
                return str(number)
        return None

    async def make(self) -> str:
        place = self.chat.place
        keys = await keys_of(self.chat.store, place, self.snapshot, self.rows)

        async def act(client: TelegramClient, chat: int) -> int:
            return await client.send(chat, self.text, thread=place.thread, keys=keys, silent=self.silent)

        self.written.message = await self.chat.say(act)
        return str(self.written.message)

    async def change(self, external_id: str) -> bool:
        keys = await keys_of(self.chat.store, self.chat.place, self.snapshot, self.rows)

        async def act(client: TelegramClient, chat: int) -> int:
            return int(await client.edit(chat, int(external_id), self.text, keys))

        return bool(await self.chat.say(act))


@dataclass(frozen=True, slots=True)
class SoundCard:
    """Says once, aloud, that a run asks something or has ended; edits make no sound. `written` is the message's."""

    chat: Chat
    target: str
    text: str
    main: str
    """The id of the run's message where it is known."""
    written: JustWritten
    silent: bool = False
    kind = SOUND
    digest = "said"

    async def find(self) -> str | None:
        return None

    async def make(self) -> str:
        if self.written.message:
            return str(self.written.message)

        async def act(client: TelegramClient, chat: int) -> int:
            reply_to, thread = int(self.main or 0), self.chat.place.thread
            return await client.send(chat, self.text, thread=thread, reply_to=reply_to, silent=self.silent)

        try:
            return str(await self.chat.say(act))
        except SaidPerhaps as lost:  # rather not at all than twice: the message itself says it, too
            log.info("a sound in a chat was made, or was not: %s", lost)
            return _PERHAPS

    async def change(self, external_id: str) -> bool:
        return True
