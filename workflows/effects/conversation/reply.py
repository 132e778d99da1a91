"""An answer in a thread of comments on code. It is deleted unless somebody edited it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from sandbox.journal import JournalEntry
from workflows.effects.conversation.comment import CommentOperations
from workflows.effects.items import CodeComment
from workflows.effects.kind import RemoteEffect, UndoContext, digest
from workflows.journal import Journal


@runtime_checkable
class ReplyOperations(CommentOperations, Protocol):
    """A forge on which threads on code can be answered."""

    async def code_comments(self, number: int) -> list[CodeComment]: ...

    async def reply(self, number: int, thread: int, body: str) -> int:
        """Answer the thread that a comment begins; the id of the answer, which a lost answer does not make two."""
        ...

    async def delete_code_comment(self, comment: int) -> None:
        """One that is gone is fine."""
        ...


@dataclass(frozen=True, slots=True)
class ReplyInThread(RemoteEffect):
    """On #`number`, to the comment `thread`; `marker` is in its body, of which `digest` is known."""

    number: int
    thread: int
    marker: str
    digest: str
    kind: ClassVar[str] = "reply_in_thread"
    undoing: ClassVar[str] = "It is deleted, unless somebody edited it."
    needs: ClassVar[tuple[type, ...]] = (ReplyOperations,)

    @property
    def target(self) -> str:
        return f"#{self.number} thread {self.thread}"

    async def do(self, journal: Journal, forge: ReplyOperations, body: str) -> None:
        assert self.marker in body, "an answer is found again by its marker"

        async def reply() -> dict[str, object]:
            there = await self._find(forge)
            return {"id": await forge.reply(self.number, self.thread, body) if there is None else there.id}

        await journal.do(self.effect, reply)

    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        assert isinstance(back.operations, ReplyOperations)
        found = await self._find(back.operations)
        if found is None:
            return ""
        if digest(found.body) != self.digest:
            return f"Somebody edited the answer {found.url} meanwhile, so it stays."
        await back.operations.delete_code_comment(found.id)
        return ""

    async def _find(self, forge: ReplyOperations) -> CodeComment | None:
        said = await forge.code_comments(self.number)
        ours = (one for one in said if forge.is_me(one.author.login))
        return next((one for one in ours if one.thread == self.thread and self.marker in one.body), None)
