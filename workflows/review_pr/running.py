"""Running the repository's own checks on base and head, where it allows that: what fails anew is a finding."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from sandbox.errors import SandboxUnavailable, TreeRefused
from sandbox.trees.workspace import Workspace
from workflows.checks.plan import commands
from workflows.checks.verify import LIMITS, verify
from workflows.definition import Done, Result
from workflows.review_pr.proven import said_of
from workflows.review_pr.state import BASE, CHECKS, HEAD, RULES, UNRUN
from workflows.services import StepContext
from workflows.steps.change import config_at
from workflows.steps.steered import steered
from workflows.store.records import Run
from workflows.values import Verification, to_json


async def run_checks(ctx: StepContext) -> Result:
    """Tests, lint, types and the repository's own checks, found and configured by the base alone.

    Where nothing may or can be run the review goes on, and says so.
    """
    if why := str(ctx.state.get(UNRUN) or ""):
        return _unrun(why)
    try:
        async with _laid_out(ctx) as (run, workspace):
            found = await _verified(ctx, run, workspace)
    except (SandboxUnavailable, TreeRefused) as error:
        return _unrun(error.sentence.rstrip("."))
    if found is None:
        return _unrun("no command was found that checks anything here")
    return Done({CHECKS.key: {"verification": to_json(found)}}, said_of(found)[:300])


async def _verified(ctx: StepContext, run: Run, workspace: Workspace) -> Verification | None:
    from sandbox.detect import detect  # it is large, and who only acts on runs takes no step

    repository = ctx.repository()
    rules = await asyncio.to_thread(config_at, repository, ctx.state[RULES.key])
    found = commands(rules, await asyncio.to_thread(detect, workspace.tree))
    if not found.checks:
        return None
    await ctx.say(f"running {found.checks[0].candidates[0].command}")
    base, head = workspace.base_tree, await asyncio.to_thread(repository.tree_of, ctx.state[HEAD.key])
    said = await verify(
        found.checks,
        ctx.services.boxes.scratch(run, found),
        base=base,
        head=head,
        limits=found.within(LIMITS),
        stop_at_first=rules.verdict_rules().first,
    )
    return replace(said, steering=await asyncio.to_thread(steered, workspace, base, head, found))


@asynccontextmanager
async def _laid_out(ctx: StepContext) -> AsyncIterator[tuple[Run, Workspace]]:
    """The base in a tree that is there for this step alone, and the run as those see it that work in it.

    What an attempt before has left may be of another base: it goes first.
    """
    base, head, trees = ctx.state[BASE.key], ctx.state[HEAD.key], ctx.services.workspaces
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


def _unrun(why: str) -> Done:
    return Done({CHECKS.key: {"why": why}}, f"not run: {why}")
