"""The part of a server that does the work: the engine, what takes up deliveries, and what runs by the clock."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bot.app import App, make_github, make_retention, open_app
from bot.channels.github import GitHubChannel
from bot.channels.outbox import Outbox
from bot.channels.pauses import LOOK_SECONDS, Pauses
from bot.channels.reminders import InAllPlaces, Reminder
from bot.channels.several import Several
from bot.commands.table import COMMANDS
from bot.database import check_engine
from bot.github.client import GitHub
from bot.github.redelivery import Recovery
from bot.guards.disk_guard import FULL_BYTES, LEAST_BYTES, WorkerRoom
from bot.guards.engine_lock import EngineLock, Holder
from bot.guards.watchdog import watched
from bot.hooks.sending import Sender
from bot.hooks.work import HookWork
from bot.redaction import redactor
from bot.server.keeping import pick_up, take_over
from bot.server.order_line import OrderLine
from bot.server.order_work import OrderWork
from bot.settings import Settings
from bot.webhook.deliveries import Dispatch
from bot.webhook.facts import Names
from bot.webhook.handler import Handler
from bot.webhook.start import Starting
from sandbox.errors import TransientError, UserError
from sandbox.network.endpoints import endpoints
from workflows.cluster.membership import Member, signed_in
from workflows.engine.admission import Admission, Freeing, RunLimits
from workflows.model.library import warm
from workflows.runs.feed import Feed
from workflows.runs.sweep import expire_waits, remind, stop_aborted
from workflows.store import deliveries, quotas
from workflows.store.cluster import workers
from workflows.store.database import Store
from workflows.store.quotas import QuotaLine
from workflows.store.run_rows.line.fairness import AtOnce

log = logging.getLogger(__name__)

_TAKEOVER_SECONDS = 0.5
_STOP_SECONDS = 0.5
_HOOK_SECONDS = 1.0
_SWEEP_SECONDS = 30.0
_DROPPED_SECONDS = 5.0
_ROOM_SECONDS = 5.0
_QUOTA_SECONDS = 15.0
_RECOVERY_SECONDS = 300.0
_READY_SECONDS = 3.0
"""After this long a worker loads what calls models, which takes seconds: whoever is first to need it, or another
worker's heir, finds it there. Not at once, since what is left of an earlier process comes first."""


@dataclass(frozen=True, slots=True)
class Worker:
    """What works in this process; implements `bot.guards.shutdown.Work`."""

    app: App
    dispatch: Dispatch

    @property
    def runs_at_work(self) -> frozenset[str]:
        return self.app.services.gate.at_work

    @property
    def deliveries_at_work(self) -> int:
        return self.dispatch.at_work

    async def take_no_more(self) -> None:
        self.dispatch.stop()
        assert self.app.engine is not None, "a worker has an engine"
        await self.app.engine.drain()


@asynccontextmanager
async def at_work(settings: Settings, store: Store) -> AsyncIterator[Worker]:
    """A worker, until the block is left: what was left undone by an earlier one is taken up first.

    What is under way when the block is left is interrupted, and left for the next one.

    UserError where the credentials, the sandbox or the databases cannot be used.
    """
    github = make_github(settings)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(github.close)
        if store.is_sqlite:
            await asyncio.to_thread(check_engine, settings)
        await stack.enter_async_context(EngineLock(settings.lock_file, _in_line(settings), serves=True))
        room = WorkerRoom(settings.data, settings.places, least=FULL_BYTES if store.is_sqlite else LEAST_BYTES)
        member = await stack.enter_async_context(signed_in(store, room.offered, settings.times))
        github.guard(member.hold)
        line = Admission()
        feed = await stack.enter_async_context(Feed(store))
        outbox = await stack.enter_async_context(_outbox(settings, store, github, member, feed))
        telegram = None
        if settings.has_telegram:
            from bot.telegram.service import speaking  # fifteen megabytes, for those who have it

            telegram = await stack.enter_async_context(speaking(settings, store, github, member.id, feed))
        reporter = Freeing(outbox if telegram is None else Several((outbox, telegram.outbox)), line.wake)
        app = await stack.enter_async_context(
            open_app(settings, store, reporter, member, limits=_limits(settings, store, room), places=room.offered)
        )
        assert app.engine is not None, "a worker has an engine"
        stack.enter_context(watched(app.engine.loop))
        starting = Starting(settings, github, app.runs)
        dispatch = _dispatch(settings, store, starting, app, member)
        work = OrderWork(app, starting)
        async with asyncio.TaskGroup() as tasks:
            on_github = [Reminder(store, github.repository, github.credentials.web_url)]
            reminder = InAllPlaces([*on_github, *([] if telegram is None else [telegram.remind])])
            recovery = Recovery(github, lambda guids: store.read(deliveries.known, guids))
            clocks = [
                tasks.create_task(_every(_SWEEP_SECONDS, lambda: _sweep(app, reminder, member)), name="sweep"),
                tasks.create_task(_every(_RECOVERY_SECONDS, _looking(recovery, member, store)), name="recovery"),
                tasks.create_task(_every(_STOP_SECONDS, lambda: _stop(app)), name="stop"),
                tasks.create_task(_every(LOOK_SECONDS, Pauses(store, app.runs.reporter).look), name="pauses"),
                tasks.create_task(_every(_DROPPED_SECONDS, lambda: pick_up(app)), name="dropped"),
                tasks.create_task(OrderLine(store, work.carry_out).run(), name="orders"),
                *(tasks.create_task(one, name=name) for name, one in _telling(settings, store, member.id)),
                tasks.create_task(_every(_QUOTA_SECONDS, _quotas(github, store)), name="quotas"),
                tasks.create_task(line.run(app.runs), name="line"),
                tasks.create_task(_soon_ready(settings), name="ready"),
                tasks.create_task(make_retention(settings, store).nightly(settings.data / "cleaned"), name="night"),
            ]
            looking = _every(_ROOM_SECONDS, lambda: room.look(lambda places: _offer(app, member, places)))
            clocks.append(tasks.create_task(looking, name="room"))
            if telegram is not None:
                clocks.append(tasks.create_task(telegram.receive(app.runs, member.id), name="telegram"))
            if not store.is_sqlite:
                heir = _every(_TAKEOVER_SECONDS, lambda: take_over(app, member))
                clocks.append(tasks.create_task(heir, name="takeover"))
            tasks.create_task(dispatch.run(), name="dispatch")
            yield Worker(app, dispatch)
            dispatch.interrupt()
            for clock in clocks:
                clock.cancel()


def _limits(settings: Settings, store: Store, room: WorkerRoom) -> RunLimits:
    """The places of all workers, where there can be several."""
    places = (lambda db: room.offered) if store.is_sqlite else (lambda db: sum(workers.at_work(db).values()))
    return RunLimits(places, AtOnce(settings.repository_runs, settings.installation_runs))


def _in_line(settings: Settings) -> Callable[[Holder], None]:
    def waits(holder: Holder) -> None:
        log.warning("waiting for %s to end: only one process works on a data directory", holder)
        _make_ready(settings)

    return waits


def _outbox(settings: Settings, store: Store, github: GitHub, member: Member, feed: Feed) -> Outbox:
    channel = GitHubChannel(
        store,
        github,
        redact=redactor(settings),
        commands=COMMANDS,
        web_url=github.credentials.web_url,
        pace=settings.progress_seconds,
    )
    return Outbox(store, channel, me=member.id, feed=feed)


def _dispatch(settings: Settings, store: Store, starting: Starting, app: App, member: Member) -> Dispatch:
    slug = starting.github.credentials.slug
    names = Names(slug=slug, assignee=settings.assignee, label=settings.label)
    handler = Handler(starting, app.services, names)
    return Dispatch(store, handler, alone=store.is_sqlite, name=member.id)


def _telling(settings: Settings, store: Store, me: str) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
    """What tells others what happens to runs, each by its name."""
    yield "hooks", HookWork(store, Sender(endpoints(settings.hook_hosts)), redactor(settings)).run(_HOOK_SECONDS)
    if settings.otlp_url:
        from bot.traces.telling import Collector, TraceTelling  # for those who have a collector

        collector = Collector(settings.otlp_url, settings.otlp_fields)
        yield "traces", TraceTelling(store, collector, me).run()


async def _every(seconds: float, act: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await act()
        except (TransientError, UserError) as error:
            log.warning("what is due by the clock is put off: %s", error)
        await asyncio.sleep(seconds)


async def _soon_ready(settings: Settings) -> None:
    await asyncio.sleep(_READY_SECONDS)
    _make_ready(settings)


def _make_ready(settings: Settings) -> None:
    if settings.model or settings.models:  # else no run can call one
        warm()


async def _offer(app: App, member: Member, places: int) -> None:
    assert app.engine is not None, "a worker has an engine"
    app.engine.offer(places)
    if not app.store.is_sqlite:
        await app.store.write(workers.offer, member.id, places)


def _looking(recovery: Recovery, member: Member, store: Store) -> Callable[[], Awaitable[object]]:
    """Each worker asks GitHub at its start for what was missed, and then one of them does."""
    begins = True

    async def look() -> None:
        nonlocal begins
        mine = begins or store.is_sqlite or await store.read(workers.eldest) == member.id
        begins = False
        if mine:
            await recovery.look()

    return look


def _quotas(github: GitHub, store: Store) -> Callable[[], Awaitable[object]]:
    """Writes down what GitHub says is left of its limits, where it has said something since."""
    kept = 0.0

    async def keep() -> None:
        nonlocal kept
        fresh = [QuotaLine(*what, one.most, one.left, one.resets_at, one.at) for what, one in github.quotas.items()]
        fresh = [one for one in fresh if one.at > kept]
        if fresh:
            await store.write(quotas.keep, fresh, time.time())
            kept = max(one.at for one in fresh)

    return keep


async def _stop(app: App) -> None:
    await stop_aborted(app.runs, app.services.gate.at_work)


async def _sweep(app: App, reminder: InAllPlaces, member: Member) -> None:
    await app.runs.mend()
    await expire_waits(app.runs)
    await remind(app.runs, reminder, member.id)
