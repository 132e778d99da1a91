"""The workspaces of runs, as the walker needs them: marks, and a tree that is brought to one."""

from __future__ import annotations

from typing import Protocol

from workflows.store.records import Run


class RunTrees(Protocol):
    """The workspaces of runs. A run without one has the mark ""."""

    async def mark(self, run: Run) -> str:
        """The last one that was recorded, wherever the run was then."""
        ...

    async def take_up(self, run: Run, mark: str) -> None:
        """Have the tree here as a step is to find it: exactly that mark.

        Whatever a step that died here left in it goes, and what the run did elsewhere comes.
        """
        ...

    async def record(self, run: Run, step: str, attempt: int) -> str:
        """Journal whatever changed since the last record; returns the mark of the tree as it is."""
        ...
