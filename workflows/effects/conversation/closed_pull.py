"""An open pull request of ours that was closed, with a word why. It is opened again, where it is closed still."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sandbox.journal import JournalEntry
from workflows.effects.conversation.pull import PullOperations, pull_of, pulls_of
from workflows.effects.kind import RemoteEffect, UndoContext
from workflows.errors import Gone, Refused
from workflows.journal import Journal


@dataclass(frozen=True, slots=True)
class ClosePull(RemoteEffect):
    """#`number`, under which `marker` is in a comment that says why."""

    number: int
    marker: str
    kind: ClassVar[str] = "close_pull"
    undoing: ClassVar[str] = "It is opened again, where it is closed still; the comment goes."
    needs: ClassVar[tuple[type, ...]] = (PullOperations,)

    @property
    def target(self) -> str:
        return f"#{self.number}"

    async def do(self, journal: Journal, pulls: PullOperations, why: str) -> None:
        """Say it, once, and close it."""

        async def close() -> None:
            if await pulls.find_comment(self.number, self.marker) is None:
                await pulls.comment(self.number, f"{self.marker}\n{why}")
            await pulls.update_pull(self.number, state="closed")

        await journal.do(self.effect, close)

    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        pulls = pulls_of(back)
        pull = await pull_of(pulls, self.number)
        said = await pulls.find_comment(self.number, self.marker)
        if pull is None or said is None:  # it was never closed, or that is taken back
            return ""
        if pull.state == "closed" and not pull.merged:
            try:
                await pulls.update_pull(self.number, state="open")
            except (Refused, Gone):
                return f"Pull request #{self.number} cannot be opened again."
        await pulls.delete_comment(said.id)
        return ""
