"""A branch of ours that was put elsewhere, since the base that it began at was rewritten.

What was taken out of the base must not live on in our branch, so that one does not go forward: it leaves what it was
at. That is never undone by bringing back what it left.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar

from sandbox.journal import JournalEntry
from workflows.effects.code.branch import CreateBranch, OnBranch, obstacle_on, protected
from workflows.effects.kind import UndoContext
from workflows.journal import Journal


@dataclass(frozen=True, slots=True)
class RestartBranch(OnBranch):
    """From `before`, which held nothing but what this run made, to `after`, which may lack all of it."""

    before: str
    after: str
    kind: ClassVar[str] = "restart_branch"
    undoing: ClassVar[str] = "It stays: what the branch left was taken out of the base."

    @property
    def head(self) -> str:
        return self.after

    @property
    def commits(self) -> frozenset[str]:
        return frozenset({self.before, self.after})

    async def do(self, journal: Journal, move: Callable[[], Awaitable[None]]) -> None:
        """`move` names the head that it expects."""
        await journal.do(self.effect, move)

    async def obstacle(self, back: UndoContext, entry: JournalEntry) -> str:
        return await obstacle_on(back, self.branch) or await protected(back, self.branch, deleting=False)

    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        if back.goes_too(lambda one: isinstance(one.effect, CreateBranch) and one.effect.branch == self.branch):
            return ""
        return f"Branch {self.branch} was not put back on what its base was before somebody rewrote that."
