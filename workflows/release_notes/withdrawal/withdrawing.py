"""Withdrawing the notes of a tag that was deleted and does not come back; what people have written in stays theirs."""

from __future__ import annotations

import asyncio

from workflows.definition import Done, Exit, Result
from workflows.effects.code.release import ReleaseOperations
from workflows.effects.code.withdrawn_draft import DeleteDraft
from workflows.effects.conversation.comment import CommentOperations
from workflows.effects.items import ReleaseInfo
from workflows.release_notes.drafting import is_as_signed
from workflows.release_notes.proposal.outdated import close_of_tag
from workflows.release_notes.withdrawal.state import BACK, DRAFT, PULLS
from workflows.services import StepContext
from workflows.text.escape import code

NOTHING = "nothing"
"""The exit where the tag is there."""
_LOOK_SECONDS = 2.0


async def look(ctx: StepContext) -> Result:
    """Wait whether somebody makes it anew elsewhere: then it was moved, and its notes are written anew."""
    needed, waited = float(ctx.run.inputs.get("quiet_seconds") or 0.0), 0.0
    await ctx.say("waiting whether it is made anew")
    while not (there := await _is_there(ctx)) and waited < needed:
        await ctx.boundary()
        await asyncio.sleep(min(_LOOK_SECONDS, needed))
        waited += min(_LOOK_SECONDS, needed)
    if there:
        return Exit(NOTHING, {BACK: True}, "it is there")
    return Done({BACK: False}, "it is gone")


async def draft(ctx: StepContext) -> Result:
    """Delete the draft, where it is ours, as we left it, and was never out."""
    forge, tag = ctx.forge.operations(ctx.run.id), ctx.run.subject.name
    if ctx.dry or not isinstance(forge, ReleaseOperations) or not isinstance(forge, CommentOperations):
        return Done(summary="there is no place for one")
    if begun := await ctx.journal.begun(DeleteDraft.kind, tag):  # by an attempt that could not tell any more
        await DeleteDraft.read(begun).do(ctx.journal, forge)
        return Done({DRAFT: _deleted(tag)}, "deleted")
    there = [one for one in await forge.releases() if one.tag == tag]
    if not there:
        return Done(summary="there is none")
    for one in there:
        if why := _stays(forge, one):
            return Done({DRAFT: f"Release {code(tag)} stays as it is: {why}."}, why)
    for one in there:
        await DeleteDraft.of(one).do(ctx.journal, forge)
    return Done({DRAFT: _deleted(tag)}, "deleted")


async def close(ctx: StepContext) -> Result:
    """Close what is proposed for the CHANGELOG, with a word."""
    tag = ctx.run.subject.name
    if ctx.dry:
        return Done(summary="nothing is changed")
    why = " ".join(part for part in (f"The tag {code(tag)} was deleted.", str(ctx.state.get(DRAFT) or "")) if part)
    told = await close_of_tag(ctx, tag, why)
    return Done({PULLS: told}, "; ".join(told) or "none is open")


async def end(ctx: StepContext) -> Result:
    """The last word, also where nothing was to be done."""
    from workflows.release_notes.withdrawal.outcome import outcome_of

    return Done(summary=outcome_of(ctx.run).headline)


async def _is_there(ctx: StepContext) -> bool:
    remote, repository = await ctx.forge.remote(), ctx.repository()
    return await asyncio.to_thread(repository.has_tag, remote.url, ctx.run.subject.name, remote.env)


def _stays(forge: CommentOperations, release: ReleaseInfo) -> str:
    """Why a release is not deleted, as the end of a sentence; "" where it is."""
    if release.was_out:
        return "it was published"
    if not forge.is_me(release.author.login):
        return "somebody else made it"
    return "" if is_as_signed(release.body) and not release.files else "somebody has worked on it"


def _deleted(tag: str) -> str:
    return f"The draft of release {code(tag)} is deleted."
