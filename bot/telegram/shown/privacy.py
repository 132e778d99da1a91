"""Whether everybody may see a repository: of a private one a group is told no more than a link."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from bot.access.people.heard_changes import HeardChanges
from bot.access.people.roles import is_the_one
from bot.github.api.models import RepositoryInfo
from workflows.errors import UserError
from workflows.runs.principal import Role, role_of
from workflows.store.web.run_search import KnownRepository

_KEPT_SECONDS = 300.0
_MOST = 1000


class TelegramRepository(Protocol):
    async def info(self) -> RepositoryInfo: ...

    async def permission(self, login: str, account: int = 0) -> str: ...


class TelegramGitHub(Protocol):
    """GitHub, as far as chats have to know it."""

    def repository(self, installation: int, full_name: str) -> TelegramRepository: ...


@dataclass(slots=True)
class Privacy:
    """Asks GitHub, and keeps the answer for five minutes, or until a change is told. What is not known is private."""

    github: TelegramGitHub
    clock: Callable[[], float] = time.monotonic
    changes: HeardChanges = field(default_factory=HeardChanges)
    _kept: dict[tuple[str, int], tuple[float, bool]] = field(default_factory=dict)

    async def is_private(self, repository: KnownRepository) -> bool:
        """TransientError where GitHub does not answer."""
        if await self.changes.came():
            self._kept.clear()
        what = (repository.called, repository.number)
        until, private = self._kept.get(what, (0.0, True))
        if self.clock() < until:
            return private
        name = repository.called.partition("/")[2]
        try:
            found = await self.github.repository(repository.installation, name).info()
            private = found.private or repository.number not in (0, found.id)
        except UserError:
            private = True
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[what] = (self.clock() + _KEPT_SECONDS, private)
        return private


@dataclass(frozen=True, slots=True)
class JustAsked:
    """What somebody is in a repository at this moment: asked before anything is done. Implements `RoleSource`."""

    github: TelegramGitHub

    async def role(self, login: str, repository: KnownRepository, account: int = 0) -> Role:
        """TransientError where GitHub does not answer; what it refuses is nobody's right."""
        name = repository.called.partition("/")[2]
        try:
            asked = self.github.repository(repository.installation, name)
            if not await is_the_one(asked, repository):
                return Role.NONE
            return role_of(await asked.permission(login, account))
        except UserError:
            return Role.NONE
