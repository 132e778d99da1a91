"""Running the repository's own checks on base and head, where it allows that: what fails anew is a finding."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from sandbox.errors import SandboxUnavailable, TreeRefused
from sandbox.trees.workspace import Workspace
from workflows.checks.plan import commands
from workflows.checks.verify import LIMITS, verify
from workflows.definition import Done, Result
from workflows.review_pr.proof.proven import said_of
from workflows.review_pr.state import BASE, CHECKS, HEAD, RULES, UNRUN
from workflows.services import StepContext
from workflows.steps.base_results import base_results
from workflows.steps.change import config_at
from workflows.steps.laid_out import laid_out
from workflows.steps.steered import steered
from workflows.store.records import Run
from workflows.values import to_json
from workflows.verification import Verification


async def run_checks(ctx: StepContext) -> Result:
    """Tests, lint, types and the repository's own checks, found and configured by the base alone.

    Where nothing may or can be run the review goes on, and says so.
    """
    if why := str(ctx.state.get(UNRUN) or ""):
        return _unrun(why)
    try:
        async with laid_out(ctx, ctx.state[BASE.key], ctx.state[HEAD.key]) as (run, workspace):
            found = await _verified(ctx, run, workspace)
    except (SandboxUnavailable, TreeRefused) as error:
        return _unrun(error.sentence.rstrip("."))
    if found is None:
        return _unrun("no command was found that checks anything here")
    return Done({CHECKS.key: {"verification": to_json(found)}}, said_of(found)[:300])


async def _verified(ctx: StepContext, run: Run, workspace: Workspace) -> Verification | None:
    from sandbox.detect.apart import detect_apart  # it is large, and who only acts on runs takes no step

    repository = ctx.repository()
    rules = await asyncio.to_thread(config_at, repository, ctx.state[RULES.key])
    found = commands(rules, await asyncio.to_thread(detect_apart, workspace.tree))
    if not found.checks:
        return None
    await ctx.say(f"running {found.checks[0].candidates[0].command}")
    base, head = workspace.base_tree, await asyncio.to_thread(repository.tree_of, ctx.state[HEAD.key])
    trees = ctx.services.boxes.scratch(run, found)
    said = await verify(
        found.checks,
        trees,
        base=base,
        head=head,
        results=base_results(ctx),
        limits=found.within(LIMITS),
        stop_at_first=rules.verdict_rules().first,
        lanes=ctx.services.boxes.lanes,
    )
    laid = await trees.laid_otherwise(base, head) if found.setup and not said.failed else ()
    return replace(said, steering=(*await asyncio.to_thread(steered, workspace, base, head, found), *laid))


def _unrun(why: str) -> Done:
    return Done({CHECKS.key: {"why": why}}, f"not run: {why}")
