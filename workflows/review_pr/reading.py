"""Reading a change with different eyes, and trying to refute what they saw: every answer is kept as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from workflows.advice import RETRY, ROLLBACK
from workflows.agent.prompts import render
from workflows.agent.questions import Unreadable
from workflows.definition import Done, Failed, Result
from workflows.errors import BudgetSpent
from workflows.policy.instructions import guidance, guide_at
from workflows.review_pr.diff.changes import ChangedFile
from workflows.review_pr.diff.placing import PlacedFinding, place
from workflows.review_pr.diff.shown import file_text
from workflows.review_pr.evidence import around, names_in, spoken_of
from workflows.review_pr.findings import Finding, joined, reader
from workflows.review_pr.history.earlier import earlier_of, is_repeated
from workflows.review_pr.history.waved_away import LEAST, resembles, waved_away
from workflows.review_pr.posting import moved, said_before
from workflows.review_pr.proven import any_failed, checked, proven
from workflows.review_pr.source import change_of, fresh_of
from workflows.review_pr.state import (
    ASKED,
    CANDIDATES,
    FALLEN,
    HEAD,
    NO_ANSWER,
    NO_BUDGET,
    PARTS,
    RULES,
    SKIPPED,
    STANDING,
    UNCHECKED,
)
from workflows.services import StepContext
from workflows.steps.asking import question
from workflows.text.escape import visible
from workflows.values import Issue, from_json, to_json

EYES = ("correctness", "contracts", "errors")
"""What each reading looks for; joined they find more than one that looks for all."""
_MOST_JUDGED = 24
_PURPOSE = "review"
_MOST_TITLE = 4_000


async def read(ctx: StepContext) -> Result:
    """Each part with each pair of eyes. What cannot be read, for want of budget or of an answer, counts as skipped."""
    changes, texts = await asyncio.to_thread(change_of, ctx)
    known = fresh_of(ctx, changes)
    guide = await asyncio.to_thread(_guide, ctx)
    wanted = [f"{number}:{eye}" for number in range(len(ctx.state[PARTS.key])) for eye in EYES]
    kept: dict[str, Any] = dict(ctx.state.get("review_readings") or {})
    skipped, left = list(ctx.state[SKIPPED.key]), ""
    for number, part in enumerate(ctx.state[PARTS.key]):
        files = [file_text(known[path], texts.get(path)) for path in part]
        for eye in EYES:
            key = f"{number}:{eye}"
            if key in kept or left:
                continue
            await ctx.boundary()
            await ctx.say(f"{eye}, part {number + 1} of {len(ctx.state[PARTS.key])}")
            prompt = render("read", __file__, title=_said(ctx), guide=guide, files=files, eye=eye)
            try:
                found = await question(ctx, prompt, reader(part, eye), _PURPOSE)
            except BudgetSpent as spent:
                left = str(spent)
                continue
            kept[key] = None if found is None else [to_json(one) for one in found]
            await ctx.keep(review_readings=kept)
        if not any(kept.get(f"{number}:{eye}") is not None for eye in EYES):
            why = NO_BUDGET if left else NO_ANSWER
            skipped += [{"path": path, "why": why} for path in part]
    readings = [[from_json(Finding, one) for one in found] for found in kept.values() if found is not None]
    if not ctx.state[PARTS.key]:
        return Done({CANDIDATES.key: [], ASKED.key: {}, SKIPPED.key: skipped}, "nothing new to read")
    if not readings and not any_failed(checked(ctx.state)):
        return Failed(left or "The model's answers could not be read.", advice=(RETRY, ROLLBACK))
    found_all = joined(readings)
    parts, whole = ctx.state[PARTS.key], not ctx.state.get("review_known")
    asked = {}
    if len(parts) == 1 and whole:  # who has seen a part cannot say what is missing
        asked = await _asked(ctx, [file_text(known[path], texts.get(path)) for path in parts[0]])
    state = {CANDIDATES.key: [to_json(one) for one in found_all], SKIPPED.key: skipped, ASKED.key: asked}
    missed = {key.partition(":")[2] for key in wanted if kept.get(key) is None}
    state["review_missed"] = [eye for eye in EYES if eye in missed]
    return Done({**state, "review_readings": {}}, f"{len(found_all)} candidates from {len(readings)} readings")


async def refute(ctx: StepContext) -> Result:
    """Find each candidate's lines, and keep what the code around it does not refute; what was run needs no such try."""
    changes, texts = await asyncio.to_thread(change_of, ctx)
    known = {one.path: one for one in changes}
    judged: dict[str, Any] = dict(ctx.state.get("review_judged") or {})
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
                judged[finding.key] = await _judged(ctx, placed, change, texts.get(finding.path, ""))
            except BudgetSpent:
                judged[finding.key] = {"stands": False, "why": f"{UNCHECKED} {NO_BUDGET}"}
            await ctx.keep(review_judged=judged)
        said = judged[finding.key]
        if said["stands"]:
            standing.append(replace(placed, finding=replace(finding, tried=said["why"])))
        else:
            fallen.append({"title": finding.title, "why": said["why"]})
    shown = [one for one in proven(checked(ctx.state), changes) if one.finding.key not in before]
    all_ = sorted((*shown, *standing), key=lambda one: one.finding.severity.rank)
    state = {STANDING.key: [to_json(one) for one in all_], FALLEN.key: fallen, "review_judged": {}}
    words = f", {len(shown)} shown by running" if shown else ""
    return Done(state, f"{len(standing)} of {len(candidates)} stand{words}")


async def _judged(ctx: StepContext, placed: PlacedFinding, change: ChangedFile, text: str) -> Mapping[str, Any]:
    """What the model says when it is shown the code around a finding, its callers and its definitions."""
    finding, at = placed.finding, placed.place
    names = names_in(finding.quote)
    spoken = await asyncio.to_thread(spoken_of, ctx.repository(), ctx.state[HEAD.key], names, finding.path)
    start, end = (at.start, at.end) if at and at.side == "RIGHT" else (finding.line or 1, finding.line or 1)
    hunk = next((one for one in change.hunks if at and at.start in one.numbers(at.side)), None)
    prompt = render(
        "refute",
        __file__,
        finding=f"{finding.title}\n{finding.reason}\n{finding.consequence}\n\n{finding.quote}",
        place=f"{finding.path}:{start}-{end}",
        code=around(text, start, end),
        hunk="\n".join(f"{line.mark}{line.text}" for line in hunk.lines[:200]) if hunk else "",
        spoken=spoken,
    )
    said = await question(ctx, prompt, _verdict, _PURPOSE)
    return said or {"stands": False, "why": f"{UNCHECKED} {NO_ANSWER}"}


async def _asked(ctx: StepContext, files: list[str]) -> dict[str, str]:
    """Whether the change does what the linked issue asks, as the model sees it; empty where that is not known."""
    issue = ctx.state.get("review_issue")
    if issue is None or not files:
        return {}
    prompt = render("asked", __file__, issue=from_json(Issue, issue), files=files)
    try:
        return await question(ctx, prompt, _answer, _PURPOSE) or {}
    except BudgetSpent:
        return {}


def _guide(ctx: StepContext) -> str:
    repository = ctx.repository()
    return guidance(repository, guide_at(repository, ctx.state[RULES.key]))


def _said(ctx: StepContext) -> str:
    """What the author says of the change, as it was when the review began."""
    return str(ctx.state.get("review_said") or "")[:_MOST_TITLE]


def _verdict(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict) or not isinstance(data.get("stands"), bool):
        raise Unreadable('it does not say whether it "stands".')
    why = data.get("why")
    return {"stands": data["stands"], "why": visible(why).strip()[:400] if isinstance(why, str) else ""}


def _one_of(*words: str) -> Callable[[Any], str]:
    return lambda said: said if isinstance(said, str) and said in words else ""


def _answer(data: Any) -> dict[str, str]:
    does = _one_of("yes", "partly", "no", "unclear")(data.get("does") if isinstance(data, dict) else None)
    if not does:
        raise Unreadable('it does not say what it "does".')
    why = data.get("why")
    return {"does": does, "why": visible(why).strip()[:600] if isinstance(why, str) else ""}
