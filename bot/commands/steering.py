"""The commands that steer a run, and pause: from the words of a comment to an action, and to what is answered.

Who may, by what they have read, and that it is done once, is what `workflows.runs.actions` sees to.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.channels.pauses import refresh
from bot.commands.context import Call, Desk, Handler
from bot.view import messages
from sandbox.trees.rollback import Mode
from workflows.errors import NotAllowed, NotAsked, RunError
from workflows.registry import WORKFLOWS
from workflows.runs import actions
from workflows.runs.principal import Principal, role_of
from workflows.runs.raising import Raise
from workflows.store import audit
from workflows.store.cluster import pauses
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.text.sanitise import sanitise_line

_NAMING = ("approve", "retry", "skip", "rollback")
"""Commands without words of one's own, which may name the workflow whose run is meant."""
_MOST_WHY = 300

_Act = Callable[[Call, Desk, Run], Awaitable[str]]


def _on_run(act: _Act) -> Handler:
    """A handler that is given the run that is meant."""

    async def handler(call: Call, desk: Desk) -> str:
        call, workflow = _without_workflow(call)
        run = await desk.store.read(runs.meant_by, desk.repository, desk.number, workflow)
        if run is None:
            of = f" of {workflow}" if workflow else ""
            raise RunError(f"No run{of} has worked on this issue yet.", "/fix starts one.")
        return await act(call, desk, run)

    return handler


def _without_workflow(call: Call) -> tuple[Call, str]:
    """A command that names a workflow as its last word, and that; "" where it names none."""
    *words, last = call.arguments.split() or [""]
    if call.name not in _NAMING or last not in WORKFLOWS:
        return call, ""
    return replace(call, arguments=" ".join(words)), last


@_on_run
async def approve(call: Call, desk: Desk, run: Run) -> str:
    await actions.approve(desk.runs, run.id, desk.principal(call), desk.seen)
    return ""


@_on_run
async def reject(call: Call, desk: Desk, run: Run) -> str:
    await actions.reject(desk.runs, run.id, desk.principal(call), desk.seen, call.arguments)
    return ""


@_on_run
async def abort(call: Call, desk: Desk, run: Run) -> str:
    await actions.abort(desk.runs, run.id, desk.principal(call), call.arguments)
    return ""


@_on_run
async def retry(call: Call, desk: Desk, run: Run) -> str:
    words = call.arguments.split()
    budgets = [word.partition("=")[2] for word in words if word.lower().startswith("budget=")]
    keys = [word for word in words if not word.lower().startswith("budget=")]
    if len(budgets) > 1 or len(keys) > 1:
        raise RunError("That is more than one step or one budget.", "Write /retry, /retry STEP or /retry budget=USD.")
    budget = Raise(budgets[0], desk.most_usd, desk.need_price) if budgets else None
    await actions.retry(desk.runs, run.id, desk.principal(call), "".join(keys), budget)
    return ""


@_on_run
async def skip(call: Call, desk: Desk, run: Run) -> str:
    await actions.skip(desk.runs, run.id, desk.principal(call))
    return ""


@_on_run
async def rollback(call: Call, desk: Desk, run: Run) -> str:
    mode, count, dry = _how(call.arguments)
    principal = desk.principal(call)
    if dry:
        undoing = await actions.plan_rollback(desk.runs, desk.services, run.id, principal, mode, count)
        return messages.would_undo([str(one) for one in await undoing.prospects()], await undoing.kept())
    await actions.rollback(desk.runs, desk.services, run.id, principal, mode, count)
    return await _rolled_back(desk, run, principal, mode, count)


async def _rolled_back(desk: Desk, run: Run, principal: Principal, mode: Mode, count: int) -> str:
    """What a rollback did, from what was noted of it: its answer may have been lost in a crash."""
    if mode is Mode.SOFT:
        undoing = await actions.plan_rollback(desk.runs, desk.services, run.id, principal, mode)
        return messages.handed_over(await undoing.kept())
    done = await desk.store.read(audit.detail_of, run.id, principal.reference) or {}
    steps = done.get("steps", ()) if count else ()
    return messages.rolled_back(run.id, done.get("lines", ()), steps, done.get("left", ()))


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
    if run is None:
        return False
    desk = replace(desk, role=role_of(await desk.place.permission(desk.login)))
    try:
        await actions.answer(desk.runs, run.id, desk.principal(), desk.seen, text)
    except (NotAsked, NotAllowed):
        return False
    return True


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
