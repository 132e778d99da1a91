"""A comment on a file of a change as a whole. It is deleted unless somebody edited or answered it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, Self, runtime_checkable

from sandbox.journal import JournalEntry
from workflows.effects.conversation.comment import CommentOperations
from workflows.effects.items import CodeComment
from workflows.effects.kind import RemoteEffect, UndoContext, digest
from workflows.errors import NotFound
from workflows.journal import Journal


@runtime_checkable
class FileCommentOperations(CommentOperations, Protocol):
    """A forge on which files of a change can be talked about."""

    async def code_comments(self, number: int) -> list[CodeComment]: ...

    async def comment_on_file(self, number: int, commit: str, path: str, body: str) -> int:
        """Its id, which a lost answer does not make two. Refused with status 422 where none can stand there."""
        ...

    async def delete_code_comment(self, comment: int) -> None:
        """One that is gone is fine."""
        ...


@dataclass(frozen=True, slots=True)
class CommentOnFile(RemoteEffect):
    """On `path` of #`number`; `marker` is in its body, of which `digest` is known, and its result has `id`."""

    number: int
    path: str
    marker: str
    digest: str
    kind: ClassVar[str] = "comment_on_file"
    undoing: ClassVar[str] = "It is deleted, unless somebody edited or answered it."
    needs: ClassVar[tuple[type, ...]] = (FileCommentOperations,)

    @classmethod
    def of(cls, number: int, path: str, marker: str, body: str) -> Self:
        assert marker in body, "a comment is found again by its marker"
        return cls(number, path, marker, digest(body))

    @property
    def target(self) -> str:
        return f"#{self.number} {self.path}"

    async def do(self, journal: Journal, forge: FileCommentOperations, body: str, *, commit: str) -> None:
        """Post it, or find the one that an interrupted attempt posted. Refused with status 422 where none can stand."""

        async def post() -> dict[str, object]:
            there = await self.find(forge)
            return {"id": there.id if there else await forge.comment_on_file(self.number, commit, self.path, body)}

        await journal.do(self.effect, post)

    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        forge = back.operations
        assert isinstance(forge, FileCommentOperations)
        try:
            said = await forge.code_comments(self.number)
        except NotFound:
            return ""
        found = next((one for one in said if self._is_it(forge, one)), None)
        if found is None:
            return ""
        if digest(found.body) != self.digest:
            return f"Somebody edited the comment {found.url} meanwhile, so it stays."
        if any(one.thread == found.id != one.id for one in said):
            return f"Somebody answered the comment {found.url}, so it stays."
        await forge.delete_code_comment(found.id)
        return ""

    async def find(self, forge: FileCommentOperations) -> CodeComment | None:
        """The comment, None where there is none."""
        return next((one for one in await forge.code_comments(self.number) if self._is_it(forge, one)), None)

    def _is_it(self, forge: FileCommentOperations, comment: CodeComment) -> bool:
        return self.marker in comment.body and forge.is_me(comment.author.login)
