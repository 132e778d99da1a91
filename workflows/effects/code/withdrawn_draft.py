"""A draft of a release that was deleted, with what it takes to make one like it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from sandbox.journal import JournalEntry
from workflows.effects.code.release import ReleaseOperations
from workflows.effects.items import ReleaseInfo
from workflows.effects.kind import RemoteEffect, UndoContext, digest
from workflows.journal import Journal


@dataclass(frozen=True, slots=True)
class DeleteDraft(RemoteEffect):
    """Draft `release` for `tag`, with its title and text; `at` is where its tag was to be put."""

    release: int
    tag: str
    title: str
    body: str
    at: str
    kind: ClassVar[str] = "delete_release"
    undoing: ClassVar[str] = "A draft like it is made, where there is no release of that tag by now."
    needs: ClassVar[tuple[type, ...]] = (ReleaseOperations,)

    @classmethod
    def of(cls, draft: ReleaseInfo) -> Self:
        assert draft.draft, "what is published is never deleted"
        return cls(draft.id, draft.tag, draft.title, draft.body, draft.target)

    @property
    def target(self) -> str:
        return self.tag

    async def do(self, journal: Journal, forge: ReleaseOperations) -> None:
        async def delete() -> None:
            await forge.delete_release(self.release)

        await journal.do(self.effect, delete)

    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        forge = back.operations
        assert isinstance(forge, ReleaseOperations)
        there = [one for one in await forge.releases() if one.id == self.release or one.tag == self.tag]
        if any(one.id == self.release or (one.draft and digest(one.body) == digest(self.body)) for one in there):
            return ""  # it was never deleted, or was made again already
        if there:
            return f"There is another release of {self.tag} by now, so its draft is not made again."
        await forge.create_draft(self.tag, self.title, self.body, target=self.at)
        return ""
