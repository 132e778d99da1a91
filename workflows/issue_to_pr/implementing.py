"""Changing the code: the agent at work in the run's box, and a review of its whole diff."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from sandbox.trees.workspace import Recorded as Change
from sandbox.trees.workspace import Workspace
from workflows.advice import RESUME, RESUME_WITH_MORE, ROLLBACK, remake
from workflows.agent.answers import REVIEW, SelfReviewFinding, read_review
from workflows.agent.conversation import Task
from workflows.agent.endings import AsksPerson, Ended, Finished, GaveUp, OutOfBudget, Stuck
from workflows.agent.loop import PersonAnswer
from workflows.agent.prompts import render
from workflows.agent.transcript import last_printed
from workflows.checks.results.told import feedback
from workflows.definition import Done, Exit, Failed, Result, WaitFor
from workflows.issue_to_pr.base_checks import checks_of_base
from workflows.issue_to_pr.intake import requirements_of, with_claims
from workflows.issue_to_pr.planning import commands_of, facts, guidance_of, ranked_section
from workflows.issue_to_pr.tidying import tidy
from workflows.services import StepContext
from workflows.steps.agent_work import agent_at_work
from workflows.steps.alongside import Work
from workflows.steps.asking import BudgetSpent, asked_for, question
from workflows.values import from_json, to_json
from workflows.verification import Verification
from workflows.workspace.clones import look_twice, unclean_paths

_MOST_DIFF = 60_000


async def implement(ctx: StepContext) -> Result:
    """Let the agent work until its task ends; a repetition goes on from its transcript, with that tree."""
    workspace = await ctx.workspace()
    task = task_of(ctx, await guidance_of(ctx))
    base = await checks_of_base(ctx)
    ended, printed = await at_work(ctx, "implement", task, beside=base)
    if base is not None:
        await base.tell()
    result = await _result(ctx, workspace, ended)
    return replace(result, output=printed) if isinstance(result, Failed) else result


async def at_work(ctx: StepContext, step: str, task: Task, beside: Work | None = None) -> tuple[Ended, str]:
    """Have the agent do a task in the run's own tree, and journal each of its turns; and the end of what was printed.

    `step` names the conversation. Done again, it goes on from its transcript. `beside` is done meanwhile.
    """
    workspace = await ctx.workspace()
    ended, said = await agent_at_work(
        ctx,
        step,
        task,
        commands_of(ctx),
        answer=_answer(ctx),
        carried=partial(_carried, ctx),
        remarks=partial(_remarks, ctx, workspace),
        beside=beside,
    )
    if isinstance(ended, Finished | OutOfBudget):
        keep = ended.keep if isinstance(ended, Finished) else ()
        await ctx.keep(**await tidy(ctx, workspace, said, keep))
    return ended, last_printed(said)


async def review(ctx: StepContext) -> Result:
    """Read the whole diff against the issue once; blocking findings go back to the agent."""
    if ctx.state.get("reviewed") or ctx.state.get("incomplete"):
        return Done(summary="not repeated" if ctx.state.get("reviewed") else "left out: the work is not complete")
    workspace = await ctx.workspace()
    after = await ctx.services.workspaces.mark(ctx.run)
    diff = await asyncio.to_thread(workspace.diff, ctx.state["base_tree"], after)
    prompt = render(
        "review",
        __file__,
        issue=asked_for(ctx),
        requirements=requirements_of(ctx),
        diff=diff[:_MOST_DIFF],
        cut=len(diff) > _MOST_DIFF,
    )
    try:
        found = await question(ctx, prompt, read_review, "review", REVIEW)
    except BudgetSpent as spent:
        return Done({"reviewed": False}, f"left out: {spent.sentence}")
    if found is None:
        return Done({"reviewed": False}, "left out: the model's review could not be read")
    claims = with_claims(requirements_of(ctx), found.requirements)
    state = {"reviewed": True, "requirements": [to_json(item) for item in claims]}
    blocking = [finding for finding in found.findings if finding.blocking]
    if not blocking:
        return Done(state, "nothing that blocks" if found.findings else "no findings")
    return Exit("rework", {**state, **_next_task(ctx, "review", findings=blocking)}, f"{len(blocking)} findings")


def _answer(ctx: StepContext) -> PersonAnswer | None:
    """What a person said to the agent's last question, once they have."""
    said = ctx.state.get("answer")
    return PersonAnswer(ctx.state["question"], said) if said else None


def again_for_checks(ctx: StepContext, verification: Verification, round_: int) -> dict[str, object]:
    """The state that sends the agent back to work on failed checks."""
    return {"round": round_, **_next_task(ctx, "checks", feedback=feedback(verification))}


def again_on_base(ctx: StepContext, paths: Sequence[str]) -> dict[str, object]:
    """The state that has the change made again where it could not be carried over to a base that moved."""
    return {"reviewed": False, "incomplete": "", **_next_task(ctx, "moved", paths=paths)}


def _carried(ctx: StepContext, mark: str) -> str:
    """The mark of a transcript as it is after left-overs were taken out, and it was carried over to a newer base."""
    for way in (ctx.state.get("tidied") or {}, ctx.state.get("carried") or {}):
        if mark and way.get("from") == mark:
            mark = str(way["to"])
    return mark


def _remarks(ctx: StepContext, workspace: Workspace, recorded: Change) -> str:
    """What would not be as it is where others have the change."""
    base, after = ctx.state["base_tree"], recorded.after
    found = unclean_paths(workspace, base, after, recorded.changes)
    return " ".join([*found, *look_twice(workspace, after, recorded.changes)])


def _next_task(
    ctx: StepContext,
    kind: str,
    *,
    feedback: str = "",
    findings: Sequence[SelfReviewFinding] = (),
    paths: Sequence[str] = (),
) -> dict[str, object]:
    number = (ctx.state.get("task") or {}).get("number", 0) + 1
    found = [to_json(finding) for finding in findings]
    moved = {"paths": list(paths)} if paths else {}
    return {"task": {"kind": kind, "number": number, "feedback": feedback, "findings": found, **moved}}


def task_of(ctx: StepContext, guide: str) -> Task:
    """What the agent is to do now: the issue at first, then what review and checks sent back."""
    task = ctx.state.get("task") or {"kind": "issue", "number": 0}
    first = ctx.state.get("failing_test") or {}
    match task["kind"]:
        case "checks":
            rounds = ctx.state["verify_rounds"]
            prompt = render("fix_checks", __file__, round=ctx.state["round"], rounds=rounds, feedback=task["feedback"])
        case "review":
            prompt = render(
                "address_review", __file__, findings=[from_json(SelfReviewFinding, item) for item in task["findings"]]
            )
        case "moved":
            prompt = render("base_moved", __file__, paths=task["paths"])
        case _:
            prompt = render(
                "implement",
                __file__,
                issue=asked_for(ctx),
                requirements=requirements_of(ctx),
                plan=ctx.state.get("plan", ""),
                ranked=ranked_section(ctx),
                commands=[planned.candidates[0].command for planned in commands_of(ctx).checks],
                failing=first.get("tests", []),
                script=first.get("script", ""),
            )
    system = render("system", facts=facts(ctx), guide=guide)
    # A resumed run gets the task anew: under the old key it would end as it ended before.
    return Task(f"{task['kind']}-{task['number']}-{ctx.state.get('resumed', 0)}", system, prompt)


async def _result(ctx: StepContext, workspace: Workspace, ended: Ended) -> Result:
    before = (ctx.state["base_tree"], (ctx.state.get("failing_test") or {}).get("tree"))
    changed = await ctx.services.workspaces.mark(ctx.run) not in before
    match ended:
        case Finished():
            return _finished(ctx, ended, changed)
        case AsksPerson():
            return WaitFor(ended.question, {"question": ended.question})
        case GaveUp():
            return Failed(f"The model gave up: {ended.reason}", advice=(remake("the plan"), ROLLBACK))
        case Stuck():
            return Failed(f"The model was stuck: {ended.reason}", advice=(RESUME, remake("the plan"), ROLLBACK))
        case OutOfBudget():
            why = f"The budget of {ended.which} ran out before the work was complete"
            if not changed:
                advice = (RESUME_WITH_MORE, ROLLBACK)
                return Failed(f"{why}, and nothing was changed yet.", advice=advice, lasting=True)
            claims = with_claims(requirements_of(ctx), ended.requirements)
            state = {"incomplete": f"{why}.", "summary": ended.summary, "requirements": [to_json(c) for c in claims]}
            return Done({**state, "answer": ""}, f"{why}; what there is goes on")


def _finished(ctx: StepContext, ended: Finished, changed: bool) -> Result:
    if not changed:
        return Failed(
            f"The model finished without changing anything: {ended.summary}", advice=(remake("the plan"), ROLLBACK)
        )
    claims = with_claims(requirements_of(ctx), ended.requirements)
    state = {"summary": ended.summary, "requirements": [to_json(claim) for claim in claims], "answer": ""}
    return Done({**state, "incomplete": ""}, ended.summary.splitlines()[0][:120])
