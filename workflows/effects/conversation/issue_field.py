"""What was chosen in a field that an organisation's issues have. It is cleared where it is still what we chose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from sandbox.journal import JournalEntry
from workflows.effects.items import FieldValue
from workflows.effects.kind import RemoteEffect, UndoContext
from workflows.errors import NotFound, Refused
from workflows.journal import Journal


@runtime_checkable
class IssueFieldOperations(Protocol):
    """A forge whose issues have fields with options. NotFound where there is no such issue, or it has no fields."""

    async def field_values(self, number: int) -> tuple[FieldValue, ...]:
        """What was chosen on an issue."""
        ...

    async def set_field(self, number: int, field: int, option: str) -> None:
        """Choose an option; one that the field does not have is refused."""
        ...

    async def clear_field(self, number: int, field: int) -> None:
        """One in which nothing is chosen is fine."""
        ...


@dataclass(frozen=True, slots=True)
class SetIssueField(RemoteEffect):
    """Of #`number`: `option` in the field that has the id `field` and is called `name`, where nothing was chosen."""

    number: int
    field: int
    name: str
    option: str
    kind: ClassVar[str] = "set_issue_field"
    undoing: ClassVar[str] = "It is cleared, unless somebody chose something else since."
    needs: ClassVar[tuple[type, ...]] = (IssueFieldOperations,)

    @property
    def target(self) -> str:
        return f"{self.name} of #{self.number}"

    async def do(self, journal: Journal, forge: IssueFieldOperations) -> bool:
        """Whether it is chosen by us; what somebody chose stays. Refused where the forge does not take it."""
        there = await _chosen(forge, self.number, self.field)
        if there and not (there == self.option and await self.earlier(journal)):
            return False

        async def choose() -> None:
            await forge.set_field(self.number, self.field, self.option)
            if await _chosen(forge, self.number, self.field) != self.option:
                raise Refused(f"GitHub passed over the field {self.name}.")

        await journal.do(self.effect, choose)
        return True

    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        forge = back.operations
        assert isinstance(forge, IssueFieldOperations)
        try:
            there = await _chosen(forge, self.number, self.field)
        except NotFound:
            return ""
        if there and there != self.option:
            return f"Somebody else chose {there} as {self.target}. That stays."
        if there:
            await forge.clear_field(self.number, self.field)
        return ""


async def _chosen(forge: IssueFieldOperations, number: int, field: int) -> str:
    return next((one.option for one in await forge.field_values(number) if one.field == field), "")
