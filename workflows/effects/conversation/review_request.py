"""A request for somebody's review. It is withdrawn where it still stands, and nobody else made it since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from sandbox.journal import JournalEntry
from workflows.effects.items import ActInfo, PullInfo
from workflows.effects.kind import RemoteEffect, UndoContext
from workflows.errors import NotFound, Refused
from workflows.journal import Journal


@runtime_checkable
class ReviewerOperations(Protocol):
    """A forge on which people are asked for reviews."""

    def is_me(self, login: str) -> bool: ...

    async def pull(self, number: int) -> PullInfo:
        """NotFound where there is none."""
        ...

    async def acts(self, number: int) -> list[ActInfo]:
        """Who asked whom for a review, oldest first."""
        ...

    async def request_reviewers(self, number: int, *logins: str) -> bool:
        """False where one of them cannot be asked."""
        ...

    async def withdraw_request(self, number: int, login: str) -> None:
        """One who was not asked is fine."""
        ...


@dataclass(frozen=True, slots=True)
class RequestReview(RemoteEffect):
    """Of #`number`, which `login` was not asked for yet."""

    number: int
    login: str
    kind: ClassVar[str] = "request_review"
    undoing: ClassVar[str] = "It is withdrawn where it still stands."
    needs: ClassVar[tuple[type, ...]] = (ReviewerOperations,)

    @property
    def target(self) -> str:
        return f"#{self.number}"

    async def do(self, journal: Journal, pull: PullInfo, forge: ReviewerOperations) -> None:
        """Ask, unless that stands already by somebody else. Refused where they cannot be asked."""
        known = {login.lower() for login in (*pull.reviewers, pull.author.login)}
        if self.login.lower() in known and not await self.begun(journal):
            return

        async def ask() -> None:
            if not await forge.request_reviewers(self.number, self.login):
                raise Refused(f"{self.login} cannot be asked for a review.")

        await journal.do(self.effect, ask)

    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        forge = back.operations
        assert isinstance(forge, ReviewerOperations)
        try:
            pull = await forge.pull(self.number)
        except NotFound:
            return ""
        if self.login.lower() not in {one.lower() for one in pull.reviewers}:
            return ""
        last = {act.reviewer.lower(): act.by for act in await forge.acts(self.number) if act.reviewer}
        if not forge.is_me(last.get(self.login.lower(), "")):
            return f"Somebody else asked {self.login} for a review of #{self.number} meanwhile."
        await forge.withdraw_request(self.number, self.login)
        return ""
