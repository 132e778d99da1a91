"""Says in chats that a run still waits for an answer: once for each time that it is due, below the run's message."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace

from bot.channels.channel import put_up
from bot.telegram.shown import messages
from bot.telegram.shown.cards import MESSAGE, Aloud, Chat, SoundCard
from bot.telegram.shown.channel import TelegramChannel, known, spot_of, target_of
from bot.telegram.shown.hours import is_quiet
from bot.view.run_view import view_of
from workflows.errors import UserError
from workflows.store import posts
from workflows.store.posts import Post
from workflows.store.records import Question, Run, Snapshot
from workflows.store.run_rows import runs
from workflows.store.telegram import chats
from workflows.store.telegram.chats import ChatPlace

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChatReminder:
    """Reminds where the run is shown already: what a chat does not hear of it is not reminded of."""

    channel: TelegramChannel

    async def __call__(self, run: Run, question: Question, number: int) -> None:
        """Reminder `number` of this question, in every chat. TransientError where one could not be told for now."""
        channel, store = self.channel, self.channel.store
        hearing = await store.read(chats.hearing, run.repository, run.updated_at)
        snapshot = await store.read(runs.snapshot, run.id)
        for place, heard in hearing:
            shown = await store.read(posts.find, run.id, MESSAGE, target_of(place))
            if shown is None or not shown.external_id or not await channel.may_see(place, heard, known(run)):
                continue
            try:
                await self._remind(snapshot, place, f"{question.segment} reminder {number}", shown.external_id)
            except UserError as error:
                log.info("run %s: a chat is not reminded of it: %s", run.id, error)

    async def _remind(self, snapshot: Snapshot, place: ChatPlace, which: str, main: str) -> None:
        channel, run = self.channel, snapshot.run
        spot = spot_of(run, channel.web_url)
        if not place.private and await channel.privacy.is_private(known(run)):
            text = messages.only_a_link(spot)
        else:
            text = channel.redact(messages.reminder(view_of(snapshot, time.time()), spot))
        chat = Chat(channel.store, channel.pace, place)
        aloud = Aloud(channel.store, run.id, f"{target_of(place)}!{which}")
        card = SoundCard(chat, aloud, text, main, silent=is_quiet(place))
        post = await channel.store.write(posts.claim, Post(run.id, card.kind, card.target), time.time())
        if not post.external_id:
            made = replace(post, external_id=await put_up(card, post, channel.store), digest=card.digest)
            await channel.store.write(posts.confirm, made)
