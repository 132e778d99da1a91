"""The repository's rules and one run: what they forbid before anything is spent, and what they say of its commit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sandbox.git.objects import Objects
from workflows.advice import RETRY, ROLLBACK
from workflows.definition import Failed
from workflows.ports import BranchRule
from workflows.services import StepContext, author_of
from workflows.steps.branch_names import branch_name
from workflows.steps.change import Change
from workflows.steps.rules.ground_rules import against, rules_of_branch
from workflows.steps.rules.push_rules import Pushed, against_commit, broken_rules, known_before

PUSH_RULES = "push_rules"
"""Where a run keeps what the model is told of the rules."""


async def rules_of_run(ctx: StepContext) -> Sequence[BranchRule]:
    """The rules for the branch that the run goes on with, or else would make."""
    return await rules_of_branch(ctx, _branch(ctx))


async def forbidden(ctx: StepContext, rules: Sequence[BranchRule]) -> Failed | None:
    """What keeps the run from ever handing its work over, with what to do about each; None where nothing does."""
    if not rules:
        return None
    email, new = (await author_of(ctx.services, ctx.run)).email, not _continued(ctx)
    ending = _ending(ctx)
    told = [
        one for rule in rules for one in (*against(rule, _branch(ctx), email, new=new), *known_before(rule, ending))
    ]
    if not told:
        return None
    sentences = " ".join(dict.fromkeys(sentence for sentence, _ in told))
    remedies = " ".join(dict.fromkeys(remedy for _, remedy in told))
    return Failed(f"{sentences} Nothing was spent on it yet. {remedies}", advice=(RETRY, ROLLBACK), lasting=True)


async def held(
    ctx: StepContext, change: Change, branch: str, message: str, *, merges: bool = False, by_forge: bool = False
) -> Failed | None:
    """The rules held against the commit that is to be pushed to a branch."""
    rules = await rules_of_branch(ctx, branch)
    return broken_rules(rules, await _pushed(ctx, rules, change, message, merges, by_forge)) if rules else None


async def in_the_way_of_merging(ctx: StepContext, change: Change, message: str) -> list[str]:
    """What the base's rules have against the commit, a sentence each: it can be pushed, and not be merged as it is."""
    rules = await rules_of_branch(ctx, ctx.state["base_branch"])
    pushed = await _pushed(ctx, rules, change, message, False, False) if rules else None
    return [sentence for sentence, _ in against_commit(rules, pushed)] if pushed is not None else []


async def _pushed(
    ctx: StepContext, rules: Sequence[BranchRule], change: Change, message: str, merges: bool, by_forge: bool
) -> Pushed:
    email = "" if by_forge else (await author_of(ctx.services, ctx.run)).email
    workspace = await ctx.workspace()
    kept = {one.path: one.after_blob for one in change.ours if one.after_mode.startswith("100")}
    sizes: dict[str, int] = {}
    if any(rule.kind == "max_file_size" for rule in rules):
        sizes = await asyncio.to_thread(_sizes, workspace.objects, list(dict.fromkeys(kept.values())))
    files = [(path, sizes.get(blob, 0)) for path, blob in kept.items()]
    files += [(one.path, 0) for one in change.ours if one.after_mode and one.path not in kept]
    touched = [path for one in change.ours for path in (one.path, one.old_path) if path]
    return Pushed(files, touched, message, email, merges)


def _sizes(objects: Objects, blobs: Sequence[str]) -> dict[str, int]:
    return {blob: len(data) for blob, data in objects.read(blobs)}


def _continued(ctx: StepContext) -> str:
    return str((ctx.run.inputs.get("continues") or {}).get("branch") or "")


def _branch(ctx: StepContext) -> str:
    return _continued(ctx) or branch_name(ctx.issue, str(ctx.run.inputs.get("branch_prefix") or ""))


def _ending(ctx: StepContext) -> str:
    """What the run's message will end with, however it is worded."""
    who = ctx.run.inputs.get("requester") or {}
    name, email = str(who.get("name") or who.get("login") or ""), str(who.get("email") or "")
    closes = f"Fixes #{ctx.issue.number}" if ctx.issue.number else ""
    return f"{closes}\n{name} <{email}>" if name and email else closes
