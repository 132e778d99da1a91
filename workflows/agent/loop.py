"""The agent's loop: think, act, write down, until the task ends.

Each pass does one thing and leaves one or more rows in the transcript. Killed anywhere, it
goes on from its rows: the caller restores the tree of `last_mark`, and calls that have no
result yet are executed again from there.

Rows are written beside what happens next: a reply beside the first call that it asks for, which
changes nothing but the tree and the box until it is recorded; results beside the next call to the
model, or in the transaction that writes that call down. Before what a call did is recorded, all
that was said before it is on the disk, and all is before the loop is left. So a kill between two
writes looks like one right before them, and what is behind is never more than one turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from workflows.agent.conversation import Conversation, Task
from workflows.agent.endings import AsksPerson, Ended, Finished, GaveUp, OutOfBudget, Stuck
from workflows.agent.frame import without_frame
from workflows.agent.prompts import render
from workflows.agent.tools.calls import Finish, GiveUp
from workflows.agent.tools.toolbox import Toolbox
from workflows.agent.transcript import RowKind, Transcript
from workflows.model.errors import ContextFull
from workflows.model.spending.budget import ALL, LEAST_ANSWER, LEAST_LAST_ANSWER, WORK, Budget, PricedModel
from workflows.ports import Message
from workflows.text.for_model import Result, clean
from workflows.values import Bounds, RequirementState, Spent

LONGEST_ANSWER = 8192
"""Tokens that one answer may have."""
CALLS_PER_TURN = 16
_SMALLER = "Do it in smaller pieces: one call with a short edit, or a file written in several steps."


@dataclass(frozen=True, slots=True)
class TreeAfter:
    """The tree after a tool call (its mark), and what the model has to be told about it, if anything."""

    mark: str
    note: str = ""


class Record(Protocol):
    """Journals what a tool call changed. Called after each call that may have written something."""

    async def __call__(self, turn: int, tool: str) -> TreeAfter: ...


async def _nobody() -> None:
    """Nobody looks on."""


@dataclass(frozen=True, slots=True)
class AgentKit:
    """What the agent works with."""

    model: PricedModel
    tools: Toolbox
    transcript: Transcript
    record: Record
    changed: Callable[[], Awaitable[None]] = _nobody
    """Called when a reply and its cost are written down: whoever shows the run has something new to show."""
    boundary: Callable[[], Awaitable[None]] = _nobody
    """Called between two passes: whoever wants the task to stop raises here. The transcript then holds everything."""


@dataclass(frozen=True, slots=True)
class PersonAnswer:
    """A person's answer. It counts for the question it was given to, and for no later one."""

    question: str
    text: str


async def run(
    task: Task, desk: AgentKit, *, bounds: Bounds, spent: Spent | None = None, answer: PersonAnswer | None = None
) -> Ended:
    """Work on the task until it ends.

    `spent` is what the run has spent before, interrupted attempts at this task included.
    Raises ModelError and ModelBusy as the model does; the transcript then holds everything
    up to there.
    """
    budget = Budget(bounds, spent or Spent(), desk.model.cost)
    window = await asyncio.to_thread(lambda: desk.model.context_tokens)  # may have to import the model's library
    talk = await Conversation.open(desk.transcript, task, window)
    try:
        ended = await _passes(talk, desk, budget, answer)
    except BaseException:  # the work was cut off, or the model did not answer: what was said is kept all the same
        await desk.transcript.close()
        raise
    await desk.transcript.settled()
    return ended


async def _passes(talk: Conversation, desk: AgentKit, budget: Budget, answer: PersonAnswer | None) -> Ended:
    ended: Ended | None = None
    while ended is None:
        await desk.boundary()
        if talk.pending:
            ended = await _act(talk, desk, budget, answer)
        elif talk.ending is not None:
            ended = _ended(talk.ending, talk, budget)
        elif talk.stuck:
            ended = Stuck(budget.spent, talk.stuck)
        elif talk.remark is not None:
            talk.say(*talk.remark)
        else:
            ended = await _think(talk, desk, budget)
    return ended


async def _think(talk: Conversation, desk: AgentKit, budget: Budget) -> Ended | None:
    """One call to the model, if the budget has room for it."""
    prompt = talk.context.tokens + desk.tools.tokens
    room, share = budget.room(prompt, WORK, most=LONGEST_ANSWER), WORK
    if room.tokens < LEAST_ANSWER:
        which = room.tightest
        room, share = budget.room(prompt, ALL, most=LONGEST_ANSWER), ALL
        if room.tokens < LEAST_LAST_ANSWER or talk.wrapping_up:
            return OutOfBudget(budget.spent, which, talk.last_words)
        if not talk.awaits_last_turn:
            talk.say(RowKind.WRAP_UP, Message("user", render("wrap_up")))
    desk.transcript.begin()
    try:
        async with asyncio.timeout(budget.seconds_left(share)):
            reply = await desk.model.complete(talk.context.sent(), desk.tools.specs, max_tokens=room.tokens)
    except TimeoutError:
        return OutOfBudget(budget.spent, "minutes") if share == ALL else None
    except ContextFull:
        return None if talk.context.squeeze() else OutOfBudget(budget.spent, "context")
    budget.charge(reply.usage)
    talk.heard(reply, desk.changed)
    if not talk.pending or talk.is_cut:  # nothing is carried out that its writing could stand beside
        await desk.transcript.settled()
    return None


async def _act(talk: Conversation, desk: AgentKit, budget: Budget, answer: PersonAnswer | None) -> Ended | None:
    """Carry out the first call that has no result yet."""
    call = next(iter(talk.pending.values()))
    if talk.ending is not None or talk.answered >= CALLS_PER_TURN:
        reason = "the task has ended" if talk.ending else f"at most {CALLS_PER_TURN} calls in one answer"
        talk.say(RowKind.RESULT, Message("tool", f"Not run: {reason}.", tool_call_id=call.id), failed=True)
        return None
    if talk.is_cut:
        text = f"Not run: your answer was cut off at its token limit in the middle of this call. {_SMALLER}"
        talk.say(RowKind.RESULT, Message("tool", text, tool_call_id=call.id), failed=True)
        return None
    desk.transcript.begin()
    asked = desk.tools.asked(call)
    if asked is None:
        result = await desk.tools.run(call, seconds=budget.seconds_left())
    elif answer is None or answer.question != asked.question:
        return AsksPerson(budget.spent, asked.question)
    else:
        result = Result(f"The answer: {clean(answer.text)}")
    await desk.transcript.settled()
    recorded = await desk.record(talk.turn, call.name) if desk.tools.writes(call) else TreeAfter(talk.mark)
    notes = [recorded.note] if recorded.note else []
    message = Message("tool", "\n\n".join([result.text, *notes]), tool_call_id=call.id)
    talk.say(RowKind.RESULT, message, mark=recorded.mark, failed=result.failed)
    return None


def _ended(ending: Finish | GiveUp, talk: Conversation, budget: Budget) -> Ended:
    if isinstance(ending, GiveUp):
        return GaveUp(budget.spent, without_frame(ending.reason))
    requirements, summary = ending.as_requirements(), without_frame(ending.summary) or "No summary was given."
    met = all(item.state is RequirementState.MET for item in requirements)
    if talk.wrapping_up and not (requirements and met):
        which = budget.room(talk.context.tokens, WORK, most=LONGEST_ANSWER).tightest
        return OutOfBudget(budget.spent, which, summary, requirements)
    return Finished(budget.spent, summary, requirements, ending.keep)
