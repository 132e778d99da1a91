"""Queries over the attempts at steps."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from workflows.store import run_events
from workflows.store.records import StepRun
from workflows.store.run_events import EventKind
from workflows.store.tables import workflow_runs, workflow_steps
from workflows.values import StepStatus

STOPPING_SECONDS = 3.0
"""For how long an aborted step, here or on another machine, may take to stop before the run goes on regardless."""

ROLLED_BACK = "rolled back"
"""The reason of an attempt that does not count any more."""


def steps_of(db: sa.Connection, run_id: str) -> list[StepRun]:
    """All attempts of a run in the order they were made."""
    query = (
        sa.select(workflow_steps)
        .where(workflow_steps.c.run_id == run_id)
        .order_by(workflow_steps.c.segment, workflow_steps.c.ordinal, workflow_steps.c.attempt)
    )
    return [_step(row) for row in db.execute(query)]


def worked(attempts: Iterable[StepRun]) -> float:
    """The seconds in which attempts that have ended were at work; what ran at once counts once."""
    spans = sorted((one.started_at, one.ended_at) for one in attempts if one.ended_at is not None)
    seconds, until = 0.0, float("-inf")
    for begun, ended in spans:
        seconds += max(0.0, ended - max(begun, until))
        until = max(until, ended)
    return seconds


def attempts_at(db: sa.Connection, run_id: str, segment: int, ordinal: int) -> list[StepRun]:
    """The attempts at one place of the walk, oldest first."""
    query = sa.select(workflow_steps).where(_place(run_id, segment, ordinal)).order_by(workflow_steps.c.attempt)
    return [_step(row) for row in db.execute(query)]


def is_to_be_taken_back(db: sa.Connection, run_id: str) -> bool:
    """Whether a run's walk has come to a failure for which the run is taken back before it ends."""
    columns = workflow_steps.c
    now = sa.select(workflow_runs.c.segment).where(workflow_runs.c.id == run_id).scalar_subquery()
    told = sa.select(columns.next).where(columns.run_id == run_id, columns.segment == now)
    return any("rollback" in row.next for row in db.execute(told))


def last_with_key(db: sa.Connection, run_id: str, key: str) -> StepRun | None:
    """The newest attempt at the step called `key`, wherever in the walk."""
    query = (
        sa.select(workflow_steps)
        .where(workflow_steps.c.run_id == run_id, workflow_steps.c.key == key)
        .order_by(workflow_steps.c.segment.desc(), workflow_steps.c.ordinal.desc(), workflow_steps.c.attempt.desc())
        .limit(1)
    )
    row = db.execute(query).first()
    return None if row is None else _step(row)


def begin_step(db: sa.Connection, step: StepRun) -> None:
    db.execute(
        workflow_steps.insert().values(
            run_id=step.run_id,
            segment=step.segment,
            ordinal=step.ordinal,
            attempt=step.attempt,
            key=step.key,
            status=step.status,
            summary=step.summary,
            reason=step.reason,
            output=step.output,
            next=dict(step.next),
            state_before=dict(step.state_before),
            mark_before=step.mark_before,
            mark_after=step.mark_after,
            started_at=time.time(),
            ended_at=step.ended_at,
            worker=step.worker,
            death=step.death,
        )
    )
    run_events.note(db, step.run_id, EventKind.STEP)


def update_step(db: sa.Connection, step: StepRun, /, **columns: Any) -> None:
    """Set columns of one attempt; a status that is an end sets the time too."""
    if columns.get("status", StepStatus.RUNNING) is not StepStatus.RUNNING:
        columns.setdefault("ended_at", time.time())
    db.execute(
        workflow_steps.update()
        .where(_place(step.run_id, step.segment, step.ordinal), workflow_steps.c.attempt == step.attempt)
        .values(**columns)
    )
    run_events.note(db, step.run_id, EventKind.STEP)


def hand_over(db: sa.Connection, step: StepRun) -> None:
    """Close an attempt that was stopped in order, unless it has come to its end in the same moment."""
    db.execute(
        workflow_steps.update()
        .where(
            _place(step.run_id, step.segment, step.ordinal),
            workflow_steps.c.attempt == step.attempt,
            workflow_steps.c.status == StepStatus.RUNNING,
        )
        .values(status=StepStatus.HANDED_OVER, ended_at=time.time())
    )
    run_events.note(db, step.run_id, EventKind.STEP)


def is_running(db: sa.Connection, step: StepRun) -> bool:
    """Whether nobody has ended this attempt."""
    query = sa.select(workflow_steps.c.status).where(
        _place(step.run_id, step.segment, step.ordinal), workflow_steps.c.attempt == step.attempt
    )
    return db.scalar(query) == StepStatus.RUNNING


def stopped(db: sa.Connection, step: StepRun) -> None:
    """Nothing of this attempt is under way any more, which somebody else has ended."""
    mine = sa.and_(_place(step.run_id, step.segment, step.ordinal), workflow_steps.c.attempt == step.attempt)
    ended = workflow_steps.c.status == StepStatus.ABORTED
    db.execute(workflow_steps.update().where(mine, ended).values(next={"next": None}))


def still_stopping(db: sa.Connection, run_id: str) -> bool:
    """Whether an attempt of the run that was aborted just now may be under way somewhere still."""
    now = time.time()  # of one of several machines: neither before nor after it is believed too far
    lately = workflow_steps.c.ended_at.between(now - STOPPING_SECONDS, now + STOPPING_SECONDS)
    ended = sa.and_(workflow_steps.c.status == StepStatus.ABORTED, lately)
    rows = db.execute(sa.select(workflow_steps.c.next).where(workflow_steps.c.run_id == run_id, ended))
    return any(not row.next for row in rows)


def nothing_under_way(db: sa.Connection, run_id: str) -> None:
    """What was aborted of a run has stopped: whoever says so keeps all others from working on it."""
    mine = sa.and_(workflow_steps.c.run_id == run_id, workflow_steps.c.status == StepStatus.ABORTED)
    for row in db.execute(sa.select(workflow_steps).where(mine)).all():
        if not row.next:
            stopped(db, _step(row))


def take_back(db: sa.Connection, attempt: StepRun) -> None:
    """A rollback has undone an attempt that had ended, or died: it counts no more, and nothing of it is under way."""
    told = dict(attempt.next) or {"next": None}
    update_step(
        db, attempt, status=StepStatus.ABORTED, reason=ROLLED_BACK, ended_at=attempt.ended_at or time.time(), next=told
    )


def end_running_steps(db: sa.Connection, run_id: str, status: StepStatus) -> None:
    """Close whatever of a run still says that it is running."""
    db.execute(
        workflow_steps.update()
        .where(workflow_steps.c.run_id == run_id, workflow_steps.c.status == StepStatus.RUNNING)
        .values(status=status, ended_at=time.time())
    )


def _place(run_id: str, segment: int, ordinal: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        workflow_steps.c.run_id == run_id,
        workflow_steps.c.segment == segment,
        workflow_steps.c.ordinal == ordinal,
    )


def _step(row: Any) -> StepRun:
    return StepRun(
        run_id=row.run_id,
        segment=row.segment,
        ordinal=row.ordinal,
        attempt=row.attempt,
        key=row.key,
        status=StepStatus(row.status),
        summary=row.summary,
        reason=row.reason,
        output=row.output,
        next=row.next,
        state_before=row.state_before,
        mark_before=row.mark_before,
        mark_after=row.mark_after,
        started_at=row.started_at,
        ended_at=row.ended_at,
        worker=row.worker,
        death=row.death,
    )
