"""The commands that steer a run, and pause: from the words of a comment to an action, and to what is answered.

Who may, by what they have read, and that it is done once, is what `workflows.runs.actions` sees to.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from bot.channels.pauses import refresh
from bot.commands.context import Call, CommandContext, Handler
from bot.view import messages
from sandbox.trees.rollback import Mode
from workflows.errors import NotAllowed, NotAsked, RunError
from workflows.registry import WORKFLOWS
from workflows.runs import actions, meant
from workflows.runs.approval import Seen, asks_for_approval, asks_for_words
from workflows.runs.principal import Principal
from workflows.runs.raising import Raise
from workflows.store import audit
from workflows.store.audit import Asker
from workflows.store.cluster import pauses
from workflows.store.database import Store
from workflows.store.records import Run
from workflows.text.sanitise import sanitise_line
from workflows.values import RunStatus

_LAST = ("approve", "retry", "skip", "rollback")
"""Commands without words of one's own: their last word may name the workflow whose run is meant."""
_FIRST = ("abort", "reject")
"""Commands with words of one's own: before a colon, or as all there is, the workflow may be named."""
_MOST_WHY = 300

_Act = Callable[[Call, CommandContext, Run], Awaitable[str]]
_Fits = Callable[[Store, Run], Awaitable[bool]]


async def _any(store: Store, run: Run) -> bool:
    return True


async def _is_alive(store: Store, run: Run) -> bool:
    return run.status.active or run.status is RunStatus.WAITING


async def _waits_for_a_yes(store: Store, run: Run) -> bool:
    try:
        return await asks_for_approval(store, run, "approve") is not None
    except NotAsked:
        return False


def _on_run(fits: _Fits = _any) -> Callable[[_Act], Handler]:
    """A handler that is given the run that is meant: of several there the first that fits, else the likeliest."""

    def make(act: _Act) -> Handler:
        async def handler(call: Call, desk: CommandContext) -> str:
            named, workflow = _without_workflow(call)
            found = await desk.store.read(meant.all_on, desk.repository, desk.number, workflow=workflow)
            if not found:
                of = f" of {workflow}" if workflow else ""
                raise RunError(f"No run{of} has worked on this issue yet.", "/fix starts one.")
            run = await _done_before(desk, found, desk.asker(named)) or await _first(desk, found, fits)
            return await act(named, desk, run or found[0])

        return handler

    return make


async def _done_before(desk: CommandContext, found: Sequence[Run], asker: Asker) -> Run | None:
    """The run to which this was done already before a crash: since then others may fit better."""
    if len(found) > 1:
        for run in found:
            if await desk.runs.carried_out(run.id, asker):
                return run
    return None


async def _first(desk: CommandContext, found: Sequence[Run], fits: _Fits) -> Run | None:
    for run in found:
        if await fits(desk.store, run):
            return run
    return None


def _without_workflow(call: Call) -> tuple[Call, str]:
    """A command that names a workflow, without that; "" where it names none."""
    if call.name in _FIRST:
        first, colon, rest = (part.strip() for part in call.arguments.partition(":"))
        named = first in WORKFLOWS and (colon or not rest)
        return (replace(call, arguments=rest), first) if named else (call, "")
    *words, last = call.arguments.split() or [""]
    if call.name not in _LAST or last not in WORKFLOWS:
        return call, ""
    return replace(call, arguments=" ".join(words)), last


FITS: Mapping[str, _Fits] = {
    "approve": _waits_for_a_yes,
    "reject": _waits_for_a_yes,
    "abort": _is_alive,
    "retry": _any,
    "skip": _any,
    "status": _any,
}
"""Which of several runs in one place a command means, by its name: the first for which this holds."""


@_on_run(_waits_for_a_yes)
async def approve(call: Call, desk: CommandContext, run: Run) -> str:
    await actions.approve(desk.runs, run.id, desk.principal(call), desk.seen)
    return ""


@_on_run(_waits_for_a_yes)
async def reject(call: Call, desk: CommandContext, run: Run) -> str:
    await actions.reject(desk.runs, run.id, desk.principal(call), desk.seen, call.arguments)
    return ""


@_on_run(_is_alive)
async def abort(call: Call, desk: CommandContext, run: Run) -> str:
    await actions.abort(desk.runs, run.id, desk.principal(call), call.arguments)
    return ""


@_on_run()
async def retry(call: Call, desk: CommandContext, run: Run) -> str:
    words = call.arguments.split()
    budgets = [word.partition("=")[2] for word in words if word.lower().startswith("budget=")]
    keys = [word for word in words if not word.lower().startswith("budget=")]
    if len(budgets) > 1 or len(keys) > 1:
        raise RunError("That is more than one step or one budget.", "Write /retry, /retry STEP or /retry budget=USD.")
    budget = Raise(budgets[0], desk.most_usd, desk.need_price) if budgets else None
    await actions.retry(desk.runs, run.id, desk.principal(call), "".join(keys), budget)
    return ""


@_on_run()
async def skip(call: Call, desk: CommandContext, run: Run) -> str:
    keys = call.arguments.split()
    if len(keys) > 1:
        raise RunError("That is more than one step.", "Write /skip or /skip STEP.")
    await actions.skip(desk.runs, run.id, desk.principal(call), "".join(keys))
    return ""


@_on_run()
async def rollback(call: Call, desk: CommandContext, run: Run) -> str:
    mode, count, dry = _how(call.arguments)
    principal = desk.principal(call)
    if dry:
        undoing = await actions.plan_rollback(desk.runs, desk.services, run.id, principal, mode, count)
        return messages.would_undo([str(one) for one in await undoing.prospects()], await undoing.kept())
    await actions.rollback(desk.runs, desk.services, run.id, principal, mode, count)
    return await _rolled_back(desk, run, principal, mode, count)


async def _rolled_back(desk: CommandContext, run: Run, principal: Principal, mode: Mode, count: int) -> str:
    """What a rollback did, from what was noted of it: its answer may have been lost in a crash."""
    if mode is Mode.SOFT:
        undoing = await actions.plan_rollback(desk.runs, desk.services, run.id, principal, mode)
        return messages.handed_over(await undoing.kept())
    done = await desk.store.read(audit.detail_of, run.id, principal.reference) or {}
    steps = done.get("steps", ()) if count else ()
    return messages.rolled_back(run.id, done.get("lines", ()), steps, done.get("left", ()))


async def pause(call: Call, desk: CommandContext) -> str:
    """Of this repository: everything is paused where the server runs."""
    why = sanitise_line(call.arguments, _MOST_WHY)
    begun = await desk.store.write(pauses.begin, desk.repository, desk.asker(call), why)
    await refresh(desk.store, desk.runs.reporter, [begun])
    return messages.paused_now(begun)


async def unpause(call: Call, desk: CommandContext) -> str:
    was = await desk.store.write(pauses.end, desk.repository, desk.asker(call))
    await desk.runs.admit()
    return messages.unpaused(was, await desk.store.read(pauses.exactly, pauses.EVERYTHING))


async def answer_question(text: str, desk: CommandContext) -> bool:
    """Take a comment as the answer to what a run asks here; False where none asks anything any more."""
    found = await desk.store.read(meant.all_on, desk.repository, desk.number)
    run = await _done_before(desk, found, desk.principal().asker)
    run = run or await asking(desk.store, desk.repository, desk.number, desk.seen)
    if run is None:
        return False
    desk = replace(desk, role=await desk.role_now())
    try:
        await actions.answer(desk.runs, run.id, desk.principal(), desk.seen, text)
    except (NotAsked, NotAllowed):
        return False
    return True


async def asking(store: Store, repository: str, number: int, seen: Seen) -> Run | None:
    """The run on an issue or pull request whose question a comment can be the answer to: of several the likeliest."""
    for run in await store.read(meant.all_on, repository, number):
        if run.status is RunStatus.WAITING:
            with suppress(NotAsked):
                await asks_for_words(store, run, seen)
                return run
    return None


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
