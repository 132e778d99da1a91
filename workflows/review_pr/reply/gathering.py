"""Reading a thread of a review: what is asked there, and whether it is one that we began."""

from __future__ import annotations

from workflows.advice import ROLLBACK
from workflows.definition import Done, Exit, Failed, Result
from workflows.review_pr.reply.asked import THREAD, ReplyForge, applies
from workflows.services import StepContext
from workflows.text.sanitise import sanitise, sanitise_line

NOTHING = "nothing"
"""The exit where there is nothing to answer."""
_MOST_SAID, _MOST_TEXT = 12, 6_000


async def gather(ctx: StepContext) -> Result:
    """Take the thread as it is now; what was asked may be gone, and other people's threads are none of ours."""
    number, forge = ctx.run.subject.told_on, ctx.forge.operations(ctx.run.id)
    if not isinstance(forge, ReplyForge):
        return Failed("Threads on code cannot be answered here.", advice=(ROLLBACK,), lasting=True)
    thread, asked = int(ctx.run.inputs["thread"]), int(ctx.run.inputs["comment"])
    said = [one for one in await forge.code_comments(number) if one.thread == thread]
    first = next((one for one in said if one.id == thread), None)
    if first is None or not forge.is_me(first.author.login):
        return _nothing("it is not a thread that we began")
    if not any(one.id == asked for one in said):
        return _nothing("the comment is gone")
    until = [one for one in said if one.id <= asked]  # what is said later has an answer of its own
    words = [f"{sanitise_line(one.author.login, 80)}: {sanitise(one.body, _MOST_TEXT)}" for one in until]
    kept = {
        "path": first.path,
        "line": first.line,
        "begins": first.body,
        "said": words[-_MOST_SAID:],
    }
    state = {THREAD.key: kept, "reply_applies": applies(ctx)}
    return Done(state, f"{len(said)} comments on {sanitise_line(first.path, 120)}")


def _nothing(why: str) -> Exit:
    return Exit(NOTHING, {"reply_nothing": why}, why)
