"""Whether the work is still wanted, asked before a step that costs something or publishes something.

A forge tells of most that happens to an issue as it happens; what did not arrive is found here.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, replace
from functools import wraps
from typing import Any

from workflows.advice import RESUME, ROLLBACK
from workflows.definition import Failed, Result, WaitFor
from workflows.errors import TransientError, UserError
from workflows.ports import Standing, Standings
from workflows.runs.withdrawal import EDITED, IssueEdit, withdrawn
from workflows.services import StepContext
from workflows.steps.change import config_of
from workflows.store.run_rows import runs
from workflows.text.sanitise import sanitised
from workflows.values import Issue, from_json

log = logging.getLogger(__name__)

_Do = Callable[[StepContext], Awaitable[Result]]
_GO_ON = frozenset({"go on", "go", "yes", "continue", "carry on", "ok", "y"})
_STOP = frozenset({"stop", "no", "abort", "n"})


def while_wanted(step: _Do) -> _Do:
    """The step, made only where the work is still wanted, and for a text that nobody has to be asked about."""

    @wraps(step)
    async def made(ctx: StepContext) -> Result:
        standing = await _standing(ctx)
        why = withdrawn(standing, ctx.run.inputs) if standing is not None else ""
        if why and (await config_of(ctx)).triggers.withdrawn is not False:
            return _stopped(why)
        edit = await _edit(ctx, standing)
        if edit is not None and (await config_of(ctx)).triggers.edited is False:
            edit = None
        ctx = _with(ctx, {EDITED: _kept(edit)})
        settled = ctx if edit is None else await _settled(ctx, edit)
        return await step(settled) if isinstance(settled, StepContext) else settled

    return made


async def _standing(ctx: StepContext) -> Standing | None:
    """How the issue is; None where it has none, or that cannot be known now, which is no reason to stop."""
    forge = ctx.forge.operations(ctx.run.id)
    if not isinstance(forge, Standings) or not ctx.issue.number:
        return None
    try:
        return await forge.standing(ctx.issue.number)
    except (TransientError, UserError) as error:
        log.info("run %s: how #%d is cannot be known now: %s", ctx.run.id, ctx.issue.number, error)
        return None


def _stopped(why: str) -> Failed:
    return Failed(
        f"Stopped, since {why} while this run was at work. Nothing more is done. "
        "Where that was a mistake, undo it and have the run go on.",
        advice=(RESUME, ROLLBACK),
        lasting=True,
    )


async def _edit(ctx: StepContext, standing: Standing | None) -> IssueEdit | None:
    """How the issue was edited since the run took it up; None where it reads as it did then."""
    now = await ctx.services.store.read(runs.get_run, ctx.run.id)
    told = now.state.get(EDITED)
    edit = from_json(IssueEdit, told) if told else None
    if standing is not None:
        digest = sanitised(Issue(ctx.issue.number, standing.title, standing.body)).digest
        if digest == ctx.issue.digest:
            edit = None
        elif edit is None or edit.digest != digest:
            edit = IssueEdit("somebody", digest, may_write=False)
        if (_kept(edit) or None) != (told or None):
            await ctx.keep(**{EDITED: _kept(edit)})
    return edit


def _kept(edit: IssueEdit | None) -> dict[str, Any] | None:
    return None if edit is None else asdict(edit)


def _with(ctx: StepContext, changes: Mapping[str, Any]) -> StepContext:
    """The context with these in the state that the step sees."""
    return replace(ctx, run=replace(ctx.run, state={**ctx.state, **changes}))


async def _settled(ctx: StepContext, edit: IssueEdit) -> StepContext | Result:
    """How the step is made for an issue that was edited; or the question whether it is, or that it is not."""
    state = ctx.state
    answer, asked = str(state.get("answer") or ""), state.get("edit_asked") == edit.digest
    if not edit.may_write or state.get("approval_needed") or state.get("edit_settled") == edit.digest:
        return ctx
    said = answer.strip().strip(".!`").lower()
    if asked and said in _STOP:
        return Failed("Stopped, as it was answered.", advice=(RESUME, ROLLBACK), lasting=True, state={"answer": ""})
    if asked and said in _GO_ON:
        settled = {"edit_settled": edit.digest, "edit_asked": "", "answer": ""}
        await ctx.keep(**settled)
        return _with(ctx, settled)
    if answer and not asked:
        return ctx  # the step's own question was answered; ours waits for the next step
    return WaitFor(
        f"{edit.by} edited the issue after this run took it up, and it works for the text as it was. "
        "Answer `go on` to have it finish so; or write `/abort`, and then `/fix` for the text as it is now.",
        {"edit_asked": edit.digest, "answer": ""},
    )
