"""Queries over the line: runs that wait for a place, and those that have one."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from workflows.store import run_events
from workflows.store.cluster import pauses
from workflows.store.run_events import EventKind
from workflows.store.run_rows.line.fairness import AtOnce, Waiting, Working, choose
from workflows.store.tables import AT_WORK, IN_LINE, workflow_runs

SHOWN = 3
"""So many places from the front a run's place is shown and kept up to date; the others would be edited all the time."""

_KEY = 0x70756C6C6C696E65
"""Of the lock under which places are given on Postgres; any number would do that nobody else takes."""

_run = workflow_runs.c
_MACHINE = _run.inputs["machine"].as_string()


def alone(db: sa.Connection) -> None:
    """Until the transaction ends nobody else gives places (on SQLite a writing transaction says that already)."""
    if db.dialect.name == "postgresql":
        db.execute(sa.select(sa.func.pg_advisory_xact_lock(_KEY)))


def anybody(db: sa.Connection) -> bool:
    """Whether a run waits for a place."""
    return db.execute(sa.select(_run.id).where(sa.text(IN_LINE)).limit(1)).first() is not None


def in_line(db: sa.Connection, most: int) -> list[Waiting]:
    """Up to `most` waiting runs of each repository in its own order: who goes on comes before who is fresh.

    Those of a paused one are not among them.
    """
    held = {pause.repository for pause in pauses.all_of_them(db)}
    if pauses.EVERYTHING in held:
        return []
    place = sa.func.row_number().over(
        partition_by=_run.repository, order_by=(_run.segment == 0, _run.created_at, _run.id)
    )
    columns = (_run.id, _run.segment, _run.current_step, _run.repository, _run.installation, _run.created_at)
    each = sa.select(*columns, _MACHINE.label("machine"), place.label("place")).where(sa.text(IN_LINE)).subquery()
    query = sa.select(each).where(each.c.place <= most).order_by(each.c.repository, each.c.place)
    return [
        Waiting(
            row.id, row.segment, row.current_step, row.repository, row.installation, row.created_at, row.machine or ""
        )
        for row in db.execute(query)
        if row.repository.lower() not in held
    ]


def at_work(db: sa.Connection) -> list[Working]:
    """The repositories that have runs at work. A dead worker's count until somebody takes them over.

    A run that is bound to a machine takes nobody's place there.
    """
    query = (
        sa.select(_run.repository, _run.installation, sa.func.count().label("number"))
        .where(sa.text(AT_WORK), _MACHINE.is_(None))
        .group_by(_run.repository, _run.installation)
    )
    return [Working(row.repository, row.installation, row.number) for row in db.execute(query)]


def last_admitted(db: sa.Connection) -> Mapping[str, float]:
    """When each repository that has runs in line was last given a place; one that never was is not in it."""
    mine = sa.select(_run.repository).where(sa.text(IN_LINE)).distinct().subquery()
    others = workflow_runs.alias()
    last = sa.select(sa.func.max(others.c.admitted_at)).where(others.c.repository == mine.c.repository)
    rows = db.execute(sa.select(mine.c.repository, last.scalar_subquery().label("last")))
    return {row.repository: row.last for row in rows if row.last is not None}


def admit(db: sa.Connection, one: Waiting) -> bool:
    """Give a run its place; False where it was aborted meanwhile."""
    here = sa.and_(_run.id == one.run_id, _run.segment == one.segment, sa.text(IN_LINE))
    done = db.execute(workflow_runs.update().where(here).values(admitted=one.segment, admitted_at=time.time()))
    if done.rowcount != 1:
        return False
    run_events.note(db, one.run_id, EventKind.ADMITTED)
    return True


def before(db: sa.Connection, run_id: str, most: int) -> int | None:
    """How many runs get a place before this one, as things stand; None where it is not in line, or more than `most`.

    Limits are not counted in: they pass over some, and then it is its turn sooner.
    """
    return next((number for number, other in enumerate(front(db, most + 1)) if other == run_id), None)


def front(db: sa.Connection, most: int) -> list[str]:
    """The runs that are next in line, in order."""
    order = choose(in_line(db, most), at_work(db), last_admitted(db), AtOnce(), most)
    return [one.run_id for one in order]


def unfinished(db: sa.Connection, repositories: Sequence[str], most: int) -> list[str]:
    """Up to `most` runs of repositories (in lower case; "" is any) that are at work or in line, oldest first."""
    query = sa.select(_run.id).where(sa.or_(sa.text(AT_WORK), sa.text(IN_LINE)))
    if pauses.EVERYTHING not in repositories:
        query = query.where(sa.func.lower(_run.repository).in_(repositories))
    return list(db.scalars(query.order_by(_run.created_at, _run.id).limit(most)))


def at_work_in(db: sa.Connection, repository: str) -> list[str]:
    """The runs of a repository (in lower case; "" is any) that have a place."""
    query = sa.select(_run.id).where(sa.text(AT_WORK))
    if repository:
        query = query.where(sa.func.lower(_run.repository) == repository)
    return list(db.scalars(query.order_by(_run.created_at, _run.id)))
