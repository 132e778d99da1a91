"""Closing what was proposed for the CHANGELOG and is not needed any more, with a word why."""

from __future__ import annotations

import asyncio

from workflows.effects.conversation.closed_pull import ClosePull
from workflows.effects.conversation.comment import PostComment
from workflows.effects.conversation.pull import PullOperations
from workflows.errors import NotFound
from workflows.release_notes.proposal.proposals import Proposal, is_ours, proposals
from workflows.release_notes.state import FOLDER, SINCE, UNTIL
from workflows.services import StepContext


async def close_older(ctx: StepContext, number: int, called: str) -> None:
    """Close those whose version was only suggested, and whose changes #`number` tells under another one."""
    forge, repository = ctx.forge.operations(ctx.run.id), ctx.repository()
    if not number or not isinstance(forge, PullOperations):
        return
    since, folder = ctx.state[SINCE.key], ctx.state.get(FOLDER.key) or ""
    for one in await ctx.services.store.read(proposals, ctx.run.repository):
        same = not one.tag and (one.since, one.folder) == (since, folder) and one.number != number
        if same and await asyncio.to_thread(repository.contains, ctx.state[UNTIL.key], one.until):
            await _close(ctx, forge, one, f"What has come since made it another version: #{number} has {called}.")


async def close_told(ctx: StepContext, branch: str, why: str) -> bool:
    """Close the one of a branch, which is not needed any more; whether there was one that is open and ours."""
    forge = ctx.forge.operations(ctx.run.id)
    if not isinstance(forge, PullOperations):
        return False
    there = [one for one in await ctx.services.store.read(proposals, ctx.run.repository) if one.branch == branch]
    return any([await _close(ctx, forge, one, why) for one in there])


async def close_of_tag(ctx: StepContext, tag: str, why: str) -> list[str]:
    """Close those of a tag, or say there why one stays that somebody works on; what became of each, as a sentence."""
    forge, told = ctx.forge.operations(ctx.run.id), []
    if not isinstance(forge, PullOperations):
        return []
    for one in await ctx.services.store.read(proposals, ctx.run.repository):
        if one.tag != tag:
            continue
        if await _close(ctx, forge, one, f"{why} So this is closed."):
            told.append(f"Pull request #{one.number} is closed.")
        elif await _is_open(forge, one.number):
            body = f"{why} This stays open, since somebody has worked on it."
            marker = f"<!-- pullwright:kept:{ctx.run.id} -->"
            await PostComment.of(one.number, marker, f"{marker}\n{body}").do(ctx.journal, forge, f"{marker}\n{body}")
            told.append(f"Pull request #{one.number} stays open, since somebody has worked on it.")
    return told


async def _is_open(forge: PullOperations, number: int) -> bool:
    try:
        return is_ours(forge, await forge.pull(number))
    except NotFound:
        return False


async def _close(ctx: StepContext, forge: PullOperations, one: Proposal, why: str) -> bool:
    """Close a proposal with a word, where it is open, and as we left it; whether it was."""
    closing = ClosePull(one.number, f"<!-- pullwright:outdated:{ctx.run.id} -->")
    try:
        pull = await forge.pull(one.number)
    except NotFound:
        return False
    begun = bool(await closing.begun(ctx.journal))
    if not begun and not (is_ours(forge, pull) and pull.head_commit == one.commit):
        return False
    await closing.do(ctx.journal, forge, why)
    return True
