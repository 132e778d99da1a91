"""Queries over webhook deliveries: kept before they are acknowledged, taken up when they are due.

A stored delivery belongs to whoever claimed it until its `due_at`, or until its worker is known
to be gone: it is taken up again, however the attempt ended.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa

from workflows.store.tables import deliveries


class DeliveryStatus(StrEnum):
    STORED = "stored"
    HANDLED = "handled"
    IGNORED = "ignored"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook as it came: GitHub's GUID, the event's name, the raw JSON. `attempts` counts the current one."""

    guid: str
    event: str
    payload: bytes
    received_at: float
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class KeptDelivery:
    """A delivery as it is kept, with what became of it. `payload` is empty in lists."""

    guid: str
    event: str
    payload: bytes
    status: DeliveryStatus
    attempts: int
    error_text: str
    received_at: float
    handled_at: float | None
    due_at: float


def packed(delivery: Delivery) -> Delivery:
    """With its payload as it should be kept: a fifth of the bytes must be on the disk before we may answer.

    Not in the thread that writes, where each packing would end with waiting for Python's lock.
    """
    return replace(delivery, payload=zlib.compress(delivery.payload, 1))


def keep(db: sa.Connection, arrived: Sequence[Delivery]) -> None:
    """Store deliveries. One that is known changes nothing, unless it had failed: then it is due once more.

    In an order of their own: of two writers that had the same ones, neither may wait for the other.
    """
    fresh = {one.guid: one for one in arrived}
    values = [
        value for _, one in sorted(fresh.items()) for value in (one.guid, one.event, one.payload, one.received_at)
    ]
    db.exec_driver_sql(_keeping(len(fresh), "%s" if db.dialect.name == "postgresql" else "?"), tuple(values))


def claim(db: sa.Connection, limit: int, lease: float, by: str = "sqlite") -> list[Delivery]:
    """Take up to `limit` due deliveries, oldest first, for `lease` seconds; each counts one attempt more.

    Several workers on Postgres pass over what another one is just claiming.
    """
    now = time.time()
    due = (
        sa.select(deliveries)
        .where(deliveries.c.status == DeliveryStatus.STORED, deliveries.c.due_at <= now)
        .order_by(deliveries.c.received_at, deliveries.c.guid)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = db.execute(due).all()
    if rows:
        db.execute(
            deliveries.update()
            .where(deliveries.c.guid.in_([row.guid for row in rows]))
            .values(attempts=deliveries.c.attempts + 1, due_at=now + lease, claimed_by=by)
        )
    return [Delivery(row.guid, row.event, _unpacked(row.payload), row.received_at, row.attempts + 1) for row in rows]


def close(db: sa.Connection, guid: str, status: DeliveryStatus, why: str = "") -> None:
    """A delivery has come to its end: handled, ignored for a reason, or failed with one."""
    db.execute(
        deliveries.update()
        .where(deliveries.c.guid == guid)
        .values(status=status, error_text=why, handled_at=time.time())
    )


def put_off(db: sa.Connection, guid: str, seconds: float, why: str, counted: bool = True) -> None:
    """Try a delivery again later; `why` is what stood in the way. Not `counted`: this was no attempt."""
    db.execute(
        deliveries.update()
        .where(deliveries.c.guid == guid)
        .values(
            due_at=time.time() + seconds,
            error_text=why,
            claimed_by="",
            attempts=deliveries.c.attempts - (0 if counted else 1),
        )
    )


def hand_back(db: sa.Connection, guid: str) -> None:
    """Make a claimed delivery due now, for whoever takes it up next; the attempt does not count."""
    mine = sa.and_(deliveries.c.guid == guid, deliveries.c.status == DeliveryStatus.STORED)
    db.execute(deliveries.update().where(mine).values(due_at=0.0, attempts=deliveries.c.attempts - 1, claimed_by=""))


def release(db: sa.Connection, alive: Collection[str] = ()) -> None:
    """Make due now what was taken up by somebody who is not alive, and neither ended nor put off."""
    gone = sa.and_(
        deliveries.c.status == DeliveryStatus.STORED,
        deliveries.c.claimed_by != "",
        deliveries.c.claimed_by.not_in(alive),
    )
    db.execute(deliveries.update().where(gone).values(due_at=0.0, claimed_by=""))


def claimers(db: sa.Connection) -> set[str]:
    """The workers that have taken up what is stored still."""
    query = sa.select(deliveries.c.claimed_by).distinct().where(deliveries.c.status == DeliveryStatus.STORED)
    return set(db.execute(query).scalars()) - {""}


def suspected(db: sa.Connection) -> set[str]:
    """The workers that have taken up what was taken up before: what made it do that may have ended a process."""
    again = sa.and_(deliveries.c.status == DeliveryStatus.STORED, deliveries.c.attempts > 1)
    return set(db.execute(sa.select(deliveries.c.claimed_by).distinct().where(again)).scalars()) - {""}


def next_due(db: sa.Connection) -> float | None:
    """When the next stored delivery is due (it may be past); None where there is none."""
    return db.execute(
        sa.select(sa.func.min(deliveries.c.due_at)).where(deliveries.c.status == DeliveryStatus.STORED)
    ).scalar()


def known(db: sa.Connection, guids: Sequence[str]) -> set[str]:
    """Which of these GUIDs are kept and have not failed."""
    query = sa.select(deliveries.c.guid).where(
        deliveries.c.guid.in_(guids), deliveries.c.status != DeliveryStatus.FAILED
    )
    return set(db.execute(query).scalars())


def listed(db: sa.Connection, status: str = "", before: float = 0.0, limit: int = 50) -> list[KeptDelivery]:
    """Deliveries without their payloads, newest first, of one status or all, that came before that time (0: any)."""
    columns = deliveries.c
    query = sa.select(*(column for column in columns if column.name != "payload"))
    if status:
        query = query.where(columns.status == status)
    if before:
        query = query.where(columns.received_at < before)
    rows = db.execute(query.order_by(columns.received_at.desc(), columns.guid).limit(limit))
    return [_kept(row, b"") for row in rows]


def find(db: sa.Connection, guid: str) -> KeptDelivery | None:
    """One delivery with its payload; None where there is none."""
    row = db.execute(sa.select(deliveries).where(deliveries.c.guid == guid)).first()
    return None if row is None else _kept(row, _unpacked(row.payload))


def replay(db: sa.Connection, guid: str) -> bool:
    """Have a delivery that came to its end handled anew; False where it has not, or there is none.

    What it did already it finds, as after a crash.
    """
    ended = sa.and_(deliveries.c.guid == guid, deliveries.c.status != DeliveryStatus.STORED)
    again = {"status": DeliveryStatus.STORED, "attempts": 0, "error_text": "", "due_at": 0.0, "handled_at": None}
    return db.execute(deliveries.update().where(ended).values(claimed_by="", **again)).rowcount == 1


def counts(db: sa.Connection) -> dict[str, int]:
    """How many deliveries there are of each status."""
    query = sa.select(deliveries.c.status, sa.func.count().label("number")).group_by(deliveries.c.status)
    return {row.status: row.number for row in db.execute(query)}


def _kept(row: Any, payload: bytes) -> KeptDelivery:
    return KeptDelivery(
        row.guid,
        row.event,
        payload,
        DeliveryStatus(row.status),
        row.attempts,
        row.error_text,
        row.received_at,
        row.handled_at,
        row.due_at,
    )


def _unpacked(kept: bytes) -> bytes:
    """The payload, also of one that was kept as it came: no JSON begins with zlib's mark."""
    return zlib.decompress(kept) if kept[:1] == b"x" else kept


@cache
def _keeping(number: int, mark: str) -> str:
    """One statement for all of them: with one for each, the writing thread waits for Python's lock between any two."""
    row = f"({mark}, {mark}, {mark}, {mark}, 'stored', 0, '', 0.0)"
    return (
        "INSERT INTO deliveries (guid, event, payload, received_at, status, attempts, error_text, due_at) VALUES "
        + ", ".join([row] * number)
        + " ON CONFLICT (guid) DO UPDATE SET payload = excluded.payload, received_at = excluded.received_at,"
        " status = excluded.status, attempts = excluded.attempts, error_text = excluded.error_text,"
        " due_at = excluded.due_at WHERE deliveries.status = 'failed'"
    )
