"""Telegram in a process that works: the channel of runs, and what people say and press, made from the settings."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.access.people.heard_changes import HeardChanges
from bot.access.people.roles import GitHubRoles
from bot.asking.github_issues import GitHubIssues
from bot.asking.repositories import Repositories
from bot.channels.outbox import Outbox
from bot.redaction import redactor
from bot.settings import Settings
from bot.telegram.handling import Handling
from bot.telegram.receiving import DutyTimes, Receiving
from bot.telegram.said.desk import ChatDesk
from bot.telegram.said.pressing import Pressing
from bot.telegram.said.talking import Talking
from bot.telegram.shown.channel import TelegramChannel
from bot.telegram.shown.privacy import JustAsked, Privacy
from bot.telegram.shown.reminding import ChatReminder
from bot.telegram.wire.calls import secret_for
from bot.telegram.wire.client import TelegramClient
from bot.telegram.wire.pace import ChatPace
from workflows.errors import TransientError, UserError
from workflows.runs.control import Runs
from workflows.runs.feed import Feed
from workflows.store.database import Store
from workflows.store.web import role_changes

if TYPE_CHECKING:
    from bot.github.client import GitHub

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TelegramParts:
    """What is there before the runs are: the outbox is one of their reporters."""

    settings: Settings
    store: Store
    github: GitHub
    client: TelegramClient
    channel: TelegramChannel
    outbox: Outbox
    called_at: str = ""

    @property
    def remind(self) -> ChatReminder:
        """Reminds chats of questions."""
        return ChatReminder(self.channel)

    async def receive(self, runs: Runs, me: str, times: DutyTimes | None = None) -> None:
        """Take in what people say and press, whenever it is this process's turn; until it is cancelled."""
        username = await self._username()
        channel = self.channel
        desk = ChatDesk(
            self.store,
            runs,
            channel.pace,
            GitHubIssues(lambda: self.github),
            Repositories(self.store, lambda: self.github),
            channel.roles,
            JustAsked(self.github),
            channel.privacy,
            username,
            channel.redact,
            channel.web_url,
            self.settings.public_url.rstrip("/"),
        )
        handling = Handling(self.store, Talking(desk), Pressing(desk))
        secret = secret_for(self.settings.telegram_secret)
        receiving = Receiving(self.store, self.client, handling, me, self.called_at, secret)
        if times is not None:
            receiving.times = times
        await receiving.run()

    async def _username(self) -> str:
        """What the bot is called; asked until Telegram says so."""
        pause = 1.0
        while True:
            try:
                return await self.client.me()
            except (TransientError, UserError) as error:
                log.log(logging.ERROR if isinstance(error, UserError) else logging.WARNING, "Telegram: %s", error)
                asked = error.retry_after if isinstance(error, TransientError) else 60.0
                await asyncio.sleep(asked or pause)
                pause = min(2 * pause, 60.0)


@asynccontextmanager
async def speaking(
    settings: Settings, store: Store, github: GitHub, me: str, feed: Feed
) -> AsyncIterator[TelegramParts]:
    """The client and its outbox, until the block is left. ConfigError where the token cannot be used."""
    token, called_at = settings.telegram_secret, settings.telegram_calls

    async def word() -> str:
        return await store.read(role_changes.word)

    async with TelegramClient(token, settings.telegram_url) as client:
        channel = TelegramChannel(
            store,
            ChatPace(client),
            GitHubRoles(lambda: github, changes=HeardChanges(word)),
            Privacy(github, changes=HeardChanges(word)),
            redactor(settings),
            github.credentials.web_url,
            settings.public_url,
        )
        async with Outbox(store, channel, me=me, feed=feed) as outbox:
            yield TelegramParts(settings, store, github, client, channel, outbox, called_at)
