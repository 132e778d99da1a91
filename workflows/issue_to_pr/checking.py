"""Setting the project up, and verifying the change: what the commands say on base and head."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from workflows.checks.change.fitting import WantedFailure
from workflows.checks.change.hunks import hunks
from workflows.checks.change.mixed_trees import mix, only_documents
from workflows.checks.change.nearness import near
from workflows.checks.commands.base_results import BaseResults
from workflows.checks.proofs.by_command import SCRIPT, FailingScript
from workflows.checks.verify import LIMITS, Cross
from workflows.checks.verify import verify as run_checks
from workflows.definition import Done, Exit, Result
from workflows.issue_to_pr.implementing import again_for_checks
from workflows.issue_to_pr.intake import requirements_of
from workflows.issue_to_pr.outcome import verification_of
from workflows.issue_to_pr.owed import exempt
from workflows.issue_to_pr.planning import commands_of, rules_of
from workflows.reports.reasons import Reason
from workflows.services import StepContext
from workflows.steps.base_results import base_results
from workflows.steps.steered import steered
from workflows.text.pull_request.requirements import placed, shown
from workflows.values import from_json, to_json
from workflows.verification import Check, CheckKind, Verdict, Verification


async def prepare(ctx: StepContext) -> Result:
    """Install what the project needs, with the registries as the only network. A failure is not the end."""
    found = commands_of(ctx)
    if not found.setup:
        return Done(summary="nothing to install")
    await ctx.say(f"running {found.setup[0].command}")
    workspace = await ctx.workspace()
    mark = await ctx.services.workspaces.mark(ctx.run)
    prepared = await ctx.services.boxes.prepare(ctx.run, workspace, found, mark=mark)
    new = [one for one in prepared.told if one.removeprefix("refused: ") not in prepared.failure]
    told = "".join(f"; {sentence}" for sentence in new)
    if prepared.failure:
        return Done(summary=f"not complete: {prepared.failure}{told}")
    return Done(summary=("from the cache" if prepared.cached else f"done in {prepared.seconds:.0f} s") + told)


async def verify(ctx: StepContext) -> Result:
    """Run every check on base and head, and the tests of each over the code of the other.

    Failures that are new go back to the agent while rounds are left. Where it changed nothing since, nothing is run
    again: it would say the same.
    """
    found = commands_of(ctx)
    head = await ctx.services.workspaces.mark(ctx.run)
    here = {"tree": head, "base": ctx.state["base_tree"], "segment": ctx.run.segment}
    if ctx.state.get("sent_back") == here and (known := verification_of(ctx.run)) is not None:
        return Done(summary=f"nothing has changed since: {in_one_line(known)}")
    results = base_results(ctx)
    if found.checks:
        await ctx.say(f"running {found.checks[0].candidates[0].command}")
    verification = await _verified(ctx, head, results)
    paths = await asyncio.to_thread((await ctx.workspace()).listing, head)
    wanted = shown(placed(requirements_of(ctx), paths), verification.proofs)
    state = {
        "verification": to_json(verification),
        "base_results": results.to_json(),
        "requirements": [to_json(one) for one in wanted],
    }
    summary = in_one_line(verification)
    round_ = ctx.state.get("round", 0) + 1
    if verification.failed and round_ <= ctx.state["verify_rounds"] and not ctx.state.get("incomplete"):
        return Exit("rework", {**state, **again_for_checks(ctx, verification, round_), "sent_back": here}, summary)
    return Done(state, summary)


async def _verified(ctx: StepContext, head: str, results: BaseResults) -> Verification:
    found, base, workspace = commands_of(ctx), ctx.state["base_tree"], await ctx.workspace()
    first: Any = ctx.state.get("failing_test") or {}
    script = str(first.get("script", ""))
    seen = {name: from_json(Reason, one) for name, one in first.get("seen", {}).items()}
    cross = Cross(
        lambda tests: asyncio.to_thread(mix, workspace, base, head, tests),
        WantedFailure(f"{ctx.issue.title}\n{ctx.issue.body}", str(ctx.state.get("plan", ""))),
        author="others" if ctx.state.get("others") else "Pullwright",
        hunks=lambda mixed: asyncio.to_thread(hunks, workspace, base, head, mixed.sources),
        near=lambda mixed, tests: asyncio.to_thread(near, workspace, head, mixed, tests),
        seen_in=str(first.get("tree", "")),
        seen={} if script else seen,
        reproduction=FailingScript(script, str(first.get("tree", "")), seen[SCRIPT]) if script else None,
    )
    trees = ctx.services.boxes.scratch(ctx.run, found)
    verification = await run_checks(
        found.checks,
        trees,
        base=base,
        head=head,
        results=results,
        limits=found.within(LIMITS),
        cross=cross,
        stop_at_first=rules_of(ctx).first,
        lanes=ctx.services.boxes.lanes,
    )
    laid = await trees.laid_otherwise(base, head) if found.setup and not verification.failed else ()
    documents = await asyncio.to_thread(only_documents, workspace, base, head)
    return replace(
        verification,
        steering=(*await asyncio.to_thread(steered, workspace, base, head, found), *laid),
        exempt=exempt(ctx.run, documents=documents),
    )


def in_one_line(verification: Verification) -> str:
    """The checks in one line, with their numbers: `pytest: 42 passed, 0 failed; mypy: passed`."""
    if not verification.checks:
        return "not verified: no command to verify with was found"
    return "; ".join(_one(check) for check in verification.checks)


def _one(check: Check) -> str:
    counts = check.head.counts if check.head else None
    numbers = f"{counts}" if check.kind is CheckKind.TEST and counts is not None else check.result
    if check.verdict is Verdict.FAILED and check.new_failures:
        numbers += f" ({len(check.new_failures)} new)"
    if check.partly:
        numbers += f" in {check.part}"
    return f"{check.command}: {numbers}" if check.verdict is not Verdict.NOT_RUN else f"{check.command}: not run"
