"""The workspace of a follow-up: the pull request's head, with the base merged in where that is asked for."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.errors import RepositoryError
from sandbox.git.history import History
from workflows.advice import ROLLBACK
from workflows.definition import Done, Failed, Result
from workflows.issue_to_pr.follow_up.conflicts import Sides, marked
from workflows.policy.instructions import guide_at
from workflows.services import StepContext

MERGED = "merged"
"""{"onto": the base's commit, "conflicts": [paths]}, where the base was merged in."""


async def open_head(ctx: StepContext) -> Result:
    """Lay the head of the pull request out; what it is measured against is what it has in common with its base."""
    if ctx.state.get("laid_out_from"):
        return Done(summary="it is open already")
    repository, remote = ctx.repository(), await ctx.forge.remote()
    await ctx.say("fetching the repository")
    await asyncio.to_thread(repository.fetch, remote.url, remote.env)
    tip = str(ctx.state["tip"])
    onto = await asyncio.to_thread(repository.resolve, f"refs/heads/{ctx.state['base_branch']}")
    for commit in (tip, onto):
        await asyncio.to_thread(repository.complete, commit, remote.url, remote.env)
    base = await asyncio.to_thread(_common, repository, onto, tip)
    await ctx.services.workspaces.create(ctx.run, tip)
    default = await ctx.forge.default_base()
    rules = await asyncio.to_thread(repository.resolve, f"refs/heads/{default}")
    state = {
        "laid_out_from": tip,
        "base_commit": base,
        "base_tree": await asyncio.to_thread(repository.tree_of, base),
        "guide": await asyncio.to_thread(guide_at, repository, rules),
    }
    return Done(state, f"{ctx.state['branch']} at {tip[:10]}")


async def merge_base_in(ctx: StepContext) -> Result:
    """Merge the base into the tree; files that conflict are left with marks in them, for the agent to solve."""
    repository, workspace = ctx.repository(), await ctx.workspace()
    tip, base = str(ctx.state["tip"]), str(ctx.state["base_commit"])
    onto = await asyncio.to_thread(repository.resolve, f"refs/heads/{ctx.state['base_branch']}")
    if onto == base:
        return Done({MERGED: None}, f"`{ctx.state['base_branch']}` is where it was")
    replayed = await asyncio.to_thread(repository.replay, base, tip, onto)
    sides = Sides(str(ctx.state["base_branch"]), str(ctx.state["branch"]), onto, tip)
    tree, blocked = await asyncio.to_thread(marked, workspace, repository, replayed, sides)
    if blocked:
        why = f"{blocked} conflicts, and is no text in which that could be solved."
        return Failed(why, advice=(ROLLBACK,), lasting=True)
    await asyncio.to_thread(workspace.restore, tree)
    conflicts = list(replayed.conflicts)
    state: dict[str, Any] = {
        "base_commit": onto,
        "base_tree": await asyncio.to_thread(repository.tree_of, onto),
        MERGED: {"onto": onto, "conflicts": conflicts},
    }
    return Done(state, f"{len(conflicts)} in conflict" if conflicts else f"`{ctx.state['base_branch']}` at {onto[:10]}")


def _common(history: History, one: str, other: str) -> str:
    found = history.git.run("merge-base", one, other, fine=(0, 1)).decode().strip()
    if not found:
        raise RepositoryError("The branch and its base have nothing in common.", "Open a pull request anew.")
    return found
