"""Answering what was asked: each thread with the commit that did it, or the reason why not. Nothing is resolved."""

from __future__ import annotations

from workflows.definition import Done, Exit, Result
from workflows.effects.conversation.comment import PostComment
from workflows.effects.conversation.reply import ReplyInThread
from workflows.effects.kind import digest
from workflows.errors import Gone, NotFound, Refused
from workflows.issue_to_pr.follow_up.asked import AskedFor
from workflows.issue_to_pr.follow_up.forge import FollowUpForge
from workflows.issue_to_pr.follow_up.gathering import ASKED, asked_by_people
from workflows.issue_to_pr.follow_up.merging import MERGED
from workflows.issue_to_pr.intake import requirements_of
from workflows.services import StepContext
from workflows.text.escape import code
from workflows.text.model_words import phrase
from workflows.values import Requirement, RequirementState, from_json

MORE = "more"
"""The exit where somebody has said more meanwhile."""
_MOST_ROUNDS = 3


async def answer(ctx: StepContext) -> Result:
    """Say under each thread what became of it; then look whether somebody has said more."""
    number, forge = ctx.run.subject.told_on, ctx.forge.operations(ctx.run.id)
    if ctx.dry or not isinstance(forge, FollowUpForge):
        return Done(summary="nothing to tell anybody")
    asked = [from_json(AskedFor, one) for one in ctx.state[ASKED.key]]
    told, untold = 0, ""
    for one, done in zip(asked, requirements_of(ctx), strict=True):
        if one.kind == "check":
            continue  # the next run of it tells
        marker = f"<!-- pullwright:follow-up:{ctx.run.id}:{one.number} -->"
        body = f"{marker}\n{_words(ctx, done)}"
        try:
            if one.kind == "thread":
                reply = ReplyInThread(number, one.number, marker, digest(body))
                await reply.do(ctx.journal, forge, body)
            else:
                await PostComment.of(number, marker, body).do(ctx.journal, forge, body)
            told += 1
        except (NotFound, Refused, Gone) as error:
            untold = f"; one could not be answered: {error}"
    times = int(ctx.state.get("asked_times", 0)) + 1
    goes_on = not untold and times < _MOST_ROUNDS and (await forge.pull(number)).state == "open"
    if goes_on and await asked_by_people(forge, number):
        again = {"asked_times": times, "task": None, "round": 0, MERGED: None}
        return Exit(MORE, again, "somebody has said more")
    return Done({"asked_times": times}, f"{told} answered{untold}")


def _words(ctx: StepContext, done: Requirement) -> str:
    note = phrase(done.note, 800) if done.note else ""
    did = done.state in (RequirementState.MET, RequirementState.SHOWN)
    if did and ctx.state.get("changed"):
        return f"Done in {code(str(ctx.state['commit'])[:10])}. {note}".strip()
    if did:
        return f"Nothing had to be changed. {note}".strip()
    return f"Not done: {note or 'the model gave no reason.'}"


async def end(ctx: StepContext) -> Result:
    """The last word, also where nothing was to be done."""
    from workflows.issue_to_pr.follow_up.outcome import outcome_of

    return Done(summary=outcome_of(ctx.run).headline)
