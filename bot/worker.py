"""The part of a server that does the work: the engine, what takes up deliveries, and what runs by the clock."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from bot.app import App, make_github, open_app
from bot.commands import COMMANDS
from bot.database import check_engine
from bot.dispatch import Dispatch
from bot.github.client import GitHub
from bot.github.recovery import Recovery
from bot.github.reporter import GitHubReporter
from bot.lock import EngineLock, Holder
from bot.redaction import redactor
from bot.routing import Facts
from bot.settings import Settings
from bot.standby import Standby
from bot.starting import Starting
from sandbox.errors import TransientError, UserError
from workflows.store import deliveries
from workflows.store.database import Store
from workflows.sweep import expire_waits

log = logging.getLogger(__name__)

_SWEEP_SECONDS = 30.0
_RECOVERY_SECONDS = 300.0
_KEPT_SECONDS = 14 * 24 * 3600.0
"""For how long deliveries that have come to their end are kept, so that a replay is known as one."""


@asynccontextmanager
async def at_work(settings: Settings, store: Store) -> AsyncIterator[Dispatch]:
    """A worker, until the block is left: what was left undone by an earlier one is taken up first.

    UserError where the credentials, the sandbox or the databases cannot be used.
    """
    github = make_github(settings)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(github.close)
        if store.is_sqlite:
            await asyncio.to_thread(check_engine, settings)
        lock = EngineLock(settings.lock_file, _in_line) if store.is_sqlite else Standby(store)
        await stack.enter_async_context(lock)
        reporter = await stack.enter_async_context(_reporter(settings, store, github))
        app = await stack.enter_async_context(open_app(settings, store, reporter))
        dispatch = _dispatch(settings, store, github, app)
        async with asyncio.TaskGroup() as tasks:
            recovery = Recovery(github, lambda guids: store.read(deliveries.known, guids))
            clocks = [
                tasks.create_task(_every(_SWEEP_SECONDS, lambda: _sweep(app, store)), name="sweep"),
                tasks.create_task(_every(_RECOVERY_SECONDS, recovery.look), name="recovery"),
            ]
            if isinstance(lock, Standby):
                clocks.append(tasks.create_task(lock.watch(), name="watch"))
            tasks.create_task(dispatch.run(), name="dispatch")
            yield dispatch
            dispatch.stop()
            for clock in clocks:
                clock.cancel()


def _in_line(holder: Holder) -> None:
    log.warning("waiting for %s to end: only one process works on a data directory", holder)


def _reporter(settings: Settings, store: Store, github: GitHub) -> GitHubReporter:
    return GitHubReporter(
        store,
        github,
        redact=redactor(settings),
        commands=COMMANDS,
        web_url=github.credentials.web_url,
        seconds=settings.progress_seconds,
    )


def _dispatch(settings: Settings, store: Store, github: GitHub, app: App) -> Dispatch:
    facts = Facts(slug=github.credentials.slug, assignee=settings.assignee, label=settings.label)
    return Dispatch(store, Starting(settings, github, app.runs), app.services, facts)


async def _every(seconds: float, act: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await act()
        except (TransientError, UserError) as error:
            log.warning("what is due by the clock is put off: %s", error)
        await asyncio.sleep(seconds)


async def _sweep(app: App, store: Store) -> None:
    await expire_waits(app.runs)
    await store.write(deliveries.forget, time.time() - _KEPT_SECONDS)
