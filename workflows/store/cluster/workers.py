"""Queries over the workers of one Postgres database: who signed in, when each was last heard of, and who is gone.

All times are by the database's clock: those of several machines need not agree.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from workflows.store.tables import workers

_NOW = sa.cast(sa.func.extract("epoch", sa.func.clock_timestamp()), sa.Float)
_SEED = 0x70756C6C77726967
"""Of our advisory locks; any number would do that nobody else takes in the same database."""
_VERDICTS = 0x70756C6C77726968
_KEPT_SECONDS = 7 * 24 * 3600
"""For how long it can be read who worked here; nothing else needs the rows of those who left."""


class Ending(StrEnum):
    """How a worker came not to count any more; "" while it does, and where it left by itself."""

    DEAD = "dead"
    """Others have said so, since it was not heard of."""
    WOKE = "woke"
    """They had, and it was alive all the same: frozen, or cut off."""


@dataclass(frozen=True, slots=True)
class End:
    """How a worker ended, with the start of its machine (`boot`) and when it was last heard of."""

    ending: str
    host: str
    boot: str
    seen_at: float


@dataclass(frozen=True, slots=True)
class Living:
    """A worker that counts. `silence` is for how many seconds it was not heard of."""

    id: str
    host: str
    process: int
    silence: float


def sign_in(db: sa.Connection, worker: str, *, host: str, process: int, places: int, boot: str = "") -> None:
    """Count as a worker from now on; those who left long ago are forgotten."""
    db.execute(workers.delete().where(workers.c.left_at < _NOW - _KEPT_SECONDS))
    db.execute(
        workers.insert().values(
            id=worker, host=host, process=process, places=places, boot=boot, started_at=_NOW, seen_at=_NOW, left_at=None
        )
    )


def alone(db: sa.Connection) -> None:
    """Until the transaction ends nobody else declares anybody dead, or says what that means."""
    if db.dialect.name == "postgresql":
        db.execute(sa.select(sa.func.pg_advisory_xact_lock(_VERDICTS)))


def beat(db: sa.Connection, worker: str) -> bool:
    """Be heard of; False for one that does not count as a worker any more."""
    mine = sa.and_(workers.c.id == worker, workers.c.left_at.is_(None))
    return db.execute(workers.update().where(mine).values(seen_at=_NOW)).rowcount > 0


def offer(db: sa.Connection, worker: str, places: int) -> None:
    """Work on so many runs at once from now on; 0 leaves them to the others."""
    db.execute(workers.update().where(workers.c.id == worker).values(places=places))


def leave(db: sa.Connection, worker: str) -> None:
    """Count no longer; the first who says so is the one."""
    db.execute(workers.update().where(workers.c.id == worker, workers.c.left_at.is_(None)).values(left_at=_NOW))


def take_lock(db: sa.Connection, worker: str) -> bool:
    """Hold the worker's own lock for as long as this connection lives; False while somebody tries whether it can."""
    return bool(db.scalar(sa.select(sa.func.pg_try_advisory_lock(_key(worker)))))


def counts(db: sa.Connection, worker: str) -> bool:
    """Whether the worker still counts as one; nobody can declare it dead before this transaction has ended.

    The share lock is the weakest there is: it stands in the way of a declaration and of no heart-beat.
    """
    mine = sa.select(workers.c.id).where(workers.c.id == worker, workers.c.left_at.is_(None))
    return db.execute(mine.with_for_update(read=True, key_share=True)).first() is not None


def living(db: sa.Connection) -> list[Living]:
    """The workers that count."""
    columns = (workers.c.id, workers.c.host, workers.c.process, (_NOW - workers.c.seen_at).label("silence"))
    return [Living(*row) for row in db.execute(sa.select(*columns).where(workers.c.left_at.is_(None)))]


def bury(db: sa.Connection, me: str, *, silent: float, frozen: float, ended: Collection[str] = ()) -> list[str]:
    """Declare dead whoever was not heard of for too long, and say who that is.

    Seconds: `silent` where its lock can be had (the process or its connection is gone),
    `frozen` whatever its lock says. Of those whose process has `ended` only the lock is asked.
    One that is just writing is left for the next time.
    """
    quiet = sa.select(workers.c.id, (_NOW - workers.c.seen_at).label("age")).where(
        workers.c.left_at.is_(None),
        workers.c.id != me,
        sa.or_(workers.c.seen_at < _NOW - silent, workers.c.id.in_(ended)),
    )
    dead = []
    for worker, age in db.execute(quiet.with_for_update(skip_locked=True)).all():
        free = sa.select(sa.func.pg_try_advisory_xact_lock(_key(worker)))
        if age > frozen or db.scalar(free):
            leave(db, worker)
            db.execute(workers.update().where(workers.c.id == worker).values(ending=Ending.DEAD))
            dead.append(worker)
    return dead


def woke(db: sa.Connection, worker: str) -> None:
    """One that had been declared dead is not."""
    mine = sa.and_(workers.c.id == worker, workers.c.ending == Ending.DEAD)
    db.execute(workers.update().where(mine).values(ending=Ending.WOKE))


def ends(db: sa.Connection, gone: Collection[str]) -> dict[str, End]:
    """How these ended, as far as it is known. None of them can say more before this transaction has ended."""
    columns = (workers.c.id, workers.c.ending, workers.c.host, workers.c.boot, workers.c.seen_at)
    query = sa.select(*columns).where(workers.c.id.in_(gone)).order_by(workers.c.id).with_for_update()
    return {row.id: End(row.ending, row.host, row.boot, row.seen_at) for row in db.execute(query)}


def died_about(db: sa.Connection, seen_at: float, within: float) -> set[str]:
    """Those who died and were last heard of within so many seconds of that time."""
    near = workers.c.seen_at.between(seen_at - within, seen_at + within)
    return set(db.scalars(sa.select(workers.c.id).where(workers.c.ending == Ending.DEAD, near)))


def has_started_anew(db: sa.Connection, end: End) -> bool:
    """Whether the machine of one that ended has: somebody signed in there since, after another start of it."""
    later = sa.and_(workers.c.host == end.host, workers.c.started_at >= end.seen_at)
    other = workers.c.boot.not_in(("", end.boot))
    return bool(end.boot) and db.scalar(sa.select(workers.c.id).where(later, other).limit(1)) is not None


def before_start(db: sa.Connection, host: str, boot: str) -> list[str]:
    """Who worked on a machine before this start of it."""
    return list(db.scalars(sa.select(workers.c.id).where(workers.c.host == host, workers.c.boot.not_in(("", boot)))))


def at_work(db: sa.Connection) -> dict[str, int]:
    """The workers that count, each with how many runs it works on at once."""
    query = sa.select(workers.c.id, workers.c.places).where(workers.c.left_at.is_(None))
    return {row.id: row.places for row in db.execute(query)}


def eldest(db: sa.Connection) -> str | None:
    """Of those that count the one that signed in first: for what one is enough to do."""
    query = sa.select(workers.c.id).where(workers.c.left_at.is_(None)).order_by(workers.c.started_at, workers.c.id)
    return db.scalar(query.limit(1))


def _key(worker: str) -> sa.ColumnElement[int]:
    return sa.func.hashtextextended(worker, sa.cast(sa.literal(_SEED), sa.BigInteger))
