"""Effects taken back one by one, with nothing around them but a forge."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.git.history import Person
from sandbox.git.repository import Repository
from sandbox.journal import JournalEntry, Where
from sandbox.trees.rebuild import ROLLBACK
from tests.fakes.memory_ledger import MemoryLedger
from workflows.effects.kind import JournaledEffect, UndoContext
from workflows.effects.table import known
from workflows.effects.undoer import EffectUndoer
from workflows.journal import Journal
from workflows.ports import Forge


def undoer(
    forge: Forge, run_id: str, entries: Sequence[JournalEntry] = (), together: Sequence[JournalEntry] = ()
) -> EffectUndoer:
    """Of a run whose journal holds these entries; it has no mirror."""

    async def recorded() -> list[JournaledEffect]:
        return known(entries)

    def no_repository() -> Repository:
        raise AssertionError("nothing here is taken back by git")

    return EffectUndoer(
        UndoContext(
            run_id=run_id,
            forge=forge,
            operations=forge.operations(run_id),
            journal=Journal(MemoryLedger(), Where(run_id, ROLLBACK)),
            recorded=recorded,
            together=known(together),
            repository=no_repository,
            author=Person("Bot", "bot@example.org"),
            in_use=lambda branch: "",
        )
    )
