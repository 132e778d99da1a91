"""Single questions to the model within the run's budget."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from workflows.agent.questions import ask_json, ask_text
from workflows.errors import BudgetSpent as BudgetSpent
from workflows.model.errors import ContextFull
from workflows.model.spending.budget import LEAST_ANSWER, WORK, Budget
from workflows.services import StepContext
from workflows.values import Issue

T = TypeVar("T")
log = logging.getLogger(__name__)

_LONGEST = 4096
_SWITCH = re.compile(r"(?<!\S)proof=none(?!\S)")
"""What stands behind a command for us, and not for the model."""
_CHARACTERS_PER_TOKEN = 3
"""A low guess, so that a prompt's size is rather over- than underestimated."""


def asked_for(ctx: StepContext) -> Issue:
    """The issue as those who work on it are to read it: with what whoever asked for the work added to it."""
    hint = _SWITCH.sub("", str(ctx.run.inputs.get("hint") or "")).strip()
    return (
        replace(ctx.issue, body=f"{ctx.issue.body}\n\nWhoever asked for this work added:\n\n{hint}")
        if hint
        else ctx.issue
    )


async def question(
    ctx: StepContext,
    prompt: str,
    read: Callable[[Any], T],
    purpose: str,
    schema: Mapping[str, object] | None = None,
) -> T | None:
    """What `read` makes of the model's answer, None where it could not be read. Raises BudgetSpent.

    A prompt that is too long for the model is such a case, too: nothing of it could be left out here.
    """
    most = await _room(ctx, prompt)
    try:
        return await ask_json(ctx.model, prompt, read, purpose=purpose, bill=ctx.bill, max_tokens=most, schema=schema)
    except ContextFull as full:
        log.warning("run %s goes on without its %s: %s", ctx.run.id, purpose, full)
        return None


async def text(ctx: StepContext, prompt: str, purpose: str) -> str:
    """The model's answer as it is. Raises BudgetSpent."""
    most = await _room(ctx, prompt)
    return await ask_text(ctx.model, prompt, purpose=purpose, bill=ctx.bill, max_tokens=most)


async def _room(ctx: StepContext, prompt: str) -> int:
    budget = Budget(ctx.run.options.bounds, await ctx.spent(), ctx.model.cost)
    room = budget.room(len(prompt) // _CHARACTERS_PER_TOKEN, WORK, most=_LONGEST)
    if room.tokens < LEAST_ANSWER:
        raise BudgetSpent(room.tightest)
    return room.tokens
