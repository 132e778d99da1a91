"""Queries over what has ended of runs, for spans: attempts at steps, and runs themselves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from workflows.store.tables import workflow_runs, workflow_steps
from workflows.values import StepStatus


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run that is at an end for now. Times in seconds since the epoch."""

    id: str
    workflow: str
    repository: str
    status: str
    created_at: float
    ended_at: float


@dataclass(frozen=True, slots=True)
class EndedAttempt:
    """An attempt at a step of a run; `id` is its row's."""

    id: int
    run: str
    workflow: str
    repository: str
    step: str
    attempt: int
    status: str
    started_at: float
    ended_at: float


def changed(db: sa.Connection, since: float) -> set[str]:
    """The runs that something happened to after that time."""
    return set(db.scalars(sa.select(workflow_runs.c.id).where(workflow_runs.c.updated_at > since)))


def ended(db: sa.Connection, ids: Collection[str], since: float) -> list[EndedRun | EndedAttempt]:
    """What of these runs ended after that time."""
    run, step = workflow_runs.c, workflow_steps.c
    attempts = sa.select(
        step.id,
        step.run_id,
        run.workflow,
        run.repository,
        step.key,
        step.attempt,
        step.status,
        step.started_at,
        step.ended_at,
    ).join(workflow_runs, run.id == step.run_id)
    again = workflow_steps.alias().c  # one that died ended when it was last heard of, and is told when another began
    followed = sa.and_(
        again.run_id == step.run_id,
        again.segment == step.segment,
        again.ordinal == step.ordinal,
        again.attempt > step.attempt,
        again.started_at > since,
    )
    noticed = sa.and_(step.status == StepStatus.INTERRUPTED, sa.exists(sa.select(again.id).where(followed)))
    over = step.run_id.in_(ids), sa.or_(step.ended_at > since, noticed)
    found: list[EndedRun | EndedAttempt] = [EndedAttempt(*row) for row in db.execute(attempts.where(*over))]
    whole = sa.select(run.id, run.workflow, run.repository, run.status, run.created_at, run.ended_at)
    return [*found, *(EndedRun(*row) for row in db.execute(whole.where(run.id.in_(ids), run.ended_at > since)))]
