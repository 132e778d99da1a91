"""Takes back what a run did outside of its tree, each effect as its kind does that, through the forge of the run."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.errors import RollbackRefused
from sandbox.journal import JournalEntry
from workflows.effects.kind import RemoteEffect, UndoContext
from workflows.effects.table import read


@dataclass(frozen=True, slots=True)
class EffectUndoer:
    """An `Undoer` of one run. What is gone already counts as undone."""

    back: UndoContext

    async def obstacle(self, entry: JournalEntry) -> str:
        """Also where this version, or this forge, does not know such a thing: then nothing at all is undone."""
        try:
            effect = self._effect(entry)
        except RollbackRefused as refused:
            return str(refused)
        return await effect.obstacle(self.back, entry)

    async def undo(self, entry: JournalEntry) -> str:
        return await self._effect(entry).undo(self.back, entry)

    async def keep(self, entry: JournalEntry) -> None:
        try:
            effect = self._effect(entry)
        except RollbackRefused:  # what nobody knows is a person's already
            return
        await effect.hand_over(self.back, entry)

    def _effect(self, entry: JournalEntry) -> RemoteEffect:
        assert entry.effect is not None, "files are not undone here"
        effect = read(entry.effect)
        if effect.needs and not isinstance(self.back.operations, effect.needs):
            raise RollbackRefused(f"It is not known how to undo {effect.kind!r} ({effect.target}) where this run is.")
        return effect
