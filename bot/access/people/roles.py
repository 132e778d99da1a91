"""What people are in repositories, as GitHub says: asked with the App's own token, and kept for a minute.

An event of GitHub's that says that roles have changed ends what all processes keep, by a word in
the database.

Of somebody who may see many an answer is kept for longer: their lists, which are live, would else take the requests
that the work needs (GitHub gives an installation some 5,000 an hour).
No user's token is kept, so the question goes by login, and counts where the answer is about the account that was meant.
What GitHub does not answer is nobody's right: it is said that
it cannot be known now, and nothing is shown meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from bot.access.people.heard_changes import HeardChanges
from bot.github.api.models import RepositoryInfo
from workflows.errors import Gone, TransientError, UserError
from workflows.runs.principal import Role, role_of
from workflows.store.web.run_search import KnownRepository

KEPT_SECONDS = 60.0
_SECONDS_EACH, _LONGEST_SECONDS = 6.0, 1800.0
"""So that nobody who looks takes more than some 600 requests an hour; what is done is asked for each time."""
_MOST = 20_000
_AT_ONCE = 8


_What = tuple[tuple[str, int], str]
"""Who (login in lower case, account), and the name of the repository."""


class AskedRepository(Protocol):
    async def permission(self, login: str, account: int = 0) -> str: ...

    async def info(self) -> RepositoryInfo: ...


class AskedGitHub(Protocol):
    """GitHub, as far as roles are asked for there."""

    def repository(self, installation: int, full_name: str) -> AskedRepository: ...


async def is_the_one(asked: AskedRepository, repository: KnownRepository) -> bool:
    """Whether what has its name now is the repository that is meant: a name that was given up is free for another."""
    return not repository.number or (await asked.info()).id == repository.number


@dataclass(slots=True)
class GitHubRoles:
    """Implements `RoleSource`. `github` gives the client, None while no App is set up.

    With `kept_seconds` 0 each question is asked: before something is done, rather than shown.
    """

    github: Callable[[], AskedGitHub | None]
    kept_seconds: float = KEPT_SECONDS
    clock: Callable[[], float] = time.monotonic
    changes: HeardChanges = field(default_factory=HeardChanges)
    """Those that GitHub told any process of."""
    _kept: OrderedDict[_What, tuple[float, Role]] = field(default_factory=OrderedDict)
    _asking: dict[_What, asyncio.Task[Role]] = field(default_factory=dict)
    _of: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Of how many repositories it is kept what somebody is."""
    _ones: dict[tuple[str, int], tuple[float, bool]] = field(default_factory=dict)
    """Whether what has a name is the repository of that number."""
    _forgotten: int = 0
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def role(self, login: str, repository: KnownRepository, account: int = 0) -> Role:
        """TransientError where GitHub does not answer. `account` is as in `RoleSource`."""
        if await self.changes.came():
            self.forget()
        what = ((login.lower(), account), repository.called)
        until, role = self._kept.get(what, (0.0, Role.NONE))
        if self.clock() < until:
            return role
        task, before = self._asking.get(what), self._forgotten
        if task is None:
            task = self._asking[what] = asyncio.create_task(self._ask(login, repository, account))
            task.add_done_callback(lambda done: self._done(what, done))
        role = await asyncio.shield(task)
        if self._forgotten != before:  # it may have been said before the change
            return await self.role(login, repository, account)
        if self.kept_seconds:
            self._keep(what, role)
        return role

    def _keep(self, what: _What, role: Role) -> None:
        self._of[what[0]] += what not in self._kept
        seconds = max(self.kept_seconds, min(_SECONDS_EACH * self._of[what[0]], _LONGEST_SECONDS))
        self._kept[what] = (self.clock() + seconds, role)
        self._kept.move_to_end(what)
        while len(self._kept) > _MOST:
            (who, _), _ = self._kept.popitem(last=False)
            self._of[who] -= 1

    def _done(self, what: _What, task: asyncio.Task[Role]) -> None:
        if self._asking.get(what) is task:
            del self._asking[what]

    def forget(self) -> None:
        """Somebody's rights have changed: ask anew."""
        self._kept.clear()
        self._of.clear()
        self._ones.clear()
        self._asking.clear()
        self._forgotten += 1

    async def _is_the_one(self, asked: AskedRepository, repository: KnownRepository) -> bool:
        """As `is_the_one`; for many people the same is asked once."""
        what = (repository.called, repository.number)
        until, same = self._ones.get(what, (0.0, False))
        if self.clock() < until:
            return same
        same = await is_the_one(asked, repository)
        if self.kept_seconds:
            if len(self._ones) >= _MOST:
                self._ones.clear()
            self._ones[what] = (self.clock() + self.kept_seconds, same)
        return same

    async def _ask(self, login: str, repository: KnownRepository, account: int) -> Role:
        github = self.github()
        if github is None or not login or not repository.installation:
            return Role.NONE
        name = repository.called.partition("/")[2]
        try:
            async with self._turn:
                asked = github.repository(repository.installation, name)
                if not await self._is_the_one(asked, repository):
                    return Role.NONE
                return role_of(await asked.permission(login, account))
        except Gone:
            return Role.NONE
        except UserError as error:
            raise TransientError(f"GitHub does not say who may read {name}: {error.sentence}") from error
