"""The type that an organisation's issues have. It is taken off where it is still the one that we gave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from sandbox.journal import JournalEntry
from workflows.effects.items import ActInfo
from workflows.effects.kind import RemoteEffect, UndoContext
from workflows.errors import NotFound, Refused
from workflows.journal import Journal


@runtime_checkable
class IssueTypeOperations(Protocol):
    """A forge whose issues have one type each. NotFound where there is no such issue."""

    def is_me(self, login: str) -> bool: ...

    async def issue_type(self, number: int) -> str:
        """ "" where it has none."""
        ...

    async def set_issue_type(self, number: int, name: str) -> str:
        """Give it a type, or with "" none; the one that it has then, since a forge may pass over the wish."""
        ...

    async def acts(self, number: int) -> list[ActInfo]:
        """Who gave it which type, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class SetIssueType(RemoteEffect):
    """Of #`number`, which had none."""

    number: int
    name: str
    kind: ClassVar[str] = "set_issue_type"
    undoing: ClassVar[str] = "It is taken off, unless somebody gave it one since."
    needs: ClassVar[tuple[type, ...]] = (IssueTypeOperations,)

    @property
    def target(self) -> str:
        return f"#{self.number}"

    async def do(self, journal: Journal, forge: IssueTypeOperations) -> bool:
        """Whether it has that type by us; one that somebody gave it stays. Refused where the forge does not take it."""
        there = await forge.issue_type(self.number)
        if there and not (there.lower() == self.name.lower() and await self.earlier(journal)):
            return False

        async def put_on() -> None:
            if (await forge.set_issue_type(self.number, self.name)).lower() != self.name.lower():
                raise Refused("GitHub passed over the issue's type.")

        await journal.do(self.effect, put_on)
        return True

    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        forge = back.operations
        assert isinstance(forge, IssueTypeOperations)
        try:
            there = await forge.issue_type(self.number)
            by = [act.by for act in await forge.acts(self.number) if act.type]
        except NotFound:
            return ""
        if not there:
            return ""
        if there.lower() != self.name.lower() or (by and not forge.is_me(by[-1])):
            return f"Somebody else gave #{self.number} the type {there}. That stays."
        await forge.set_issue_type(self.number, "")
        return ""
