"""Which run or issue somebody means: by a reply to its message, by its id, or as `owner/name#7`."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.telegram.said.desk import ChatDesk
from bot.telegram.wire.incoming import ChatText
from workflows.errors import NotFound, RunError
from workflows.runs import meant
from workflows.runs.principal import Role
from workflows.store.database import Store
from workflows.store.records import Run
from workflows.store.run_rows import runs as stored
from workflows.store.telegram import chats
from workflows.store.telegram.chats import ChatPlace
from workflows.store.telegram.people import LinkedAccount
from workflows.store.web import run_search
from workflows.store.web.run_search import KnownRepository

_RUN = re.compile(r"\d{6}-[a-z0-9]{3,12}")
_NUMBER = re.compile(r"(?:https?://[^/\s]+/)?([\w.-]+/)?([\w.-]*)(?:#|/issues/|/pull/)(\d{1,9})")
REPOSITORY = re.compile(r"(?:https?://[^/\s]+/)?([\w.-]+/[\w.-]+?)(?:\.git)?/?")
_NOT_THERE = "There is no such repository, or you may not see it."
_WHICH = "Name it as OWNER/NAME#7, or reply to the message of its run."
Fits = Callable[[Store, Run], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class NamedIssue:
    """What is meant; `words` is what else was said. `run` is None where only an issue was named."""

    repository: KnownRepository
    number: int
    words: str
    run: Run | None = None


@dataclass(frozen=True, slots=True)
class Naming:
    """Finds what one message means. What its writer may not read is not there."""

    desk: ChatDesk
    place: ChatPlace
    person: LinkedAccount

    async def run(self, said: ChatText, words: str, fits: Fits) -> tuple[Run, str]:
        """The run that is meant, and the other words: of several on an issue one that `fits`, else the likeliest."""
        first, _, rest = words.partition(" ")
        if _RUN.fullmatch(first):
            found = await self.desk.store.read(stored.maybe_run, first)
            return await self.desk.readable_run(self.person, found), rest.strip()
        if _NUMBER.fullmatch(first):
            named = await self.issue(words)
            return await self._likeliest(named, fits), named.words
        if (shown := await self.desk.run_shown(self.place, said.reply_to)) is not None:
            return await self.desk.readable_run(self.person, shown), words
        raise RunError("Which run?", _WHICH)

    async def issue(self, words: str) -> NamedIssue:
        """The issue or pull request that the first word names."""
        first, _, rest = words.partition(" ")
        found = _NUMBER.fullmatch(first)
        if not found:
            raise RunError("Which issue?", "Name it as OWNER/NAME#7.")
        where = await self.repository(f"{found[1] or ''}{found[2]}")
        return NamedIssue(where, int(found[3]), rest.strip())

    async def repository(self, called: str) -> KnownRepository:
        """By `owner/name`, or by `name` or nothing where this chat hears of one that fits. NotFound if unreadable."""
        try:
            where = await (self.desk.repositories.where(called) if "/" in called else self._heard(called))
        except NotFound as error:
            raise NotFound(_NOT_THERE) from error
        if await self.desk.asked.role(self.person.login, where, self.person.github) < Role.READ:
            raise NotFound(_NOT_THERE)
        return where

    async def _heard(self, name: str) -> KnownRepository:
        heard = await self.desk.store.read(chats.heard_in, self.place.id)
        known = [await self.desk.store.read(run_search.repository_of, one.repository) for one in heard]
        called = [one.called.partition("/")[2] for one in known if one is not None]
        called += [one.repository.partition("/")[2] for one, at in zip(heard, known, strict=True) if at is None]
        fits = [one for one in called if not name or one.rpartition("/")[2].lower() == name.lower()]
        if len(fits) != 1:
            raise RunError("Which repository?", "Name it with its owner: OWNER/NAME#7.")
        return await self.desk.repositories.where(fits[0])

    async def _likeliest(self, named: NamedIssue, fits: Fits) -> Run:
        found = await self.desk.store.read(meant.all_on, named.repository.name, named.number)
        if not found:
            raise RunError("No run has worked on this yet.", "/fix OWNER/NAME#7 starts one.")
        for run in found:
            if await fits(self.desk.store, run):
                return run
        return found[0]
