"""Durable execution of segments: the only module that knows DBOS.

A segment is a walk over a run's steps from one key to the end, a failure or a wait. Its
workflow id is `RUN-n`, so asking for the same segment twice starts it once. What a step did
is kept in our own tables; DBOS keeps where the walk is, and starts it again after a crash.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID, error
from dbos._dbos import _get_dbos_instance

from workflows.engine.dbos_database import engine_database
from workflows.engine.walker import Told, Walker
from workflows.errors import StoreError, TransientError
from workflows.store.cluster import deaths
from workflows.store.database import P, R, told

log = logging.getLogger(__name__)

QUEUE = "segments"
VERSION = "1"
"""Set by hand: the default is a hash of our sources, so that a changed comment would strand runs."""

SET_ASIDE = "CANCELLED"
"""What DBOS says of a segment that was left for a pause, or for good where its run was aborted."""

_POLL_SECONDS = 0.1
_MOST_RECOVERIES = 1000
"""Of one segment. What crashes at one place again and again is stopped by the walker, which knows it from reboots."""
_ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_MOST_LISTED = 1_000_000
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
            _let_go(segment_id(run_id, segment))
        elif _walker.gate.is_aside(run_id):
            _set_aside(segment_id(run_id, segment))
        raise


# No `except Exception` in here, and nothing of DBOS in a `finally`: shutting down raises through this function.
@DBOS.workflow(name="segment", max_recovery_attempts=_MOST_RECOVERIES)
async def _segment(run_id: str, segment: int, key: str) -> str:
    with _walked(segment_id(run_id, segment)):
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
        self._queue = _queue_of(machine)
        self._database: sa.Engine | None = None
        self._idle: set[str] = set()

    async def launch(self) -> None:
        """Start working: first what a crash left, then what is queued."""
        global _walker
        _walker = self._walker
        logging.getLogger("dbos").setLevel(logging.ERROR)
        logging.getLogger("dbos").addFilter(_is_news)
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
            "notification_listener_polling_interval_sec": _POLL_SECONDS,
        }
        launching = asyncio.create_task(asyncio.to_thread(_launch, config, self._at_once, self._queue))
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
        await asyncio.to_thread(_asked, _enqueue, run_id, segment, key, _queue_of(machine))

    async def cancel(self, run_id: str, segment: int) -> None:
        """Stop a segment: a step in flight is cancelled within about a second."""
        await asyncio.to_thread(_asked, DBOS.cancel_workflow, segment_id(run_id, segment))

    async def known(self, run_id: str, segment: int) -> str | None:
        """What the queue says of a segment (its DBOS status), None where it never heard of it."""
        status = await asyncio.to_thread(_asked, DBOS.get_workflow_status, segment_id(run_id, segment))
        return None if status is None else status.status

    async def owners(self) -> set[str]:
        """The executors that segments are with at this moment, ours among them."""
        return await asyncio.to_thread(_owners)

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
        idle = await asyncio.to_thread(_asked, _ours) - set(+_walks)
        dropped = sorted(idle & self._idle)
        for segment in dropped:
            await asyncio.to_thread(_let_go, segment)
        self._idle = idle - set(dropped)
        return dropped

    async def drain(self) -> None:
        """Take no further segment, and let those under way stop at their next boundary; returns at once.

        `walker.gate.at_work` tells which runs have not come to one yet; `close` interrupts them.
        """
        self._walker.gate.close()
        await asyncio.to_thread(_take_no_more)
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


class EndedSegments:
    """What DBOS keeps of segments that have ended, which nobody asks for any more: DBOS itself never removes it.

    Works beside engines that are at work, of this process or of others, and where none ever was.
    """

    def __init__(self, url: str) -> None:
        self._url = sa.make_url(url)

    async def count_ended(self, before: float) -> int:
        """How many ended before that time (seconds since the epoch)."""
        return await asyncio.to_thread(_asked, self._removed, before, _MOST_LISTED, False)

    async def forget_ended(self, before: float, most: int) -> int:
        """Remove up to `most` of them; how many there were."""
        return await asyncio.to_thread(_asked, self._removed, before, most, True)

    def _removed(self, before: float, most: int, remove: bool) -> int:
        database = engine_database(self._url)
        try:
            schema = None if self._url.get_backend_name() == "sqlite" else "dbos"
            if not sa.inspect(database).has_table("workflow_status", schema=schema):
                return 0
            client = DBOSClient(system_database_engine=database, serializer=DBOSPortableJSONSerializer())
            ended = client.list_workflows(
                status=_ENDED,
                completed_before=datetime.fromtimestamp(before, UTC).isoformat(),
                limit=most,
                load_input=False,
                load_output=False,
            )
            if remove and ended:
                client.delete_workflows([one.workflow_id for one in ended])
            client.destroy()
            return len(ended)
        finally:
            database.dispose()


def _queue_of(machine: str) -> str:
    return f"{QUEUE}@{machine}" if machine else QUEUE


def segment_id(run_id: str, segment: int) -> str:
    return f"{run_id}-{segment}"


# DBOS' async methods make its own thread pool the default of the loop that calls them, and
# shutting down then leaves that loop without one. So we call the blocking ones, on threads.


def _is_news(record: logging.LogRecord) -> bool:
    """What we cancelled is no error: DBOS would log each aborted run with a traceback."""
    raised = record.exc_info[1] if record.exc_info else None
    return not isinstance(raised, error.DBOSWorkflowCancelledError | error.DBOSAwaitedWorkflowCancelledError)


def _launch(config: DBOSConfig, at_once: int, queue: str) -> None:
    """Launch, with the queue as one of DBOS' own, which are kept in the process.

    Of those that are registered as its users are told to, the database keeps one number of
    places for all processes, and a new one is looked at only after a second.
    """
    DBOS(config=config)
    DBOS.listen_queues([])
    registry = _get_dbos_instance()._registry
    registry.internal_queue_map.pop(queue, None)  # of an earlier launch in this process
    registry._register_internal_queue(queue, worker_concurrency=at_once, polling_interval_sec=_POLL_SECONDS)
    DBOS.launch()


def _owners() -> set[str]:
    pending = DBOS.list_workflows(status="PENDING", name="segment", load_input=False, load_output=False)
    return {one.executor_id for one in pending if one.executor_id}


def _ours() -> set[str]:
    """The segments that DBOS takes to be at work in this process."""
    ours = DBOS.list_workflows(
        status="PENDING", name="segment", executor_id=DBOS.executor_id, load_input=False, load_output=False
    )
    return {one.workflow_id for one in ours}


def _take_no_more() -> None:
    """What `DBOS.destroy` does first, without the rest of it."""
    for stop in _get_dbos_instance().background_thread_stop_events:
        stop.set()


def _let_go(segment: str) -> None:
    """Put a segment back into the queue, as taking over from a dead process does; nothing where it is not ours.

    Where that fails it stays ours, and is found as a crash would leave it.
    """
    try:
        _get_dbos_instance()._sys_db.reenqueue_for_recovery(segment, [DBOS.executor_id], QUEUE)
    except sa.exc.SQLAlchemyError as failure:
        log.warning("segment %s could not be handed over: %s", segment, failure)


def _set_aside(segment: str) -> None:
    """Take a segment from us, not into the queue. Where that fails it is found as one that was dropped."""
    try:
        _get_dbos_instance()._sys_db.cancel_workflows([segment])
    except sa.exc.SQLAlchemyError as failure:
        log.warning("segment %s could not be set aside: %s", segment, failure)


def _resumed(segment: str, queue: str) -> bool:
    """Put a segment that was set aside back into the queue; False where it was not.

    In one statement, which `DBOS.resume_workflow` is not: who asks twice must not begin it beside itself.
    """
    database = _get_dbos_instance()._sys_db
    rows = database.tables.workflow_status
    aside = sa.and_(rows.c.workflow_uuid == segment, rows.c.status == SET_ASIDE)
    queued = {"status": "ENQUEUED", "queue_name": queue, "recovery_attempts": 0, "completed_at": None}
    with database.engine.begin() as db:
        return db.execute(rows.update().where(aside).values(**queued)).rowcount > 0


def _asked(act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What DBOS does for us; what its database refuses is said in our words (StoreError, TransientError)."""
    with told():
        return act(*args, **kwargs)


def _enqueue(run_id: str, segment: int, key: str, queue: str) -> None:
    if _resumed(segment_id(run_id, segment), queue):
        return
    with SetWorkflowID(segment_id(run_id, segment)):
        DBOS.enqueue_workflow(queue, _segment, run_id, segment, key)
