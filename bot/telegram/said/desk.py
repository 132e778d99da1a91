"""What chats can reach: runs, who people are on GitHub and what they may there, and Telegram to answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.access.people.visitors import RoleSource
from bot.asking.steering import IssueSource
from bot.telegram.shown.cards import KINDS, Chat
from bot.telegram.shown.channel import known, spot_of, target_of
from bot.telegram.shown.messages import Spot
from bot.telegram.shown.privacy import Privacy
from bot.telegram.wire.client import Keys, TelegramClient
from bot.telegram.wire.pace import ChatPace
from workflows.errors import NotFound, RunError
from workflows.runs.approval import Seen
from workflows.runs.control import Runs
from workflows.runs.principal import Principal, Role
from workflows.store import posts
from workflows.store.database import Store
from workflows.store.records import Run
from workflows.store.run_rows import runs as stored
from workflows.store.telegram.chats import ChatPlace
from workflows.store.telegram.people import LinkedAccount
from workflows.store.web.run_search import KnownRepository
from workflows.text.sanitise import sanitised
from workflows.values import Issue, from_json


class RepositorySource(Protocol):
    """Finds a repository by what people call it; `bot.asking.repositories` does."""

    async def where(self, called: str) -> KnownRepository: ...


@dataclass(frozen=True, slots=True)
class ChatDesk:
    """`roles` is asked for what is shown, and may remember for a minute; `asked` before anything is done."""

    store: Store
    runs: Runs
    pace: ChatPace
    issues: IssueSource
    repositories: RepositorySource
    roles: RoleSource
    asked: RoleSource
    privacy: Privacy
    username: str
    redact: Callable[[str], str]
    web_url: str = "https://github.com"
    pages: str = ""
    """Where the server's own pages are reached, "" where they are not."""

    async def say(
        self,
        place: ChatPlace,
        html: str,
        keys: Keys = (),
        *,
        reply_to: int = 0,
        ask: bool = False,
        silent: bool = False,
    ) -> int:
        """The number of the message; ChatLost where nothing can be said there."""

        async def act(client: TelegramClient, chat: int) -> int:
            return await client.send(
                chat, html, thread=place.thread, keys=keys, reply_to=reply_to, force_reply=ask, silent=silent
            )

        return await Chat(self.store, self.pace, place).say(act)

    async def sign(self, place: ChatPlace, message: int) -> None:
        """Give a message of somebody's the sign that it was taken; UserError where the chat takes none."""

        async def act(client: TelegramClient, chat: int) -> int:
            await client.sign(chat, message)
            return message

        await Chat(self.store, self.pace, place).say(act)

    async def rewrite(self, place: ChatPlace, message: int, html: str) -> None:
        """Change a message of ours, and take its buttons away."""

        async def act(client: TelegramClient, chat: int) -> int:
            return int(await client.edit(chat, message, html))

        await Chat(self.store, self.pace, place).say(act)

    async def principal(self, person: LinkedAccount, repository: KnownRepository, reference: str) -> Principal:
        """They with the role that GitHub says at this moment. TransientError where it does not answer."""
        role = await self.asked.role(person.login, repository, person.github)
        return Principal(person.login, "telegram", role, repository.name, reference, account=person.github)

    async def readable_run(self, person: LinkedAccount, run: Run | None) -> Run:
        """The run, for one who may read it; NotFound for anybody else."""
        if run is None or run.options.dry_run or run.inputs.get("forge") != "github":
            raise NotFound("There is no such run, or you may not see it.")
        if await self.asked.role(person.login, known(run), person.github) < Role.READ:
            raise NotFound("There is no such run, or you may not see it.")
        return run

    async def run_shown(self, place: ChatPlace, message: int) -> Run | None:
        """The run that a message of ours shows."""
        found = await self.store.read(posts.shown_by, KINDS, target_of(place), str(message)) if message else ""
        return await self.store.read(stored.maybe_run, found) if found else None

    async def seen(self, run: Run, at: float, binding: str | None) -> Seen:
        """What somebody can have read: the question of that binding, and the issue as it is."""
        return Seen(at, await self._digest(run), binding)

    async def _digest(self, run: Run) -> str:
        kept = run.inputs.get("issue")
        if not kept or not from_json(Issue, kept).number:
            return ""
        try:
            return sanitised(await self.issues.issue(run)).digest
        except NotFound as error:
            raise RunError("The issue is not there any more.", "Abort this run.") from error

    async def is_discreet(self, place: ChatPlace, run: Run) -> bool:
        """Whether nothing but a link to the run may be shown there."""
        return not place.private and await self.privacy.is_private(known(run))

    def spot(self, run: Run) -> Spot:
        return spot_of(run, self.web_url)
