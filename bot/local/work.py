"""Runs at work in this process: start one or go on with one, follow it until it stays as it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from socket import gethostname

from bot import choices
from bot.app import App, open_app
from bot.database import check_engine, open_store
from bot.guards.engine_lock import EngineLock
from bot.local.asking import Acts, ask_here
from bot.local.operator import OPERATOR
from bot.server.keeping import keeping
from bot.settings import Settings
from bot.terminal.console import complain
from bot.terminal.live import Screen, Waker
from sandbox.errors import TransientError, UserError
from workflows.cluster.membership import signed_in
from workflows.errors import RunError
from workflows.runs import actions
from workflows.store.records import Run, Snapshot
from workflows.store.run_rows import runs, spending
from workflows.text.escape import visible
from workflows.values import Options, RunStatus

_LOOK_SECONDS = 0.5

Change = Callable[[App], Awaitable[Run]]
"""What is done to a run (or makes it) before it is followed."""


@dataclass(slots=True)
class Followed:
    """Which run a command is about, known as soon as there is one: an interrupted command names it."""

    run_id: str = ""


async def work(
    settings: Settings, screen: Screen, change: Change, followed: Followed, *, ask: bool = False
) -> Snapshot:
    """Make the change, then follow the run to its end or its next question.

    With `ask`, questions are put to the terminal and the run goes on with the answers.
    Waits in line where another process works on this data directory.
    """
    waker = Waker()
    async with _app(settings, screen, waker) as (app, lock):
        run = await change(app)
        followed.run_id = run.id
        lock.note(run.id)
        while True:
            snapshot = await _follow(app, run.id, screen, waker)
            if not (ask and snapshot.run.status is RunStatus.WAITING and await ask_here(app, snapshot)):
                return snapshot


async def go_on(app: Acts, run_id: str, options: Callable[[Options], Options] = lambda old: old) -> Run:
    """Resume a run, whatever stopped it: a failure, an abort, a kill, or nothing but a question."""
    run = await app.store.read(runs.get_run, run_id)
    new = options(run.options)
    if run.status in (RunStatus.FAILED, RunStatus.ABORTED):
        return await actions.retry(app.runs, run.id, OPERATOR, change=options)
    if run.status is RunStatus.ROLLED_BACK:
        raise UserError(f"Run {run.id} was rolled back.", f"Start it again: pullwright retry {run.id} STEP")
    if new != run.options:
        await app.store.write(runs.set_options, run.id, new)
    await app.runs.admit(run.id)  # one of a server's that waits in line does not wait for whoever names it here
    return run


def warned(warning: str, change: Change) -> Change:
    """The change, before which the warning is told, where there is one, on standard error."""

    async def tell_first(app: App) -> Run:
        if warning:
            complain(warning)
        return await change(app)

    return tell_first


async def tell_price(app: Acts, run_id: str, max_cost: float | None) -> None:
    """Before a run goes on, say where its cap, or that other one, may not hold; ModelError where it was named."""
    run, spent = await app.store.read(runs.get_run, run_id), await app.store.read(spending.spent, run_id)
    model, named = run.options.model or app.settings.model, "" if max_cost is None else "--max-cost"
    usd = run.options.bounds.usd if max_cost is None else max_cost
    if warning := choices.price_warning(app.settings, model, usd, named, spent):
        complain(warning)


def interrupted_id(settings: Settings) -> str:
    """The newest run that was interrupted at its work; RunError where there is none."""
    store = open_store(settings)
    try:
        at_work = store.read_now(runs.list_runs, statuses=(RunStatus.RUNNING, RunStatus.PENDING), limit=1)
        newest = store.read_now(runs.list_runs, limit=1)
    finally:
        store.close()
    if at_work:
        return at_work[0].id
    remedy = f"The newest one is {newest[0].id} ({newest[0].status})." if newest else "There are no runs yet."
    raise RunError("No run was interrupted.", remedy)


def full_id(settings: Settings, prefix: str) -> str:
    """The id of the run that begins so; RunError where there is none or more than one."""
    store = open_store(settings)
    try:
        return store.read_now(runs.find_run, prefix).id
    finally:
        store.close()


@asynccontextmanager
async def _app(settings: Settings, screen: Screen, waker: Waker) -> AsyncIterator[tuple[App, EngineLock]]:
    store = await asyncio.to_thread(open_store, settings)
    try:
        await asyncio.to_thread(check_engine, settings)
        async with (
            EngineLock(settings.lock_file, lambda holder: screen.say(f"waiting for {holder} to end")) as lock,
            signed_in(store, 0, settings.times) as member,  # a server's runs do not count on this process
            open_app(settings, store, waker, member, machine="" if store.is_sqlite else gethostname()) as app,
            keeping(app, member),
        ):
            yield app, lock
    finally:
        store.close()


async def _follow(app: App, run_id: str, screen: Screen, waker: Waker) -> Snapshot:
    """Show the run until the engine has nothing more to do for it."""
    paused = False
    try:
        while True:
            try:
                snapshot = await app.store.read(runs.snapshot, run_id)
            except TransientError:  # the database is busy: what it holds will be shown a moment later
                await asyncio.sleep(_LOOK_SECONDS)
                continue
            screen.show(snapshot)
            paused = await _paused(app, snapshot, screen, paused)
            if not snapshot.run.status.active:
                if snapshot.run.status is RunStatus.ABORTED:  # by another process, which has no engine to stop it with
                    await app.runs.engine.cancel(run_id, snapshot.run.segment)
                return snapshot
            await waker.wait(_LOOK_SECONDS)
    finally:
        screen.close()


async def _paused(app: App, snapshot: Snapshot, screen: Screen, said: bool) -> bool:
    """Say once that the run is paused, and have it go on when it is no more; whether it is."""
    if snapshot.pause is None:
        if snapshot.run.in_line:
            await app.runs.admit(snapshot.run.id)
        return False
    if not said:
        screen.say(f"{visible(snapshot.pause.sentence)} `{snapshot.pause.ended_by}` has it go on.")
    return True
