"""Queries that remove what was kept for long enough, each a transaction that holds the database for a moment only."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from workflows.store import run_events
from workflows.store.deliveries import DeliveryStatus
from workflows.store.tables import (
    blobs,
    deliveries,
    printed,
    transcript,
    waits,
    workflow_changes,
    workflow_runs,
    workflow_steps,
)
from workflows.values import RunStatus

_ENDED = (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.ABORTED, RunStatus.ROLLED_BACK)
_KEY = 0x70756C6C636C6561
"""Of the lock under which is cleaned up on Postgres; any number would do that nobody else takes."""
_IDS_PER_QUERY = 500
_PAGES = 500

_run = workflow_runs.c


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a run, as far as its trees are concerned; `ended_at` is None while it can go on by itself."""

    status: RunStatus
    ended_at: float | None
    cleaned: bool


def alone(db: sa.Connection) -> bool:
    """Whether nobody else is just cleaning up, until the transaction ends."""
    if db.dialect.name != "postgresql":
        return True
    return bool(db.execute(sa.select(sa.func.pg_try_advisory_xact_lock(_KEY))).scalar_one())


def ended_before(db: sa.Connection, before: float) -> list[str]:
    """The runs whose records were kept for long enough, those first that ended first."""
    query = sa.select(_run.id).where(_may_go(before)).order_by(_run.ended_at)
    return list(db.scalars(query))


def forget_run(db: sa.Connection, run_id: str, before: float) -> int | None:
    """Remove a run's steps, journal, transcript and questions; bytes of contents that nobody else's journal names.

    None where it has gone on meanwhile, or another process is cleaning up. Its row, its bill, its
    audit and its posts stay. `updated_at` does, too: there is nothing to tell anybody.
    """
    if not alone(db):
        return None
    mine = sa.and_(_run.id == run_id, _may_go(before))
    if db.execute(workflow_runs.update().where(mine).values(cleaned_at=time.time())).rowcount != 1:
        return None
    changes = workflow_changes.c
    named = sa.union(
        sa.select(changes.before_blob).where(changes.run_id == run_id),
        sa.select(changes.after_blob).where(changes.run_id == run_id),
    )
    contents = sorted(name for name in db.scalars(named) if name)
    for table in (workflow_changes, transcript, printed, workflow_steps, waits):
        db.execute(table.delete().where(table.c.run_id == run_id))
    return sum(
        _forget_contents(db, contents[at : at + _IDS_PER_QUERY]) for at in range(0, len(contents), _IDS_PER_QUERY)
    )


def count_deliveries(db: sa.Connection, before: float) -> int:
    """How many deliveries came to their end before that time."""
    return db.scalar(sa.select(sa.func.count()).select_from(deliveries).where(_handled(before))) or 0


def forget_deliveries(db: sa.Connection, before: float, most: int) -> int:
    """Delete up to `most` of them; how many there were."""
    if not alone(db):
        return 0
    some = sa.select(deliveries.c.guid).where(_handled(before)).limit(most)
    return db.execute(deliveries.delete().where(deliveries.c.guid.in_(some))).rowcount


def forget_events(db: sa.Connection, before: float, most: int) -> int:
    """Delete up to `most` of the feed's oldest rows of before that time; how many there were."""
    return run_events.forget(db, before, most) if alone(db) else 0


def fates(db: sa.Connection, run_ids: Sequence[str]) -> dict[str, Fate]:
    """What became of these runs; one that is not known is not in it."""
    found = {}
    for at in range(0, len(run_ids), _IDS_PER_QUERY):
        query = sa.select(_run.id, _run.status, _run.ended_at, _run.cleaned_at)
        for row in db.execute(query.where(_run.id.in_(run_ids[at : at + _IDS_PER_QUERY]))):
            ended = row.ended_at if row.status in _ENDED else None
            found[row.id] = Fate(RunStatus(row.status), ended, row.cleaned_at is not None)
    return found


def repositories(db: sa.Connection) -> list[str]:
    """Those with runs that are shown in full, and can go on or be taken back."""
    return list(db.scalars(sa.select(_run.repository).where(_run.cleaned_at.is_(None)).distinct()))


def give_back(db: sa.Connection) -> int:
    """Give some free space of a SQLite file back to the disk; how many bytes, 0 where there is no more.

    Not Postgres': it uses its space again by itself.
    """
    if db.dialect.name != "sqlite":
        return 0
    free, size = (_pragma(db, name) for name in ("freelist_count", "page_size"))
    for _ in range(min(free, _PAGES)):  # the driver takes one step of what has no rows, and that is one page
        db.exec_driver_sql("PRAGMA incremental_vacuum(1)").close()
    return (free - _pragma(db, "freelist_count")) * size


def _pragma(db: sa.Connection, name: str) -> int:
    return int(db.exec_driver_sql(f"PRAGMA {name}").scalar_one())


def _may_go(before: float) -> sa.ColumnElement[bool]:
    return sa.and_(_run.status.in_(_ENDED), _run.ended_at < before, _run.cleaned_at.is_(None))


def _handled(before: float) -> sa.ColumnElement[bool]:
    return sa.and_(deliveries.c.status != DeliveryStatus.STORED, deliveries.c.handled_at < before)


def _forget_contents(db: sa.Connection, names: Iterable[str]) -> int:
    """Delete those contents that no journal names; their bytes in the database.

    On Postgres they are locked first, and asked about only then: who just writes a journal that
    names one holds it, and who comes later sees that it is gone (`SqlLedger.append_files`).
    """
    here = blobs.c.id.in_(list(names))
    db.execute(sa.select(blobs.c.id).where(here).order_by(blobs.c.id).with_for_update())
    changes = workflow_changes.c
    by_before = sa.exists().where(changes.before_blob == blobs.c.id, sa.text("before_blob <> ''"))
    by_after = sa.exists().where(changes.after_blob == blobs.c.id, sa.text("after_blob <> ''"))
    unnamed = sa.and_(here, ~by_before, ~by_after)
    freed = db.scalar(sa.select(sa.func.sum(sa.func.length(blobs.c.data))).where(unnamed)) or 0
    db.execute(blobs.delete().where(unnamed))
    return int(freed)
