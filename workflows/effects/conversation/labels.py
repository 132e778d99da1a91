"""Labels that an issue or pull request did not have. They are removed, unless somebody else put them on since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from sandbox.journal import JournalEntry
from workflows.effects.items import ActInfo
from workflows.effects.kind import RemoteEffect, UndoContext
from workflows.errors import NotFound
from workflows.journal import Journal


@runtime_checkable
class LabelOperations(Protocol):
    """A forge that has labels. NotFound where there is no such issue."""

    def is_me(self, login: str) -> bool: ...

    async def labels(self, number: int) -> tuple[str, ...]: ...

    async def add_labels(self, number: int, *labels: str) -> None:
        """Those that are there already are fine."""
        ...

    async def remove_label(self, number: int, label: str) -> None:
        """One that is not there is fine."""
        ...

    async def acts(self, number: int) -> list[ActInfo]:
        """Who put which label there, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class AddLabels(RemoteEffect):
    """On #`number`."""

    number: int
    labels: tuple[str, ...]
    kind: ClassVar[str] = "add_labels"
    undoing: ClassVar[str] = "They are removed, unless somebody put them on since."
    needs: ClassVar[tuple[type, ...]] = (LabelOperations,)

    @property
    def target(self) -> str:
        return f"#{self.number}"

    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        """A label that somebody put there again after us is theirs."""
        forge = back.operations
        assert isinstance(forge, LabelOperations)
        try:
            there = {name.lower() for name in await forge.labels(self.number)}
            last = {act.label.lower(): act.by for act in await forge.acts(self.number) if act.label}
        except NotFound:
            return ""
        theirs = [name for name in self.labels if not forge.is_me(last.get(name.lower(), ""))]
        kept = [name for name in theirs if name.lower() in there]
        for name in self.labels:
            if name.lower() in there and name not in theirs:
                await forge.remove_label(self.number, name)
        return f"Somebody else put on #{self.number}: {', '.join(kept)}. That stays." if kept else ""


async def put_on_before(number: int, journal: Journal) -> tuple[str, ...]:
    """The labels that an attempt before at this step has put on #`number`, or was about to: those there are ours."""
    made = await AddLabels(number, ()).earlier(journal)
    return AddLabels.read(made).labels if made else ()


async def add_missing(
    number: int, there: Sequence[str], wanted: Sequence[str], journal: Journal, forge: LabelOperations
) -> None:
    """Have the wanted labels on #`number`, on which `there` are; ours are those that it did not have before."""
    missing = [label for label in wanted if label not in there]
    begun = await AddLabels(number, tuple(missing)).begun(journal)
    before = AddLabels.read(begun).labels if begun else ()
    added = tuple(dict.fromkeys([*before, *missing]))
    if added:
        await journal.do(AddLabels(number, added).effect, lambda: forge.add_labels(number, *missing))
