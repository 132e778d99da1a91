"""The follow-up's commit on top of the branch, and its push: forward only, and never over anybody's work."""

from __future__ import annotations

import asyncio

from sandbox.errors import RollbackRefused
from sandbox.trees.workspace import Workspace
from workflows.advice import RETRY, ROLLBACK, remake
from workflows.definition import Done, Exit, Failed, Result
from workflows.effects.code.push import PushCommits
from workflows.issue_to_pr.branch.pushing import write_commit
from workflows.issue_to_pr.branch.signing import commit_by_forge
from workflows.issue_to_pr.branch.updating import tip_of
from workflows.issue_to_pr.follow_up.conflicts import MARKS
from workflows.issue_to_pr.follow_up.gathering import ended
from workflows.issue_to_pr.follow_up.merging import MERGED
from workflows.issue_to_pr.publishing import requester_of
from workflows.services import StepContext
from workflows.steps.change import change_of, judged
from workflows.steps.rules.ground_rules import rules_of_branch
from workflows.steps.rules.push_rules import fitting
from workflows.text.escape import line

MOVED = "moved"
_MOST_REFUSED = 3


async def commit(ctx: StepContext) -> Result:
    """Commit the tree on top of the branch; where it is as the branch has it, there is nothing to commit."""
    repository, workspace, tip = ctx.repository(), await ctx.workspace(), tip_of(ctx)
    change = await change_of(ctx)
    merged = ctx.state.get(MERGED) or {}
    if change.tree == await asyncio.to_thread(repository.tree_of, tip) and not merged:
        return Done({"commit": tip, "changed": False}, "nothing was changed")
    if left := await asyncio.to_thread(_marked, workspace, change.tree, merged.get("conflicts") or []):
        return Failed(f"{left} still holds marks of a conflict.", advice=(remake("the change"), ROLLBACK))
    ruling = await judged(ctx, change)
    if (stop := ruling.refused) is not None:
        advice = (RETRY, remake("the change"), ROLLBACK)
        return Failed(f"{stop.reason} {stop.advice}", advice=advice)
    message = fitting(await rules_of_branch(ctx, ctx.state["branch"]), _message(ctx), "fix")
    written = await write_commit(ctx, change, ctx.services.redact(message))
    if isinstance(written, Failed):
        return written
    made, of, by_forge = written
    return Done({"commit": made, "commit_facts": of, "by_forge": by_forge, "changed": True}, made[:10])


async def push(ctx: StepContext) -> Result:
    """Move the branch forward to the commit; it is where we left it, or nothing is moved."""
    made, tip, branch = str(ctx.state["commit"]), tip_of(ctx), str(ctx.state["branch"])
    if not ctx.state.get("changed") or ctx.dry:
        return Done(summary="nothing to push" if not ctx.dry else f"would push {made[:10]} to `{branch}`")
    if why := await ended(ctx):
        return Failed(f"{why} Nothing is pushed.", advice=(RETRY, ROLLBACK), lasting=True)
    remote, repository = await ctx.forge.remote(write=True), ctx.repository()

    async def act() -> None:
        await asyncio.to_thread(repository.push, remote.url, made, branch, expected=tip, env=remote.env)

    try:
        if ctx.state.get("by_forge"):
            if isinstance(there := await commit_by_forge(ctx, branch, made), Failed):
                return there
            made = there
        else:
            await PushCommits(branch, tip, made, bool(ctx.state.get("others"))).do(ctx.journal, act)
    except RollbackRefused:
        times = ctx.state.get("refused", 0) + 1
        if times > _MOST_REFUSED:
            raise
        return Exit(MOVED, {"refused": times}, "somebody else pushed to the branch meanwhile")
    follows = ctx.state["follows"]
    shown = {"pull": follows, "ready": not follows["draft"]}  # from here on the head's check is this run's
    if made != ctx.state["commit"]:  # which the forge made, so it is not to be made again
        shown |= {"commit": made, "commit_facts": None}
    return Done({"tip": made, **shown}, f"{made[:10]} to `{branch}`")


def _message(ctx: StepContext) -> str:
    """What it follows up on, and whoever asked as co-author; no word of others can act in it."""
    merged = (ctx.state.get(MERGED) or {}).get("onto")
    asked = ctx.state.get("asked") or []
    number = ctx.run.subject.number
    title = f"Merge {ctx.state['base_branch']}" if merged and not asked else f"Follow up on #{number}"
    rows = [f"- {line(str(one['text']).strip().splitlines()[0], 100)}" for one in asked if str(one["text"]).strip()]
    who = requester_of(ctx)
    trailer = f"Co-authored-by: {line(who[0], 100)} <{who[1]}>" if who and who[0] and who[1] else ""
    return "\n\n".join(part for part in (title, "\n".join(rows), trailer) if part) + "\n"


def _marked(workspace: Workspace, tree: str, paths: list[str]) -> str:
    """The first of the files that conflicted and still holds a mark."""
    listing = workspace.listing(tree)
    there = (path for path in paths if path in listing)
    return next((path for path in there if MARKS.search(workspace.objects.bytes_of(listing[path][1]))), "")
