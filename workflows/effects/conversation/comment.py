"""A comment on an issue or pull request. It is deleted unless somebody edited it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, Self, runtime_checkable

from sandbox.journal import JournalEntry
from workflows.effects.items import CommentInfo
from workflows.effects.kind import RemoteEffect, UndoContext, digest
from workflows.errors import NotFound
from workflows.journal import Journal


@runtime_checkable
class CommentOperations(Protocol):
    """A forge on which things are talked about."""

    def is_me(self, login: str) -> bool:
        """Whether that is what we are called there."""
        ...

    async def comment(self, number: int, body: str) -> int:
        """Post one; its id. An answer that is lost does not make it two."""
        ...

    async def find_comment(self, number: int, marker: str) -> CommentInfo | None:
        """Our own one that holds the marker."""
        ...

    async def read_comment(self, comment: int) -> CommentInfo:
        """NotFound where somebody deleted it."""
        ...

    async def delete_comment(self, comment: int) -> None:
        """One that is gone is fine."""
        ...


@dataclass(frozen=True, slots=True)
class PostComment(RemoteEffect):
    """On #`number`; `marker` is in its body, of which `digest` is known, and its result has `id`."""

    number: int
    marker: str
    digest: str
    kind: ClassVar[str] = "post_comment"
    undoing: ClassVar[str] = "It is deleted, unless somebody edited it."
    needs: ClassVar[tuple[type, ...]] = (CommentOperations,)

    @classmethod
    def of(cls, number: int, marker: str, body: str) -> Self:
        assert marker in body, "a comment is found again by its marker"
        return cls(number, marker, digest(body))

    @property
    def target(self) -> str:
        return f"#{self.number}"

    async def do(self, journal: Journal, comments: CommentOperations, body: str) -> int:
        """Post it, or find the one that an interrupted attempt posted; its id."""

        async def post() -> dict[str, object]:
            there = await comments.find_comment(self.number, self.marker)
            return {"id": await comments.comment(self.number, body) if there is None else there.id}

        return int(str((await journal.do(self.effect, post))["id"]))

    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        comments = back.operations
        assert isinstance(comments, CommentOperations)
        found = await self._find(comments, entry)
        if found is None:
            return ""
        if digest(found.body) != self.digest or not comments.is_me(found.author.login):
            return f"Somebody edited the comment {found.url} meanwhile, so it stays."
        await comments.delete_comment(found.id)
        return ""

    async def _find(self, comments: CommentOperations, entry: JournalEntry) -> CommentInfo | None:
        number = int(str(entry.result.get("id") or 0))
        try:
            return await (comments.read_comment(number) if number else comments.find_comment(self.number, self.marker))
        except NotFound:
            return None
