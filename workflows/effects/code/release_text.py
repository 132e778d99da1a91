"""The text of a draft that was there, and its publication. A text becomes what it was; what is out stays out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from sandbox.journal import JournalEntry
from workflows.effects.code.release import ReleaseOperations
from workflows.effects.items import ReleaseInfo
from workflows.effects.kind import RemoteEffect, UndoContext, digest
from workflows.errors import NotFound
from workflows.journal import Journal


@runtime_checkable
class ReleaseTexts(ReleaseOperations, Protocol):
    """A forge on which drafts of releases can be written in, and published."""

    async def update_release(self, release: int, *, body: str | None = None, draft: bool | None = None) -> ReleaseInfo:
        """Change what is given; NotFound where it is gone."""
        ...


@dataclass(frozen=True, slots=True)
class WriteRelease(RemoteEffect):
    """Of draft `release` for `tag`: `before` is its text until then, `after` the digest of the new one."""

    release: int
    tag: str
    before: str
    after: str
    kind: ClassVar[str] = "write_release"
    undoing: ClassVar[str] = "It becomes what it was, where nobody edited it since."
    needs: ClassVar[tuple[type, ...]] = (ReleaseTexts,)

    @property
    def target(self) -> str:
        return self.tag

    async def do(self, journal: Journal, forge: ReleaseTexts, body: str) -> None:
        async def write() -> None:
            await forge.update_release(self.release, body=body)

        await journal.do(self.effect, write)

    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        assert isinstance(back.operations, ReleaseTexts)
        found = next((one for one in await back.operations.releases() if one.id == self.release), None)
        if found is None or digest(found.body) == digest(self.before):
            return ""
        if not found.draft:
            return f"Release {self.tag} is published, so its text stays."
        if digest(found.body) != self.after:
            return f"Somebody edited the draft of {self.tag} meanwhile, so its text stays."
        try:
            await back.operations.update_release(self.release, body=self.before)
        except NotFound:
            return ""
        return ""


@dataclass(frozen=True, slots=True)
class PublishRelease(RemoteEffect):
    """Of draft `release` for `tag`. People may use it from then on, so it is never taken back."""

    release: int
    tag: str
    kind: ClassVar[str] = "publish_release"
    undoing: ClassVar[str] = "It stays published."
    needs: ClassVar[tuple[type, ...]] = (ReleaseTexts,)

    @property
    def target(self) -> str:
        return self.tag

    async def do(self, journal: Journal, forge: ReleaseTexts) -> None:
        async def publish() -> None:
            await forge.update_release(self.release, draft=False)

        await journal.do(self.effect, publish)

    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        assert isinstance(back.operations, ReleaseTexts)
        out = any(one.id == self.release and not one.draft for one in await back.operations.releases())
        return f"Release {self.tag} is published, and stays so: people may use it." if out else ""
