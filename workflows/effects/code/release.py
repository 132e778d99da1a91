"""A draft of a release. It is deleted while it is one: what was published is for people to take back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from sandbox.errors import RollbackRefused
from sandbox.journal import JournalEntry
from workflows.effects.items import ReleaseInfo
from workflows.effects.kind import RemoteEffect, UndoContext
from workflows.journal import Journal


@runtime_checkable
class ReleaseOperations(Protocol):
    """A forge that gives out releases."""

    async def releases(self) -> list[ReleaseInfo]:
        """All of them, the newest first, drafts among them."""
        ...

    async def create_draft(self, tag: str, title: str, body: str, *, target: str) -> ReleaseInfo:
        """A draft; `target` is the commit that the tag is put at where there is none yet."""
        ...

    async def delete_release(self, release: int) -> None:
        """One that is gone is fine."""
        ...


@dataclass(frozen=True, slots=True)
class DraftRelease(RemoteEffect):
    """For `tag`; `marker` is in its body, and its result has `id`."""

    tag: str
    marker: str
    kind: ClassVar[str] = "create_release"
    undoing: ClassVar[str] = "It is deleted while it is a draft."
    needs: ClassVar[tuple[type, ...]] = (ReleaseOperations,)

    @property
    def target(self) -> str:
        return self.tag

    async def do(self, journal: Journal, forge: ReleaseOperations, title: str, body: str, *, target: str) -> int:
        """Make it, or find the one that an interrupted attempt made; its id."""
        assert self.marker in body, "a draft is found again by its marker"

        async def create() -> dict[str, object]:
            there = await self._find(forge, 0)
            return {"id": (there or await forge.create_draft(self.tag, title, body, target=target)).id}

        return int(str((await journal.do(self.effect, create))["id"]))

    async def obstacle(self, back: UndoContext, entry: JournalEntry) -> str:
        release = await self._found(back, entry)
        if release is None or release.draft:
            return ""
        return (
            f"Release {release.tag} is published, and people may use it, so it is not deleted: "
            "delete it on GitHub, or make it a draft again, where it is to be undone."
        )

    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        release = await self._found(back, entry)
        if release is None:
            return ""
        if not release.draft:
            raise RollbackRefused(f"Release {release.tag} is published, so it is not deleted.")
        assert isinstance(back.operations, ReleaseOperations)
        await back.operations.delete_release(release.id)
        return ""

    async def _found(self, back: UndoContext, entry: JournalEntry) -> ReleaseInfo | None:
        assert isinstance(back.operations, ReleaseOperations)
        return await self._find(back.operations, int(str(entry.result.get("id") or 0)))

    async def _find(self, forge: ReleaseOperations, wanted: int) -> ReleaseInfo | None:
        for one in await forge.releases():
            if one.id == wanted or (one.tag == self.tag and self.marker in one.body):
                return one
        return None
