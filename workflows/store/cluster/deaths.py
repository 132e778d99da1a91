"""What the end of a process says about the steps that it was in the middle of.

A step that takes its process down does so again and again, and takes along whatever is at work beside
it. So one death accuses nobody who was not alone, and a step that has died twice is made alone:

    alone      nothing else was at work, so it may be this step's doing: counted
    company    others were at work too, so nobody knows: it counts towards being made alone
    excused    it got on with its work meanwhile, the machine was started anew, or the process had been asked to end

On Postgres the end of a process is a verdict of others, which can turn out to be wrong or more than one
worker's affair, also later. So it is taken back from a worker that was frozen or cut off and says so;
those that fell silent together (a power cut, a network) died in company; and where a machine turns out
to have been started anew, what went down with it is excused.

What is done with that is the walker's: see `workflows.engine.suspicion`.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from workflows.store import deliveries
from workflows.store.cluster import workers
from workflows.store.cluster.workers import End, Ending
from workflows.store.tables import model_calls, transcript, workflow_steps
from workflows.store.tables import workers as workers_table
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
    segment: int
    ordinal: int
    worker: str
    started_at: float


_step = workflow_steps.c
_NO_DEATH = ""


def judge_all(db: sa.Connection, boot: str) -> None:
    """Judge whatever says that it is under way: nothing is, since its caller alone works on this database.

    `boot` is what this start of the machine is called: who worked before it went down with it.
    """
    cut = _cut(db, _step.status == StepStatus.RUNNING)
    company = len(cut) + len(deliveries.suspected(db)) > 1
    for one in cut:
        _end(db, one, Death.EXCUSED if one.worker != boot else _verdict(db, one, company=company))


def judge(db: sa.Connection, gone: Collection[str], within: float) -> None:
    """Judge what these workers, who are gone, were in the middle of: each is accused with what was its own only.

    Those that were last heard of `within` so many seconds of each other are gone together.
    """
    workers.alone(db)
    ends = workers.ends(db, gone)
    cut, handling = _cut(db, _step.status == StepStatus.RUNNING, _step.worker.in_(gone)), deliveries.suspected(db)
    for one in cut:
        mine = sum(other.worker == one.worker for other in cut) + (one.worker in handling)
        end = ends.get(one.worker)
        if end is not None and end.ending == Ending.WOKE:
            _end(db, one, _NO_DEATH)
        elif end is not None and workers.has_started_anew(db, end):
            _end(db, one, Death.EXCUSED)
        else:
            _end(db, one, _verdict(db, one, company=mine > 1 or _died_beside(db, one, end, within)))


def bury(
    db: sa.Connection, me: str, *, silent: float, frozen: float, ended: Collection[str], within: float
) -> list[str]:
    """`workers.bury`; who seemed to have died alone, and now turns out not to have, is not accused any more."""
    workers.alone(db)
    dead = workers.bury(db, me, silent=silent, frozen=frozen, ended=ended)
    near = {other for end in workers.ends(db, dead).values() for other in workers.died_about(db, end.seen_at, within)}
    ends = workers.ends(db, near)
    for one in _cut(db, _step.death == Death.ALONE, _step.worker.in_(near)):
        if _died_beside(db, one, ends[one.worker], within):
            db.execute(workflow_steps.update().where(_step.id == one.id).values(death=Death.COMPANY))
    return dead


def take_back(db: sa.Connection, worker: str) -> None:
    """A worker that was declared dead is alive, and says so before it ends: none of its steps ended it."""
    workers.woke(db, worker)
    judged = sa.and_(_step.worker == worker, _step.death.in_((Death.ALONE, Death.COMPANY)))
    db.execute(workflow_steps.update().where(judged).values(death=_NO_DEATH))


def sign_in(db: sa.Connection, worker: str, *, host: str, process: int, places: int, boot: str) -> None:
    """`workers.sign_in`; what was at work before this start of the machine went down with it."""
    workers.sign_in(db, worker, host=host, process=process, places=places, boot=boot)
    judged = sa.and_(
        _step.worker.in_(workers.before_start(db, host, boot)), _step.death.in_((Death.ALONE, Death.COMPANY))
    )
    db.execute(workflow_steps.update().where(judged).values(death=Death.EXCUSED))


def excuse(db: sa.Connection, worker: str) -> None:
    """A worker was asked to end: should it be killed over that, it is nobody's doing."""
    mine = sa.and_(_step.status == StepStatus.RUNNING, _step.worker == worker)
    db.execute(workflow_steps.update().where(mine).values(worker=""))


def _cut(db: sa.Connection, *which: sa.ColumnElement[bool]) -> list[Cut]:
    columns = (_step.id, _step.run_id, _step.segment, _step.ordinal, _step.worker, _step.started_at)
    return [Cut(*row) for row in db.execute(sa.select(*columns).where(*which).order_by(_step.id).with_for_update())]


def _died_beside(db: sa.Connection, one: Cut, end: End | None, within: float) -> bool:
    """Whether other workers were gone at the same time.

    Not those that made an attempt at the same place before or after: what kills may go from one to the next as
    quickly as it likes.
    """
    if end is None:
        return False
    here = sa.and_(_step.run_id == one.run_id, _step.segment == one.segment, _step.ordinal == one.ordinal)
    same = set(db.scalars(sa.select(_step.worker).where(here)))
    return bool(workers.died_about(db, end.seen_at, within) - same)


def _verdict(db: sa.Connection, one: Cut, *, company: bool) -> Death:
    later = sa.and_(transcript.c.run_id == one.run_id, transcript.c.at > one.started_at)
    if db.execute(sa.select(transcript.c.id).where(later).limit(1)).first() is not None:
        return Death.EXCUSED
    return Death.COMPANY if company else Death.ALONE


def _end(db: sa.Connection, one: Cut, death: Death | str) -> None:
    here = sa.and_(_step.id == one.id, _step.status == StepStatus.RUNNING)
    ended = {"status": StepStatus.INTERRUPTED, "ended_at": _last_sign(db, one), "death": death}
    db.execute(workflow_steps.update().where(here).values(**ended))


def _last_sign(db: sa.Connection, one: Cut) -> float:
    """Until when an attempt is known to have been at work; the time for which nobody was there to notice is none."""
    signs = (
        sa.select(sa.func.max(transcript.c.at)).where(transcript.c.run_id == one.run_id),
        sa.select(sa.func.max(model_calls.c.at)).where(model_calls.c.run_id == one.run_id),
        sa.select(workers_table.c.seen_at).where(workers_table.c.id == one.worker),
    )
    return min(max(one.started_at, *(db.scalar(sign) or 0.0 for sign in signs)), time.time())
