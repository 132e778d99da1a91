"""Durable execution of segments.

A segment is a walk over a run's steps from one key to the end, a failure or a wait. Its
workflow id is `RUN-n`, so asking for the same segment twice starts it once. What a step did
is kept in our own tables; DBOS keeps where the walk is, and starts it again after a crash.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID
from dbos._dbos import _get_dbos_instance

from workflows.engine.durable import segments
from workflows.engine.durable.database import engine_database
from workflows.engine.walker import Told, Walker
from workflows.errors import StoreError, TransientError
from workflows.store.cluster import deaths

log = logging.getLogger(__name__)

VERSION = "1"
"""Set by hand: the default is a hash of our sources, so that a changed comment would strand runs."""

_MOST_RECOVERIES = 1000
"""Of one segment. What crashes at one place again and again is stopped by the walker, which knows it from reboots."""
_walker: Walker[Any] | None = None
"""DBOS registers functions once per process and finds them by name; they find the walker here."""

_walks: Counter[str] = Counter()
"""The segments that this process walks at this moment; one that goes on may overlap with its own end."""


@DBOS.step(
    name="step",
    preemptible=True,
    # The store's own troubles (locked, full, gone for a minute); what a step meets, the walker handles.
    retries_allowed=True,
    interval_seconds=1.0,
    max_attempts=10,
    should_retry=lambda error: isinstance(error, TransientError | StoreError),
)
async def _step(run_id: str, segment: int, ordinal: int, key: str) -> Told:
    assert _walker is not None, "the engine was not launched in this process"
    try:
        with _walker.gate.step(run_id):
            return await _walker.take(run_id, segment, ordinal, key)
    except asyncio.CancelledError:
        if _walker.gate.closed:
            segments.let_go(segments.name_of(run_id, segment))
        elif _walker.gate.is_aside(run_id):
            segments.set_aside(segments.name_of(run_id, segment))
        raise


# No `except Exception` in here, and nothing of DBOS in a `finally`: shutting down raises through this function.
@DBOS.workflow(name="segment", max_recovery_attempts=_MOST_RECOVERIES)
async def _segment(run_id: str, segment: int, key: str) -> str:
    with _walked(segments.name_of(run_id, segment)):
        ordinal = 0
        here: str | None = key
        while here is not None:
            told = await _step(run_id, segment, ordinal, here)
            if "again_in" in told:
                await DBOS.sleep_async(told["again_in"])
                continue
            here = told["next"]
            ordinal += told.get("places", 1)
        return "ended"


@contextmanager
def _walked(segment: str) -> Iterator[None]:
    _walks[segment] += 1
    try:
        yield
    finally:
        _walks[segment] -= 1


class Engine:
    """One engine of this process over one engine database.

    `url` is SQLAlchemy's. `executor` must differ between processes that share a Postgres
    database; on SQLite only one process at a time may launch (the caller holds the lock).
    It walks up to `at_once` segments, whatever others do. With `machine` it takes only the
    segments that are bound to that machine.
    """

    def __init__(
        self, walker: Walker[Any], url: str, *, executor: str = "sqlite", at_once: int = 2, machine: str = ""
    ) -> None:
        self._walker = walker
        self._url = sa.make_url(url)
        self._executor = executor
        self._at_once = at_once
        self._queue = segments.queue_of(machine)
        self._database: sa.Engine | None = None
        self._idle: set[str] = set()

    async def launch(self) -> None:
        """Start working: first what a crash left, then what is queued."""
        global _walker
        _walker = self._walker
        logging.getLogger("dbos").setLevel(logging.ERROR)
        logging.getLogger("dbos").addFilter(segments.is_news)
        self._database = engine_database(self._url)
        config: DBOSConfig = {
            "name": "pullwright",
            "system_database_url": self._url.render_as_string(hide_password=False),
            "system_database_engine": self._database,
            "application_version": VERSION,
            "executor_id": self._executor,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "ERROR",
            "enable_otlp": False,
            "notification_listener_polling_interval_sec": segments.POLL_SECONDS,
        }
        launching = asyncio.create_task(asyncio.to_thread(segments.launch, config, self._at_once, self._queue))
        try:
            await asyncio.shield(launching)
        except asyncio.CancelledError:
            await asyncio.wait({launching})  # what has begun halfway can be closed by nobody
            raise

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The one in which it walks, in a thread of its own, from `launch` to `close`."""
        loop = _get_dbos_instance()._background_event_loop.target_loop()
        assert loop is not None, "the engine was launched"
        return loop

    def offer(self, places: int) -> None:
        """From now on walk at most so many segments at once; what is under way goes on."""
        _get_dbos_instance()._registry.internal_queue_map[self._queue]._worker_concurrency = places

    async def enqueue(self, run_id: str, segment: int, key: str, machine: str = "") -> None:
        """Ask for a segment, of the engines of one machine where one is named; asking again changes nothing.

        One that was set aside goes on where it was left.
        """
        await asyncio.to_thread(segments.asked, _enqueue, run_id, segment, key, segments.queue_of(machine))

    async def cancel(self, run_id: str, segment: int) -> None:
        """Stop a segment: a step in flight is cancelled within about a second."""
        await asyncio.to_thread(segments.asked, DBOS.cancel_workflow, segments.name_of(run_id, segment))

    async def known(self, run_id: str, segment: int) -> str | None:
        """What the queue says of a segment (its DBOS status), None where it never heard of it."""
        status = await asyncio.to_thread(segments.asked, DBOS.get_workflow_status, segments.name_of(run_id, segment))
        return None if status is None else status.status

    async def owners(self) -> set[str]:
        """The executors that segments are with at this moment, ours among them."""
        return await asyncio.to_thread(segments.owners)

    async def take_over(self, executors: Sequence[str]) -> int:
        """Put the segments of dead executors back into the queue, for whoever has a place; how many there were.

        Asking again changes nothing: what another executor has begun meanwhile is not theirs any more.
        """
        return await asyncio.to_thread(lambda: len(DBOS._recover_pending_workflows(list(executors))))

    async def find_dropped(self) -> list[str]:
        """Put back into the queue what is ours and what nobody walks, now and at the last call; the segments' ids.

        DBOS drops a segment when its own database fails it at the wrong moment (a full disk), and
        would find it again only at the next launch.
        """
        idle = await asyncio.to_thread(segments.asked, segments.ours) - set(+_walks)
        dropped = sorted(idle & self._idle)
        for segment in dropped:
            await asyncio.to_thread(segments.let_go, segment)
        self._idle = idle - set(dropped)
        return dropped

    async def drain(self) -> None:
        """Take no further segment, and let those under way stop at their next boundary; returns at once.

        `walker.gate.at_work` tells which runs have not come to one yet; `close` interrupts them.
        """
        self._walker.gate.close()
        await asyncio.to_thread(segments.take_no_more)
        with suppress(TransientError, StoreError):  # who kills what does not end in time has not found a crash
            await self._walker.store.write(deaths.excuse, self._walker.worker)

    async def close(self) -> None:
        """Stop working. What is under way is interrupted, and goes on at the next launch."""
        global _walker
        self._walker.gate.close()
        await asyncio.to_thread(DBOS.destroy)
        if self._database is not None:
            self._database.dispose()
        _walker = None


def _enqueue(run_id: str, segment: int, key: str, queue: str) -> None:
    if segments.resumed(segments.name_of(run_id, segment), queue):
        return
    with SetWorkflowID(segments.name_of(run_id, segment)):
        DBOS.enqueue_workflow(queue, _segment, run_id, segment, key)
