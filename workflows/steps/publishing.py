"""Handing the work over: a commit, the pull request with what is known about it, and the last word."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from sandbox.journal import Effect, EffectState
from workflows.agent.answers import PullText, read_pull_text
from workflows.agent.prompts import render
from workflows.cautions import cautions_about
from workflows.ports import PullDraft
from workflows.primitives import Done, Failed, Result
from workflows.pull_text import PullFacts, commit_message, pull_body, pull_title, verdict_line
from workflows.services import StepContext
from workflows.steps.asking import BudgetSpent, question
from workflows.steps.intake import requirements_of
from workflows.steps.planning import commands_of
from workflows.values import Verification, from_json

_MOST_DIFF = 40_000


async def commit(ctx: StepContext) -> Result:
    """Commit the tree on top of the base: author the bot, co-author whoever asked."""
    workspace = await ctx.workspace()
    tree = await ctx.services.workspaces.mark(ctx.run)
    base = ctx.state["base_commit"]
    if tree == ctx.state["base_tree"]:
        return Failed("There is no change to commit.", advice=("retry implement", "rollback"))
    words = await _words(ctx)
    facts = await _facts(ctx, words)
    message = commit_message(facts, _requester(ctx))
    repository = ctx.repository()
    await asyncio.to_thread(repository.import_objects, workspace.directory / "git" / "objects")
    author = ctx.services.author
    made = await asyncio.to_thread(
        repository.write_commit,
        tree,
        [base],
        message,
        author=author,
        committer=author,
        when=int(ctx.run.created_at),
    )
    await asyncio.to_thread(repository.pin, ctx.run.id, made)
    changed = len(facts.changes)
    state = {"commit": made, "pull_title": words.title, "pull_changes": list(words.changes)}
    return Done(state, f"{made[:10]}, {changed} file{'' if changed == 1 else 's'}")


async def open_pull(ctx: StepContext) -> Result:
    """Push the branch and open the pull request; a draft unless verified."""
    words = PullText(ctx.state["pull_title"], tuple(ctx.state["pull_changes"]))
    facts = await _facts(ctx, words)
    verified = is_verified(ctx)
    draft = PullDraft(
        branch=ctx.state["branch"],
        base=ctx.state["base_branch"],
        commit=ctx.state["commit"],
        title=pull_title(facts),
        body=pull_body(facts),
        draft=not verified,
        requirements=tuple(facts.requirements),
    )
    if not ctx.dry:
        await _push(ctx, draft)
    ledger = ctx.services.ledger
    effect = Effect("open_pull", draft.branch, {"branch": draft.branch})
    seq = None if ctx.dry else await asyncio.to_thread(ledger.intend, ctx.where(), effect)
    pull = await ctx.forge.open_pull(ctx.run.id, draft)
    if seq is not None:
        await asyncio.to_thread(ledger.settle, seq, EffectState.DONE, {"number": pull.number, "url": pull.url})
    state = {"pull": {"number": pull.number, "url": pull.url}, "pull_body": draft.body, "pull_title": draft.title}
    return Done({**state, "verified": verified}, pull.url)


async def summarize(ctx: StepContext) -> Result:
    """The last word: verified or not, and what that rests on."""
    if ctx.state.get("incomplete"):
        return Done(summary=f"Not verified: {ctx.state['incomplete']}")
    return Done(summary=verdict_line(_verification(ctx)))


def is_verified(ctx: StepContext) -> bool:
    """All that was checked passed, tests among it, and the work is complete."""
    verification = _verification(ctx)
    return verification is not None and verification.verified and not ctx.state.get("incomplete")


async def _push(ctx: StepContext, draft: PullDraft) -> None:
    """Move our branch forward to the commit; it is where we left it, or nothing is moved."""
    remote = await ctx.forge.remote(write=True)
    repository, base = ctx.repository(), ctx.state["base_commit"]
    effect = Effect("push", draft.branch, {"branch": draft.branch, "before": base, "after": draft.commit})
    seq = await asyncio.to_thread(ctx.services.ledger.intend, ctx.where(), effect)
    await asyncio.to_thread(repository.push, remote.url, draft.commit, draft.branch, expected=base, env=remote.env)
    await asyncio.to_thread(ctx.services.ledger.settle, seq, EffectState.DONE)


async def _words(ctx: StepContext) -> PullText:
    """The model's title and list of changes; plain ones where it has no budget left or cannot be read."""
    workspace = await ctx.workspace()
    tree = await ctx.services.workspaces.mark(ctx.run)
    diff = await asyncio.to_thread(workspace.diff, ctx.state["base_tree"], tree)
    prompt = render(
        "pull_text",
        issue=ctx.issue,
        summary=ctx.state.get("summary", ""),
        diff=diff[:_MOST_DIFF],
        cut=len(diff) > _MOST_DIFF,
    )
    try:
        words = await question(ctx, prompt, read_pull_text, "pull text")
    except BudgetSpent:
        words = None
    return words or PullText(ctx.issue.title, ())


async def _facts(ctx: StepContext, words: PullText) -> PullFacts:
    workspace = await ctx.workspace()
    tree = await ctx.services.workspaces.mark(ctx.run)
    changes = await asyncio.to_thread(workspace.changes, ctx.state["base_tree"], tree)
    summary = "\n".join([ctx.state.get("summary", ""), "", *(f"- {change}" for change in words.changes)])
    warnings = cautions_about(changes)
    if ctx.state.get("incomplete"):
        warnings.insert(0, ctx.state["incomplete"])
    return PullFacts(
        run_id=ctx.run.id,
        issue=ctx.issue,
        title=words.title,
        summary=summary.strip(),
        changes=changes,
        requirements=requirements_of(ctx),
        verification=_verification(ctx),
        not_run=commands_of(ctx).left_out,
        warnings=warnings,
        spent=await ctx.spent(),
        minutes=(time.time() - ctx.run.created_at) / 60,
        model=ctx.model.name,
    )


def _verification(ctx: StepContext) -> Verification | None:
    data: Any = ctx.state.get("verification")
    return None if data is None else from_json(Verification, data)


def _requester(ctx: StepContext) -> tuple[str, str] | None:
    who = ctx.run.inputs.get("requester")
    return (who["name"], who["email"]) if who else None
