"""Reading a change with different eyes: every answer is kept as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from workflows.agent.prompts import render
from workflows.agent.questions import Unreadable
from workflows.definition import Done, Result
from workflows.errors import BudgetSpent
from workflows.policy.instructions import guidance, guide_at
from workflows.review_pr.diff.shown import file_text
from workflows.review_pr.findings import Finding, joined, reader
from workflows.review_pr.source import change_of, fresh_of
from workflows.review_pr.state import (
    ASKED,
    CANDIDATES,
    MISSED,
    NO_ANSWER,
    NO_BUDGET,
    PARTS,
    READINGS,
    RULES,
    SKIPPED,
    UNREAD_WHY,
)
from workflows.services import StepContext
from workflows.steps.asking import question
from workflows.text.escape import visible
from workflows.values import Issue, from_json, to_json

EYES = ("correctness", "contracts", "errors")
"""What each reading looks for; joined they find more than one that looks for all."""
_PURPOSE = "review"
_MOST_TITLE = 4_000


async def read(ctx: StepContext) -> Result:
    """Each part with each pair of eyes. What cannot be read, for want of budget or of an answer, counts as skipped.

    Whether that leaves anything to say the next step knows, which has what was run, too.
    """
    changes, texts = await asyncio.to_thread(change_of, ctx)
    known = fresh_of(ctx, changes)
    guide = await asyncio.to_thread(_guide, ctx)
    wanted = [f"{number}:{eye}" for number in range(len(ctx.state[PARTS.key])) for eye in EYES]
    kept: dict[str, Any] = dict(ctx.state.get(READINGS.key) or {})
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
            await ctx.keep(**{READINGS.key: kept})
        if not any(kept.get(f"{number}:{eye}") is not None for eye in EYES):
            why = NO_BUDGET if left else NO_ANSWER
            skipped += [{"path": path, "why": why} for path in part]
    readings = [[from_json(Finding, one) for one in found] for found in kept.values() if found is not None]
    if not ctx.state[PARTS.key]:
        none = {CANDIDATES.key: [], ASKED.key: {}, SKIPPED.key: skipped, UNREAD_WHY.key: ""}
        return Done(none, "nothing new to read")
    found_all = joined(readings)
    parts, whole = ctx.state[PARTS.key], not ctx.state.get("review_known")
    asked = {}
    if readings and len(parts) == 1 and whole:  # who has seen a part cannot say what is missing
        asked = await _asked(ctx, [file_text(known[path], texts.get(path)) for path in parts[0]])
    state = {CANDIDATES.key: [to_json(one) for one in found_all], SKIPPED.key: skipped, ASKED.key: asked}
    missed = {key.partition(":")[2] for key in wanted if kept.get(key) is None}
    state[MISSED.key] = [eye for eye in EYES if eye in missed]
    state[UNREAD_WHY.key] = "" if readings else left or "The model's answers could not be read."
    return Done({**state, READINGS.key: {}}, f"{len(found_all)} candidates from {len(readings)} readings")


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


def _one_of(*words: str) -> Callable[[Any], str]:
    return lambda said: said if isinstance(said, str) and said in words else ""


def _answer(data: Any) -> dict[str, str]:
    does = _one_of("yes", "partly", "no", "unclear")(data.get("does") if isinstance(data, dict) else None)
    if not does:
        raise Unreadable('it does not say what it "does".')
    why = data.get("why")
    return {"does": does, "why": visible(why).strip()[:600] if isinstance(why, str) else ""}
