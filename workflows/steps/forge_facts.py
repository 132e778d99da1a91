"""What a forge may know beside branches and pull requests; a repository on this machine knows none of it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from workflows.services import StepContext


@runtime_checkable
class BranchNames(Protocol):
    """A forge on which branches are renamed, and that remembers it."""

    async def new_name(self, branch: str) -> str:
        """What a branch is called by now, "" where there is no such branch and never was."""
        ...


def facts_of(ctx: StepContext) -> object:
    """What the run's forge knows: it fulfils those of these protocols that it has such things for."""
    return ctx.forge.operations(ctx.run.id)
