"""What a slash command is given: its words, and the comment that they stand in with all that it can reach."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bot.effective import EffectiveConfig
from workflows.errors import TransientError, UserError
from workflows.runs.approval import Seen
from workflows.runs.control import Asker, Runs
from workflows.runs.principal import Principal, Role, role_of
from workflows.store.database import Store
from workflows.store.records import Run
from workflows.values import Spent

if TYPE_CHECKING:
    from workflows.services import Services  # the table of commands is read by pages, which open no boxes

log = logging.getLogger(__name__)

_ACKNOWLEDGING_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Call:
    """A command as somebody wrote it; `name` is in lower case, without the slash, and may be unknown."""

    name: str
    arguments: str = ""

    def __str__(self) -> str:
        return f"/{self.name} {self.arguments}".rstrip()


class CommandPlace(Protocol):
    """The repository, as commands need it."""

    async def permission(self, login: str, account: int = 0) -> str: ...

    async def react(self, content: str, *, comment: int = 0, issue: int = 0) -> None: ...

    async def comment(self, number: int, body: str) -> int: ...

    async def find_comment(self, number: int, marker: str) -> object | None: ...


class StartWorkflow(Protocol):
    """Starts a run of a workflow on what was commented on, or gives back the one at work on it.

    What it starts must carry `{"comment": the comment's id}` among its inputs: by that a
    command that is carried out twice (after a crash) knows its own run.
    """

    async def __call__(self, *, workflow: str, role: Role, hint: str, approve: bool = False) -> Run: ...


@dataclass(frozen=True, slots=True)
class CommandContext:
    """One comment, and what commands in it can reach. `repository` is the one of runs ("github.com/owner/name")."""

    place: CommandPlace
    repository: str
    number: int
    comment: int
    login: str
    store: Store
    start: StartWorkflow
    link: Callable[[Run], Awaitable[str]]
    """The address of a run's progress comment, "" while it has none."""
    runs: Runs
    services: Services
    reference: str = ""
    """What the comment is known by in the audit log: the same when its delivery is handled once more."""
    written_at: float = 0.0
    """Seconds since the epoch, by GitHub's clock; 0 where it is not known."""
    digest: str = ""
    """Of the issue as it was when the comment was written; "" on a pull request."""
    most_usd: float | None = None
    """What a run's budget may be raised to."""
    need_price: Callable[[Run, Spent], object] = lambda run, spent: None
    """Raises ModelError where no price is known of what the run calls, so that no budget would bind it."""
    effective: Callable[[], Awaitable[EffectiveConfig]] | None = None
    """What holds in the repository at this moment; None where that cannot be said."""
    account: int = 0
    """GitHub's number of whoever wrote the comment; 0 where it is not known."""
    role: Role = Role.NONE
    """What whoever wrote the comment is in the repository, as soon as GitHub was asked."""

    @property
    def seen(self) -> Seen:
        return Seen(self.written_at, self.digest)

    def principal(self, call: Call | None = None) -> Principal:
        """Who asks for this; the same where it is carried out twice."""
        reference = self.reference if call is None else f"{self.reference} {call}"
        return Principal(self.login, "github", self.role, self.repository, reference, account=self.account)

    async def role_now(self) -> Role:
        """What GitHub says at this moment that whoever wrote the comment is."""
        return role_of(await self.place.permission(self.login, self.account))

    def asker(self, call: Call) -> Asker:
        return self.principal(call).asker


Handler = Callable[[Call, CommandContext], Awaitable[str]]
"""Does it, and returns what is answered in words; "" where what happens is the answer."""


async def acknowledge(place: CommandPlace, comment: int) -> None:
    """Show that a comment was seen.

    Nothing depends on it: where GitHub does not take the reaction (the conversation is locked, the
    comment was deleted meanwhile, we may say nothing for a while), what was asked is done all the same.
    """
    try:
        async with asyncio.timeout(_ACKNOWLEDGING_SECONDS):
            await place.react("eyes", comment=comment)
    except (UserError, TransientError, TimeoutError) as error:
        log.info("comment %d could not be acknowledged: %s", comment, error or "it took too long")
