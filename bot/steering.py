"""What the commands do that steer a run: approve, reject, abort, retry, skip, roll back, answer a question; and pause.

Each is carried out once, also where its delivery is handled twice: the audit row that is
written together with its effect says so.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot import messages
from bot.access import role_of
from bot.desk import Call, Desk, Handler
from bot.pausing import refresh
from sandbox.rollback import Mode
from workflows.errors import RunError
from workflows.registry import WORKFLOWS
from workflows.repo_config import PATH
from workflows.runs import Asker
from workflows.sanitise import sanitise, sanitise_line
from workflows.store import audit, pauses, runs, spending, waits
from workflows.store.records import Question, Run
from workflows.undoing import plan_undoing
from workflows.values import Issue, Options, RunStatus, from_json

CLOCKS_SECONDS = 5.0
"""How much GitHub's clock may be behind ours, and how fast nobody reads a plan."""
_SECOND = 1.0
"""GitHub tells its times to the second."""

_NAMING = ("approve", "retry", "skip", "rollback")
"""Commands without words of one's own, which may name the workflow whose run is meant."""
_MOST_REASON = 2000
_MOST_WHY = 300
_MOST_ANSWER = 10_000

_Act = Callable[[Call, Desk, Run, Asker], Awaitable[str]]


async def _silence(call: Call, desk: Desk, run: Run, asker: Asker) -> str:
    return ""


def _on_run(act: _Act, again: _Act = _silence) -> Handler:
    """A handler that is given the run that is meant, and what it did before a crash it does not do again.

    `again` then says once more what may not have been said.
    """

    async def handler(call: Call, desk: Desk) -> str:
        call, workflow = _without_workflow(call)
        run = await desk.store.read(runs.meant_by, desk.repository, desk.number, workflow)
        if run is None:
            of = f" of {workflow}" if workflow else ""
            raise RunError(f"No run{of} has worked on this issue yet.", "/fix starts one.")
        asker = desk.asker(call)
        if await desk.runs.carried_out(run.id, asker):
            return await again(call, desk, run, asker)
        return await act(call, desk, run, asker)

    return handler


def _without_workflow(call: Call) -> tuple[Call, str]:
    """A command that names a workflow as its last word, and that; "" where it names none."""
    *words, last = call.arguments.split() or [""]
    if call.name not in _NAMING or last not in WORKFLOWS:
        return call, ""
    return replace(call, arguments=" ".join(words)), last


@_on_run
async def approve(call: Call, desk: Desk, run: Run, asker: Asker) -> str:
    """Only what whoever writes can have read is approved: this plan, for the issue as it is."""
    question = await _approval(desk, run, "approve")
    if run.options.approval.not_requester and _requester(run) == desk.login.lower():
        raise RunError(
            f"Whoever asked for a run does not approve its plan here: run {run.id} waits for somebody else.",
            f"{_configured('not_requester')} says so.",
        )
    issue = from_json(Issue, run.inputs["issue"])
    if not desk.digest:
        raise RunError(
            "A pull request does not tell whether the issue is still as it was for this plan.",
            f"Write /approve on the issue, #{issue.number}.",
        )
    if desk.digest != issue.digest:
        raise RunError(
            "The issue was edited after this run took it up, and the plan is for how it was.",
            "/abort this run, then /plan for the issue as it is now.",
        )
    await desk.runs.answer(run.id, "approve", asker=asker, binding=question.binding)
    return ""


@_on_run
async def reject(call: Call, desk: Desk, run: Run, asker: Asker) -> str:
    question = await _approval(desk, run, "reject")
    reason = sanitise(call.arguments, _MOST_REASON)
    if not reason:
        raise RunError("A plan is rejected with a reason: the next one is made with it in mind.", "/reject REASON")
    await desk.runs.answer(run.id, "reject", asker=asker, reason=reason, binding=question.binding)
    return ""


@_on_run
async def abort(call: Call, desk: Desk, run: Run, asker: Asker) -> str:
    await desk.runs.abort(run.id, asker=asker, reason=sanitise_line(call.arguments, _MOST_REASON))
    return ""


@_on_run
async def retry(call: Call, desk: Desk, run: Run, asker: Asker) -> str:
    words = call.arguments.split()
    budgets = [word.partition("=")[2] for word in words if word.lower().startswith("budget=")]
    keys = [word for word in words if not word.lower().startswith("budget=")]
    if len(budgets) > 1 or len(keys) > 1:
        raise RunError("That is more than one step or one budget.", "Write /retry, /retry STEP or /retry budget=USD.")
    options = _with_budget(run.options, budgets[0], desk.most_usd) if budgets else None
    if options is not None:
        desk.need_price(run, await desk.store.read(spending.spent, run.id))
    if keys:
        await desk.runs.retry(run.id, keys[0], asker=asker, options=options)
    else:
        await desk.runs.resume(run.id, asker=asker, options=options)
    return ""


@_on_run
async def skip(call: Call, desk: Desk, run: Run, asker: Asker) -> str:
    await desk.runs.skip(run.id, asker=asker)
    return ""


async def _roll_back(call: Call, desk: Desk, run: Run, asker: Asker) -> str:
    mode, count, dry = _how(call.arguments)
    if run.status.active and not dry:
        raise RunError(f"Run {run.id} is at work at step {run.current_step}.", "/abort it first, then roll it back.")
    undoing = await plan_undoing(desk.services, run, mode, count)
    if dry:
        return messages.would_undo([str(one) for one in await undoing.prospects()], await undoing.kept())
    if run.status is RunStatus.WAITING:
        await undoing.check()
        ended = await desk.runs.abort(run.id, asker=replace(asker, reference=""), reason="rollback", seen=run)
        undoing = await plan_undoing(desk.services, ended, mode, count)
    await undoing.carry_out(asker)
    await desk.runs.reporter.ended(run.id)
    return await _rolled_back(call, desk, run, asker)


async def _rolled_back(call: Call, desk: Desk, run: Run, asker: Asker) -> str:
    """What a rollback did, from what was noted of it."""
    mode, count, _ = _how(call.arguments)
    if mode is Mode.SOFT:
        return messages.handed_over(await (await plan_undoing(desk.services, run, mode)).kept())
    done = await desk.store.read(audit.detail_of, run.id, asker.reference) or {}
    steps = done.get("steps", ()) if count else ()
    return messages.rolled_back(run.id, done.get("lines", ()), steps, done.get("left", ()))


rollback = _on_run(_roll_back, _rolled_back)


async def pause(call: Call, desk: Desk) -> str:
    """Of this repository: everything is paused where the server runs."""
    why = sanitise_line(call.arguments, _MOST_WHY)
    begun = await desk.store.write(pauses.begin, desk.repository, desk.asker(call), why)
    await refresh(desk.store, desk.runs.reporter, [begun])
    return messages.paused_now(begun)


async def unpause(call: Call, desk: Desk) -> str:
    was = await desk.store.write(pauses.end, desk.repository, desk.asker(call))
    await desk.runs.admit()
    return messages.unpaused(was, await desk.store.read(pauses.exactly, pauses.EVERYTHING))


async def answer_question(text: str, desk: Desk) -> bool:
    """Take a comment as the answer to what the issue's run asks; False where it asks nothing any more."""
    run = await desk.store.read(runs.meant_by, desk.repository, desk.number)
    question = await asks(desk, run)
    if run is None or question is None:
        return False
    asker = Asker(desk.login, "github", desk.reference)
    await desk.runs.answer(run.id, sanitise(text, _MOST_ANSWER), asker=asker, binding=question.binding)
    return True


async def asks(desk: Desk, run: Run | None) -> Question | None:
    """The question of the run that a comment can be the answer to: free text, asked before it was written."""
    if run is None or run.status is not RunStatus.WAITING:
        return None
    question = await desk.store.read(waits.open_question, run.id)
    if question is None or question.kind != "question" or is_older(desk.written_at, question):
        return None
    return question


def is_older(written_at: float, question: Question, follows_another: bool = False) -> bool:
    """Whether something was written before the question was asked.

    Where it `follows_another` the benefit of the doubt ends: what was said a moment before was about that one.
    """
    allowed = _SECOND if follows_another else CLOCKS_SECONDS
    return bool(written_at) and written_at + allowed < question.asked_at


async def _approval(desk: Desk, run: Run, verb: str) -> Question:
    """What the run asks, by somebody who may answer it: by the rules that it was started with."""
    question = await desk.store.read(waits.open_question, run.id)
    if run.status is not RunStatus.WAITING or question is None:
        raise RunError(f"Nothing to {verb}: run {run.id} is {run.status} at step {run.current_step}.")
    if question.kind != "approval":
        raise RunError(
            f"Nothing to {verb}: run {run.id} asks a question at step {question.step}.",
            "Answer it in words, as a comment.",
        )
    if is_older(desk.written_at, question, await desk.store.read(waits.follows_another, question)):
        raise RunError("The plan was made after this comment was written.", f"Read it, then {verb} it.")
    needed = role_of(run.options.approval.role)
    if role_of(await desk.place.permission(desk.login)) < needed:
        raise RunError(
            f"To {verb} a plan takes the role {needed} here: run {run.id} waits for somebody who has it.",
            f"{_configured('role')} says so.",
        )
    return question


def _requester(run: Run) -> str:
    return str((run.inputs.get("requester") or {}).get("login", "")).lower()


def _configured(key: str) -> str:
    return f"approval.{key} in {PATH}, as it was when the run was started,"


def _with_budget(options: Options, given: str, most: float | None) -> Options:
    """The options with a larger bound in dollars; the other bounds grow with it, whichever it was that was met."""
    try:
        usd = float(given.removeprefix("$"))
    except ValueError:
        usd = math.nan
    bounds = options.bounds
    if not math.isfinite(usd) or usd <= 0:
        raise RunError(f"{given or 'Nothing'} is no number of dollars.", "For example: /retry budget=5")
    if bounds.usd is None:
        raise RunError("This run has no budget in dollars.", "/retry goes on without one.")
    if usd <= bounds.usd:
        raise RunError(f"The budget of this run is ${bounds.usd:g} already.", "Give a larger one.")
    if most is not None and usd > most:
        raise RunError(f"On this server a budget can be raised to ${most:g}.", "Whoever runs it can change that.")
    times = usd / bounds.usd
    larger = replace(
        bounds,
        usd=usd,
        tokens=None if bounds.tokens is None else math.ceil(bounds.tokens * times),
        turns=None if bounds.turns is None else math.ceil(bounds.turns * times),
        minutes=None if bounds.minutes is None else bounds.minutes * times,
    )
    return replace(options, bounds=larger)


def _how(arguments: str) -> tuple[Mode, int, bool]:
    """The kind of rollback, how many steps, and whether it is only to be told."""
    words = arguments.lower().split()
    dry = "--dry-run" in words
    match [word for word in words if word != "--dry-run"]:
        case ["soft" | "hard" as kind]:
            return Mode(kind), 0, dry
        case [number] if number.isdecimal() and len(number) < 5:
            return Mode.STEPS, int(number), dry
    raise RunError(
        "Say which kind of rollback.",
        "/rollback soft hands the work over to you, /rollback hard takes all of it back, "
        "/rollback 2 the last two steps.",
    )
