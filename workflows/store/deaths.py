"""What the end of a process says about the steps that it was in the middle of.

A step that takes its process down does so again and again, and takes along whatever is at work beside
it. So one death accuses nobody who was not alone, and a step that has died twice is made alone:

    alone      nothing else was at work, so it may be this step's doing: counted
    company    others were at work too, so nobody knows: it counts towards being made alone
    excused    it got on with its work meanwhile, the machine was started anew, or the process had been asked to end

What is done with that is the walker's: see `workflows.suspicion`.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from workflows.store import deliveries
from workflows.store.tables import transcript, workflow_steps
from workflows.values import StepStatus


class Death(StrEnum):
    """What an attempt's `death` says; "" where its process did not end in the middle of it."""

    ALONE = "alone"
    COMPANY = "company"
    EXCUSED = "excused"


@dataclass(frozen=True, slots=True)
class Cut:
    """An attempt that its process ended in the middle of."""

    id: int
    run_id: str
    worker: str
    started_at: float


_step = workflow_steps.c


def judge_all(db: sa.Connection, boot: str) -> None:
    """Judge whatever says that it is under way: nothing is, since its caller alone works on this database.

    `boot` is what this start of the machine is called: who worked before it went down with it.
    """
    cut = _cut(db)
    company = len(cut) + len(deliveries.suspected(db)) > 1
    for one in cut:
        _end(db, one, Death.EXCUSED if one.worker != boot else _verdict(db, one, company=company))


def judge(db: sa.Connection, gone: Collection[str]) -> None:
    """Judge what these workers, who are gone, were in the middle of: each is accused with what was its own only."""
    cut, handling = _cut(db, gone), deliveries.suspected(db)
    for one in cut:
        mine = sum(other.worker == one.worker for other in cut) + (one.worker in handling)
        _end(db, one, _verdict(db, one, company=mine > 1))


def excuse(db: sa.Connection, worker: str) -> None:
    """A worker was asked to end: should it be killed over that, it is nobody's doing."""
    mine = sa.and_(_step.status == StepStatus.RUNNING, _step.worker == worker)
    db.execute(workflow_steps.update().where(mine).values(worker=""))


def _cut(db: sa.Connection, of: Collection[str] | None = None) -> list[Cut]:
    query = sa.select(_step.id, _step.run_id, _step.worker, _step.started_at).where(_step.status == StepStatus.RUNNING)
    if of is not None:
        query = query.where(_step.worker.in_(of))
    return [Cut(*row) for row in db.execute(query.order_by(_step.id).with_for_update())]


def _verdict(db: sa.Connection, one: Cut, *, company: bool) -> Death:
    later = sa.and_(transcript.c.run_id == one.run_id, transcript.c.at > one.started_at)
    if db.execute(sa.select(transcript.c.id).where(later).limit(1)).first() is not None:
        return Death.EXCUSED
    return Death.COMPANY if company else Death.ALONE


def _end(db: sa.Connection, one: Cut, death: Death) -> None:
    here = sa.and_(_step.id == one.id, _step.status == StepStatus.RUNNING)
    ended = {"status": StepStatus.INTERRUPTED, "ended_at": time.time(), "death": death}
    db.execute(workflow_steps.update().where(here).values(**ended))
