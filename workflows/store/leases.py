"""Queries over duties that one process has at a time, until its lease is over, and then another one has."""

from __future__ import annotations

import sqlalchemy as sa

from workflows.store.tables import leases, workers
from workflows.store.upserts import upsert


def take(db: sa.Connection, name: str, me: str, now: float, seconds: float) -> bool:
    """Have the duty for so many seconds from now, or go on having it; False while another one has it.

    One that has left, or was declared dead, has nothing any more.
    """
    db.execute(upsert(db.dialect.name, leases).values(name=name, holder="", until=0.0).on_conflict_do_nothing())
    left = sa.select(workers.c.id).where(workers.c.id == leases.c.holder, workers.c.left_at.is_not(None)).exists()
    free = sa.or_(leases.c.holder.in_(("", me)), leases.c.until <= now, left)
    mine = leases.update().where(leases.c.name == name, free).values(holder=me, until=now + seconds)
    return db.execute(mine).rowcount == 1


def holder(db: sa.Connection, name: str, now: float) -> str:
    """Who has the duty, "" where nobody does."""
    here = sa.select(leases.c.holder).where(leases.c.name == name, leases.c.until > now)
    return str(db.scalar(here) or "")


def give_back(db: sa.Connection, name: str, me: str) -> None:
    """Let another one have it at once."""
    mine = sa.and_(leases.c.name == name, leases.c.holder == me)
    db.execute(leases.update().where(mine).values(holder="", until=0.0))
