"""What stands in a chat for a run: its message, which is edited, and short ones that make a sound."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.telegram.shown.keyboard import Press, keys_of
from bot.telegram.wire.client import ChatLost, ChatMoved, SaidPerhaps, TelegramClient
from bot.telegram.wire.pace import ChatPace
from workflows.errors import TransientError, UserError
from workflows.store import posts
from workflows.store.database import Store
from workflows.store.posts import Post
from workflows.store.records import Snapshot
from workflows.store.telegram import chats, updates
from workflows.store.telegram.chats import ChatPlace

MESSAGE, SOUND = "telegram", "telegram sound"
KINDS = (MESSAGE, SOUND)
_NEAR = 6
"""So many numbers behind one that is known a lost message is looked for; each takes a turn of its chat."""

log = logging.getLogger(__name__)


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
class Aloud:
    """One sound in a chat, which is made by whatever is said there first, and by nothing after it.

    That it is about to be made is kept right before, since a process may die over it: rather not at all than twice,
    since the run's message says it, too.
    """

    store: Store
    run: str
    target: str

    async def say(self, send: Callable[[], Awaitable[int]]) -> int:
        """What `send` returns; what it raises."""
        post = Post(self.run, SOUND, self.target)
        await self.store.write(posts.may_stand, post, time.time())
        try:
            return await send()
        except SaidPerhaps:
            raise
        except (TransientError, UserError):
            await self.store.write(posts.stands_not, post)
            raise


@dataclass(frozen=True, slots=True)
class MessageCard:
    """The one message of a run. `rows` are the buttons below it; `aloud` is its sound, None where it makes none.

    `sign` is what stands in it, or where a link of it leads to, and in no other message of ours.
    """

    chat: Chat
    snapshot: Snapshot
    target: str
    text: str
    rows: Sequence[Sequence[Press]]
    sign: str
    aloud: Aloud | None = None
    kind = MESSAGE

    @property
    def digest(self) -> str:
        """Of the words and of what the buttons mean; their tokens are none of it."""
        question = self.snapshot.question
        meant = [f"{self.snapshot.run.segment} {question.binding if question else ''}"] if self.rows else []
        whole = "\0".join([self.text, *meant, *(" ".join(row) for row in self.rows)])
        return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()

    async def find(self) -> str | None:
        """One whose answer was lost, by its sign or buttons; None also where it is too far from all that is known."""
        store, place = self.chat.store, self.chat.place
        keys = await keys_of(store, place, self.snapshot, self.rows)
        ours = await store.read(posts.newest_number, KINDS, self.target)
        heard = await store.read(updates.newest_message, place.chat)
        bases = {ours, heard} - {0} if place.private else {0, ours, heard}  # a group that is new counts from one
        for number in sorted({known + step for known in bases for step in range(1, _NEAR + 1)}):

            async def act(client: TelegramClient, chat: int, number: int = number) -> int:
                return int(await client.stands(chat, number, keys, self.sign))

            if await self.chat.say(act):
                log.info("run %s: its message in a chat was found, whose answer was lost", self.snapshot.run.id)
                return str(number)
        return None

    async def make(self) -> str:
        place = self.chat.place
        keys = await keys_of(self.chat.store, place, self.snapshot, self.rows)

        async def act(client: TelegramClient, chat: int) -> int:
            def send() -> Awaitable[int]:
                return client.send(chat, self.text, thread=place.thread, keys=keys, silent=self.aloud is None)

            return await (send() if self.aloud is None else self.aloud.say(send))

        return str(await self.chat.say(act))

    async def change(self, external_id: str) -> bool:
        keys = await keys_of(self.chat.store, self.chat.place, self.snapshot, self.rows)

        async def act(client: TelegramClient, chat: int) -> int:
            return int(await client.edit(chat, int(external_id), self.text, keys))

        return bool(await self.chat.say(act))


@dataclass(frozen=True, slots=True)
class SoundCard:
    """Says once, aloud, that a run asks something or has ended; edits make no sound."""

    chat: Chat
    aloud: Aloud
    text: str
    main: str
    """The id of the run's message where it is known."""
    silent: bool = False
    kind = SOUND
    digest = "said"

    @property
    def target(self) -> str:
        return self.aloud.target

    async def find(self) -> str | None:
        return None

    async def make(self) -> str:
        async def act(client: TelegramClient, chat: int) -> int:
            reply_to, thread = int(self.main or 0), self.chat.place.thread
            return await self.aloud.say(
                lambda: client.send(chat, self.text, thread=thread, reply_to=reply_to, silent=self.silent)
            )

        try:
            return str(await self.chat.say(act))
        except SaidPerhaps as lost:
            log.info("a sound in a chat was made, or was not: %s", lost)
            return posts.PERHAPS

    async def change(self, external_id: str) -> bool:
        """It stays as it was said, by itself or by the run's message."""
        return True
