"""What the engine has DBOS do with segments, as calls that block, and each private thing of DBOS that this takes.

DBOS' async methods make its own thread pool the default of the loop that calls them, and
shutting down then leaves that loop without one. So the engine calls these, on threads.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, error
from dbos._dbos import _get_dbos_instance

from workflows.store.database import P, R, told

log = logging.getLogger(__name__)

QUEUE = "segments"
SET_ASIDE = "CANCELLED"
"""What DBOS says of a segment that was left for a pause, or for good where its run was aborted."""

POLL_SECONDS = 0.1


def queue_of(machine: str) -> str:
    """The queue of segments that are bound to a machine, or of those that are bound to none."""
    return f"{QUEUE}@{machine}" if machine else QUEUE


def name_of(run_id: str, segment: int) -> str:
    """What DBOS knows a segment by."""
    return f"{run_id}-{segment}"


def is_news(record: logging.LogRecord) -> bool:
    """What we cancelled is no error: DBOS would log each aborted run with a traceback."""
    raised = record.exc_info[1] if record.exc_info else None
    return not isinstance(raised, error.DBOSWorkflowCancelledError | error.DBOSAwaitedWorkflowCancelledError)


def launch(config: DBOSConfig, at_once: int, queue: str) -> None:
    """Launch, with the queue as one of DBOS' own, which are kept in the process.

    Of those that are registered as its users are told to, the database keeps one number of
    places for all processes, and a new one is looked at only after a second.
    """
    DBOS(config=config)
    DBOS.listen_queues([])
    registry = _get_dbos_instance()._registry
    registry.internal_queue_map.pop(queue, None)  # of an earlier launch in this process
    registry._register_internal_queue(queue, worker_concurrency=at_once, polling_interval_sec=POLL_SECONDS)
    DBOS.launch()


def owners() -> set[str]:
    """The executors that segments are with at this moment."""
    pending = DBOS.list_workflows(status="PENDING", name="segment", load_input=False, load_output=False)
    return {one.executor_id for one in pending if one.executor_id}


def ours() -> set[str]:
    """The segments that DBOS takes to be at work in this process."""
    ours = DBOS.list_workflows(
        status="PENDING", name="segment", executor_id=DBOS.executor_id, load_input=False, load_output=False
    )
    return {one.workflow_id for one in ours}


def take_no_more() -> None:
    """What `DBOS.destroy` does first, without the rest of it."""
    for stop in _get_dbos_instance().background_thread_stop_events:
        stop.set()


def let_go(segment: str) -> None:
    """Put a segment back into the queue, as taking over from a dead process does; nothing where it is not ours.

    Where that fails it stays ours, and is found as a crash would leave it.
    """
    try:
        _get_dbos_instance()._sys_db.reenqueue_for_recovery(segment, [DBOS.executor_id], QUEUE)
    except sa.exc.SQLAlchemyError as failure:
        log.warning("segment %s could not be handed over: %s", segment, failure)


def set_aside(segment: str) -> None:
    """Take a segment from us, not into the queue. Where that fails it is found as one that was dropped."""
    try:
        _get_dbos_instance()._sys_db.cancel_workflows([segment])
    except sa.exc.SQLAlchemyError as failure:
        log.warning("segment %s could not be set aside: %s", segment, failure)


def resumed(segment: str, queue: str) -> bool:
    """Put a segment that was set aside back into the queue; False where it was not.

    In one statement, which `DBOS.resume_workflow` is not: who asks twice must not begin it beside itself.
    """
    database = _get_dbos_instance()._sys_db
    rows = database.tables.workflow_status
    aside = sa.and_(rows.c.workflow_uuid == segment, rows.c.status == SET_ASIDE)
    queued = {"status": "ENQUEUED", "queue_name": queue, "recovery_attempts": 0, "completed_at": None}
    with database.engine.begin() as db:
        return db.execute(rows.update().where(aside).values(**queued)).rowcount > 0


def asked(act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What DBOS does for us; what its database refuses is said in our words (StoreError, TransientError)."""
    with told():
        return act(*args, **kwargs)
