"""The commit of a run, and its way to the branch: pushed, or made by the forge where that has to sign it."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.errors import PushRefused, RollbackRefused
from sandbox.git.repository import Repository
from workflows.advice import RETRY, ROLLBACK
from workflows.definition import Exit, Failed
from workflows.effects.code.push import PushCommits
from workflows.effects.code.restart import RestartBranch
from workflows.issue_to_pr.branch.signing import commit_by_forge, needs_forge
from workflows.issue_to_pr.branch.updating import parents_of, tip_of
from workflows.ports import PullDraft
from workflows.services import StepContext, author_of
from workflows.steps.bases import base_now
from workflows.steps.change import Change
from workflows.steps.rules.rules_of_run import held
from workflows.values import to_json
from workflows.workspace.commits import CommitFacts

_MOST_REFUSED = 3
"""How often somebody may be quicker than our push before the run stops."""


async def push(ctx: StepContext, draft: PullDraft) -> str | Failed | Exit:
    """Have our branch hold the change; the commit that it is at then, which is another one where the forge made it."""
    if isinstance(moved := await _base_moved(ctx), Failed | Exit):
        return moved
    try:
        if ctx.state.get("by_forge"):
            return await commit_by_forge(ctx, draft.branch, draft.commit)
        await _push(ctx, draft)
    except PushRefused as refused:
        return Failed(str(refused), advice=(RETRY, ROLLBACK))
    except RollbackRefused:
        times = ctx.state.get("refused", 0) + 1
        if times > _MOST_REFUSED:
            raise
        return Exit("moved", {"refused": times}, "somebody else pushed to the branch meanwhile")
    return draft.commit


async def write_commit(ctx: StepContext, change: Change, message: str) -> tuple[str, dict[str, Any], bool] | Failed:
    """The commit of the change, after the base and whatever our branch holds; what it can be made again from; and
    whether the forge is to make another one like it. A failure where it would have to, and cannot."""
    workspace, repository = await ctx.workspace(), ctx.repository()
    await asyncio.to_thread(repository.import_objects, workspace.directory / "git" / "objects")
    author, key = await author_of(ctx.services, ctx.run), ctx.services.signing_key
    parents = await asyncio.to_thread(_parents, ctx, repository)
    by_forge = False if ctx.dry else await needs_forge(ctx, change, parents)
    if isinstance(by_forge, Failed):
        return by_forge
    branch, merges = ctx.state["branch"], len(parents) > 1
    if not ctx.dry and (told := await held(ctx, change, branch, message, merges=merges, by_forge=by_forge)) is not None:
        return told
    when, signed = int(ctx.run.created_at), key is not None
    facts = CommitFacts(change.tree, tuple(parents), message, author.name, author.email, when, signed)
    made = await asyncio.to_thread(facts.write, repository, key)
    await asyncio.to_thread(repository.pin, ctx.run.id, made)
    return made, to_json(facts), by_forge


def _parents(ctx: StepContext, repository: Repository) -> list[str]:
    """As `parents_of`; where the base was rewritten, our branch is not to keep what that lost."""
    base, tip = ctx.state["base_commit"], tip_of(ctx)
    lost = bool(ctx.state.get("rewritten")) and not ctx.state.get("others") and not repository.contains(tip, base)
    return [base] if lost else parents_of(repository, base, tip)


async def _base_moved(ctx: StepContext) -> Failed | Exit | None:
    """The way back where the base was rewritten or renamed since it was looked at, or where that was skipped."""
    repository, remote = ctx.repository(), await ctx.forge.remote()
    await asyncio.to_thread(repository.fetch, remote.url, remote.env)
    base = await base_now(ctx, repository)
    if isinstance(base, Failed):
        return base
    if not base.rewritten and base.branch == ctx.state["base_branch"]:
        return None
    return Exit("moved", {}, f"`{base.branch}` was {'rewritten' if base.rewritten else 'renamed'} meanwhile")


async def _push(ctx: StepContext, draft: PullDraft) -> None:
    """Move our branch forward to the commit; it is where we left it, or nothing is moved."""
    remote = await ctx.forge.remote(write=True)
    repository, tip = ctx.repository(), tip_of(ctx)

    leaves = not await asyncio.to_thread(repository.contains, draft.commit, tip)
    restart = leaves and bool(ctx.state.get("rewritten"))  # what the base lost, our branch loses too
    move = repository.restart if restart else repository.push

    async def push() -> None:
        await asyncio.to_thread(move, remote.url, draft.commit, draft.branch, expected=tip, env=remote.env)

    if restart:
        await RestartBranch(draft.branch, tip, draft.commit).do(ctx.journal, push)
        return
    others = bool(ctx.state.get("others"))
    await PushCommits(draft.branch, tip, draft.commit, others).do(ctx.journal, push)
