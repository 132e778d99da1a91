"""Doing what is asked: the agent works on the pull request's branch, with what was said as its task."""

from __future__ import annotations

from workflows.advice import RESUME, RESUME_WITH_MORE, ROLLBACK
from workflows.agent.conversation import Task
from workflows.agent.endings import AsksPerson, Finished, GaveUp, OutOfBudget, Stuck
from workflows.agent.prompts import render
from workflows.definition import Done, Failed, Result, WaitFor
from workflows.issue_to_pr.follow_up.asked import AskedFor
from workflows.issue_to_pr.follow_up.gathering import ASKED
from workflows.issue_to_pr.follow_up.merging import MERGED
from workflows.issue_to_pr.implementing import at_work, task_of
from workflows.issue_to_pr.intake import requirements_of, with_claims
from workflows.issue_to_pr.planning import facts, guidance_of
from workflows.services import StepContext
from workflows.values import from_json, to_json


async def address(ctx: StepContext) -> Result:
    """Let the agent work until its task ends; what it does not do it gives a reason for."""
    conflicts = (ctx.state.get(MERGED) or {}).get("conflicts") or []
    if not ctx.state[ASKED.key] and not conflicts and not ctx.state.get("task"):
        return Done({"summary": ""}, "nothing but the merge")
    ended, _ = await at_work(ctx, "address", await _task(ctx, conflicts))
    match ended:
        case AsksPerson():
            return WaitFor(ended.question, {"question": ended.question})
        case GaveUp():
            return Failed(f"The model gave up: {ended.reason}", advice=(RESUME, ROLLBACK))
        case Stuck():
            return Failed(f"The model was stuck: {ended.reason}", advice=(RESUME, ROLLBACK))
        case OutOfBudget():
            why = f"The budget of {ended.which} ran out before it was done."
            return Failed(why, advice=(RESUME_WITH_MORE, ROLLBACK), lasting=True)
        case Finished():
            claims = with_claims(requirements_of(ctx), ended.requirements)
            state = {"summary": ended.summary, "requirements": [to_json(one) for one in claims], "answer": ""}
            return Done({**state, "incomplete": ""}, ended.summary.splitlines()[0][:120])


async def _task(ctx: StepContext, conflicts: list[str]) -> Task:
    guide = await guidance_of(ctx)
    if ctx.state.get("task"):  # checks sent it back
        return task_of(ctx, guide)
    asked = [from_json(AskedFor, one) for one in ctx.state[ASKED.key]]
    prompt = render("address", __file__, asked=asked, conflicts=conflicts, issue=ctx.issue)
    system = render("system", facts=facts(ctx), guide=guide)
    return Task(f"asked-{ctx.state.get('asked_times', 0)}-{ctx.state.get('resumed', 0)}", system, prompt)
