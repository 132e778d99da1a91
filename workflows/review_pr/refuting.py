"""Trying to refute what the readings saw, by the code around it and, where code may be run, by running something."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from workflows.advice import ROLLBACK, remake
from workflows.agent.prompts import render
from workflows.agent.questions import Unreadable
from workflows.definition import Done, Failed, Result
from workflows.errors import BudgetSpent
from workflows.review_pr.diff.changes import ChangedFile
from workflows.review_pr.diff.placing import PlacedFinding, place
from workflows.review_pr.evidence import around, names_in, spoken_of
from workflows.review_pr.findings import Finding, SeenRunning
from workflows.review_pr.history.earlier import earlier_of, is_repeated
from workflows.review_pr.history.waved_away import LEAST, resembles, waved_away
from workflows.review_pr.posting import moved, said_before
from workflows.review_pr.proof.proven import any_failed, checked, proven
from workflows.review_pr.proof.trying import SECONDS, ScriptRun, Trials, trials
from workflows.review_pr.source import change_of
from workflows.review_pr.state import (
    CANDIDATES,
    FALLEN,
    HEAD,
    JUDGED,
    NO_ANSWER,
    NO_BUDGET,
    STANDING,
    UNCHECKED,
    UNREAD_WHY,
)
from workflows.services import StepContext
from workflows.steps.asking import question
from workflows.text.escape import visible
from workflows.values import from_json, to_json

_MOST_JUDGED = 24
_PURPOSE = "review"
_MOST_SCRIPT = 4_000


@dataclass(frozen=True, slots=True)
class Refutation:
    """Whether a finding stands, why, and what was run to find out, where something was."""

    stands: bool
    why: str
    ran: ScriptRun | None = None


async def refute(ctx: StepContext) -> Result:
    """Find each candidate's lines, and keep what the code around it does not refute; what was run needs no such try."""
    async with trials(ctx) as runs:
        return await _refuted(ctx, runs)


async def _refuted(ctx: StepContext, runs: Trials) -> Result:
    if (why := str(ctx.state.get(UNREAD_WHY.key) or "")) and not any_failed(checked(ctx.state)):
        return Failed(why, advice=(remake("the readings"), ROLLBACK))
    changes, texts = await asyncio.to_thread(change_of, ctx)
    known = {one.path: one for one in changes}
    judged: dict[str, Any] = dict(ctx.state.get(JUDGED) or {})
    standing: list[PlacedFinding] = []
    fallen: list[dict[str, str]] = []
    if (again := await moved(ctx)) is not None:
        return again
    before, posted = await said_before(ctx), (await earlier_of(ctx)).posted
    candidates = [
        one
        for one in (from_json(Finding, each) for each in ctx.state[CANDIDATES.key])
        if one.key not in before and not is_repeated(one, posted, known)
    ]
    noted = await waved_away(ctx) if candidates else []
    for number, finding in enumerate(candidates):
        if (times := resembles(finding, noted)) >= LEAST:
            fallen.append({"title": finding.title, "why": f"it resembles {times} comments that people waved away here"})
            continue
        change = known[finding.path]
        placed = await asyncio.to_thread(place, finding, change, texts.get(finding.path))
        if number >= _MOST_JUDGED:
            fallen.append({"title": finding.title, "why": f"{UNCHECKED} there were more than one review checks"})
            continue
        if finding.key not in judged:
            await ctx.boundary()
            await ctx.say(f"{number + 1} of {len(candidates)}: {finding.path}")
            try:
                found = await _judged(ctx, placed, change, texts.get(finding.path, ""), runs)
            except BudgetSpent:
                found = Refutation(False, f"{UNCHECKED} {NO_BUDGET}")
            judged[finding.key] = to_json(found)
            await ctx.keep(**{JUDGED: judged})
        said = from_json(Refutation, judged[finding.key])
        if said.stands:
            standing.append(replace(placed, finding=_with_what_was_tried(finding, said)))
        else:
            fallen.append({"title": finding.title, "why": said.why})
    shown = [one for one in proven(checked(ctx.state), changes) if one.finding.key not in before]
    all_ = sorted((*shown, *standing), key=lambda one: one.finding.severity.rank)
    state = {STANDING.key: [to_json(one) for one in all_], FALLEN.key: fallen, JUDGED: {}}
    ran = len(shown) + sum(1 for one in standing if one.finding.seen)
    words = f", {ran} shown by running" if ran else ""
    return Done(state, f"{len(standing)} of {len(candidates)} stand{words}")


def _with_what_was_tried(finding: Finding, said: Refutation) -> Finding:
    """A script that showed it is its proof; one that did not is told beside what was thought."""
    if said.ran is None:
        return replace(finding, tried=said.why)
    if said.ran.shows:
        seen = SeenRunning(said.ran.script, said.ran.head, on_base=said.ran.on_base)
        return replace(finding, tried=said.why, seen=seen)
    return replace(finding, tried=f"{said.why} (a script that was run did not show it: {said.ran.why})")


async def _judged(ctx: StepContext, placed: PlacedFinding, change: ChangedFile, text: str, runs: Trials) -> Refutation:
    """What the model says when it is shown the code around a finding, its callers and its definitions.

    Where code may be run it may ask for one script first, whose output it is shown.
    """
    finding, at = placed.finding, placed.place
    names = names_in(finding.quote)
    spoken = await asyncio.to_thread(spoken_of, ctx.repository(), ctx.state[HEAD.key], names, finding.path)
    start, end = (at.start, at.end) if at and at.side == "RIGHT" else (finding.line or 1, finding.line or 1)
    hunk = next((one for one in change.hunks if at and at.start in one.numbers(at.side)), None)
    shown: dict[str, Any] = {
        "finding": f"{finding.title}\n{finding.reason}\n{finding.consequence}\n\n{finding.quote}",
        "place": f"{finding.path}:{start}-{end}",
        "code": around(text, start, end),
        "hunk": "\n".join(f"{line.mark}{line.text}" for line in hunk.lines[:200]) if hunk else "",
        "spoken": spoken,
    }
    unread = Refutation(False, f"{UNCHECKED} {NO_ANSWER}")
    prompt = render("refute", __file__, **shown, ran=None, seconds=SECONDS if runs.left else 0)
    said = await question(ctx, prompt, _verdict, _PURPOSE)
    if not isinstance(said, str):
        return said or unread
    await ctx.boundary()
    ran = await runs.run(said) if runs.left else ScriptRun(said, why="nothing may be run")
    prompt = render("refute", __file__, **shown, ran=ran, seconds=0)
    again = await question(ctx, prompt, partial(_verdict, last=True), _PURPOSE)
    return replace(again, ran=ran) if isinstance(again, Refutation) else unread


def _verdict(data: Any, *, last: bool = False) -> Refutation | str:
    """What is said of it, or the script that is to be run first; no other one behind it, which is the `last` word."""
    given: Mapping[str, Any] = data if isinstance(data, dict) else {}
    if isinstance(given.get("stands"), bool):
        why = given.get("why")
        return Refutation(given["stands"], visible(why).strip()[:400] if isinstance(why, str) else "")
    script = None if last else given.get("run")
    if isinstance(script, str) and 0 < len(script.strip()) <= _MOST_SCRIPT:
        return visible(script).strip()
    raise Unreadable('it does not say whether it "stands".')
