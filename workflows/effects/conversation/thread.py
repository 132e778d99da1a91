"""A thread of ours that was resolved since what it speaks of is mended, or opened again since that came back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from sandbox.journal import JournalEntry
from workflows.effects.kind import RemoteEffect, UndoContext
from workflows.journal import Journal


@runtime_checkable
class ThreadOperations(Protocol):
    """A forge on which threads of comments on code can be resolved."""

    async def resolve_thread(self, thread: str, resolved: bool = True) -> None:
        """One that is so already, or gone, is fine."""
        ...


@dataclass(frozen=True, slots=True)
class ResolveThread(RemoteEffect):
    """Of #`number`; `thread` is the forge's name for it."""

    number: int
    thread: str
    kind: ClassVar[str] = "resolve_thread"
    undoing: ClassVar[str] = "It is opened again."
    needs: ClassVar[tuple[type, ...]] = (ThreadOperations,)

    @property
    def target(self) -> str:
        return f"#{self.number} {self.thread}"

    async def do(self, journal: Journal, threads: ThreadOperations) -> None:
        async def resolve() -> None:
            await threads.resolve_thread(self.thread)

        await journal.do(self.effect, resolve)

    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        assert isinstance(back.operations, ThreadOperations)
        await back.operations.resolve_thread(self.thread, False)
        return ""


@dataclass(frozen=True, slots=True)
class ReopenThread(RemoteEffect):
    """Of #`number`; `thread` is the forge's name for one that we had resolved."""

    number: int
    thread: str
    kind: ClassVar[str] = "reopen_thread"
    undoing: ClassVar[str] = "It is resolved again."
    needs: ClassVar[tuple[type, ...]] = (ThreadOperations,)

    @property
    def target(self) -> str:
        return f"#{self.number} {self.thread}"

    async def do(self, journal: Journal, threads: ThreadOperations) -> None:
        async def reopen() -> None:
            await threads.resolve_thread(self.thread, False)

        await journal.do(self.effect, reopen)

    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        assert isinstance(back.operations, ThreadOperations)
        await back.operations.resolve_thread(self.thread)
        return ""
