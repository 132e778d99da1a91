"""Runs in chats: one message for each run in each chat that hears of its repository, as its linker may see it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.access.people.visitors import RoleSource
from bot.channels.channel import Card
from bot.channels.github import FORGE
from bot.telegram.shown import messages
from bot.telegram.shown.cards import MESSAGE, Aloud, Chat, MessageCard, SoundCard
from bot.telegram.shown.hours import is_quiet
from bot.telegram.shown.keyboard import Press, presses
from bot.telegram.shown.messages import Spot
from bot.telegram.shown.privacy import Privacy
from bot.telegram.wire.client import TelegramClient
from bot.telegram.wire.html import code, words
from bot.telegram.wire.pace import ChatPace
from bot.view.run_view import view_of
from workflows.errors import TransientError, UserError
from workflows.runs.principal import Role
from workflows.store import posts
from workflows.store.database import Store
from workflows.store.records import Run, Snapshot
from workflows.store.telegram import buttons, chats
from workflows.store.telegram.chats import ChatPlace, Hears, Subscription
from workflows.store.web.run_search import KnownRepository
from workflows.values import RunStatus

_LOUD = (RunStatus.WAITING, RunStatus.FAILED, RunStatus.COMPLETED)
"""What makes a sound: it asks something, it failed, it is finished."""
_STOPPED = (RunStatus.FAILED, RunStatus.ABORTED, RunStatus.WAITING)
_ENDED = (RunStatus.FAILED, RunStatus.ABORTED, RunStatus.COMPLETED, RunStatus.ROLLED_BACK)


@dataclass(frozen=True, slots=True)
class TelegramChannel:
    """A `bot.channels.channel.Channel`. A target is `private:7` or `group:7`, by our own number of the chat.

    `roles` says what somebody may see; `redact` takes secrets out of a text. `private` and `group` are the least
    seconds between two edits of one run's message.
    """

    store: Store
    pace: ChatPace
    roles: RoleSource
    privacy: Privacy
    redact: Callable[[str], str]
    web_url: str = "https://github.com"
    pages: str = ""
    """Where our own pages are, "" where nobody knows."""
    private: float = 3.0
    group: float = 6.0
    name = MESSAGE

    async def targets(self, run: Run) -> Sequence[str]:
        if run.inputs.get("forge") != FORGE:
            return ()
        found = await self.store.read(chats.hearing, run.repository, run.updated_at)
        return [target_of(place) for place, _ in found]

    async def cards(self, snapshot: Snapshot, target: str) -> Sequence[Card]:
        run, number = snapshot.run, place_in(target)
        hearing = await self.store.read(chats.hearing, run.repository, run.updated_at)
        found = next((one for one in hearing if one[0].id == number), None)
        if found is None or not await self.may_see(*found, known(run)):
            return ()
        place, heard = found
        post = await self.store.read(posts.find, run.id, MESSAGE, target)
        main = "" if post is None else post.external_id
        if not main and not _is_heard(run.status, heard.hears):
            return ()
        if not place.private and await self.privacy.is_private(known(run)):
            return self._link(snapshot, place, target, main)
        return await self._whole(snapshot, place, target, main)

    def seconds(self, target: str) -> float:
        return self.private if target.startswith("private:") else self.group

    async def behind(self, *, since: float, until: float, at_rest: bool) -> list[str]:
        heard = chats.runs_heard()
        return await self.store.read(
            posts.behind, MESSAGE, FORGE, since=since, until=until, at_rest=at_rest, heard=heard
        )

    async def _whole(self, snapshot: Snapshot, place: ChatPlace, target: str, main: str) -> Sequence[Card]:
        view, spot = view_of(snapshot, time.time()), spot_of(snapshot.run, self.web_url)
        said = await self.store.read(buttons.pressed, snapshot.run.id, place.id)
        text = self.redact(messages.message(view, spot, said, self._page(snapshot.run)))
        announced = self.redact(messages.announcement(view, spot))
        sign = messages.mark(snapshot.run.id)
        return self._cards(snapshot, place, target, main, text, announced, sign, presses(snapshot))

    def _page(self, run: Run) -> str:
        return f"{self.pages.rstrip('/')}/admin/runs/{run.id}" if self.pages else ""

    def _link(self, snapshot: Snapshot, place: ChatPlace, target: str, main: str) -> Sequence[Card]:
        spot = spot_of(snapshot.run, self.web_url)
        text = messages.only_a_link(spot)
        return self._cards(snapshot, place, target, main, text, text, spot.url)

    def _cards(
        self,
        snapshot: Snapshot,
        place: ChatPlace,
        target: str,
        main: str,
        text: str,
        announced: str,
        sign: str,
        rows: Sequence[Sequence[Press]] = (),
    ) -> Sequence[Card]:
        run = snapshot.run
        loud = run.status in _LOUD and not is_quiet(place)
        chat = Chat(self.store, self.pace, place)
        if not loud:
            return [MessageCard(chat, snapshot, target, text, rows, sign)]
        once = Aloud(self.store, run.id, f"{target}!{run.segment} {run.status}")
        card = MessageCard(chat, snapshot, target, text, rows, sign, once)
        return [card, SoundCard(chat, once, announced, main)]

    async def may_see(self, place: ChatPlace, heard: Subscription, repository: KnownRepository) -> bool:
        """Whether whoever subscribed the chat may see the repository still; else it hears of it no more."""
        if await self.roles.role(heard.login, repository, heard.github) >= Role.READ:
            return True
        if await self.store.write(chats.unsubscribe, place.id, heard.repository):
            await self._say_so(place, heard, repository)
        return False

    async def _say_so(self, place: ChatPlace, heard: Subscription, repository: KnownRepository) -> None:
        name = code(repository.called.partition("/")[2])
        text = f"{words(heard.login)} may not see {name} any more. Nothing more of it is told here."

        async def act(client: TelegramClient, chat: int) -> int:
            return await client.send(chat, text, thread=place.thread, silent=True)

        try:
            await Chat(self.store, self.pace, place).say(act)
        except (UserError, TransientError):
            return  # it is over all the same


def target_of(place: ChatPlace) -> str:
    return f"{'private' if place.private else 'group'}:{place.id}"


def place_in(target: str) -> int:
    return int(target.partition(":")[2])


def known(run: Run) -> KnownRepository:
    """The repository of a run on GitHub."""
    number = int(run.inputs.get("repository_id") or 0)
    return KnownRepository(run.repository, run.called, FORGE, run.subject.installation, number)


def spot_of(run: Run, web_url: str) -> Spot:
    """Where people speak of a run."""
    subject, number = run.subject, run.subject.told_on
    page = f"{web_url.rstrip('/')}/{subject.repository}" + (f"/issues/{number}" if number else "")
    return Spot(subject.label, page)


def _is_heard(status: RunStatus, hears: Hears) -> bool:
    match hears:
        case Hears.ALL:
            return True
        case Hears.FAILURES:
            return status in _STOPPED
        case Hears.FINAL:
            return status in _ENDED
