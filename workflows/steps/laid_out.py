"""A commit of a run's repository in a tree that is there for one step alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from sandbox.trees.workspace import Workspace
from workflows.services import StepContext
from workflows.store.records import Run


@asynccontextmanager
async def laid_out(ctx: StepContext, base: str, head: str) -> AsyncIterator[tuple[Run, Workspace]]:
    """The tree of `base`, and the run as those see it that work there; `head` is kept in the mirror as well.

    Nothing of it is in the run's state. What an attempt before has left may be of another commit: it goes first.
    """
    trees = ctx.services.workspaces
    tree = await asyncio.to_thread(ctx.repository().tree_of, base)
    laid = {"laid_out_from": base, "base_commit": base, "base_tree": tree, "tip": head}
    run = replace(ctx.run, state={**ctx.run.state, **laid})
    await trees.remove(run)
    try:
        await trees.take_up(run, tree)
        yield run, await trees.of(run)
    finally:
        await trees.remove(run)
        await asyncio.to_thread(ctx.repository().pin, run.id, head)
