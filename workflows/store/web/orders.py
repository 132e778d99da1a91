"""Queries over orders: what a page or the API asks of a worker, kept until one has done or refused it.

A process that only answers HTTP has no trees, no forge and no model. So it writes down what is wanted and by whom,
and a worker, whichever comes first, does it by the same rules as anything else. It may be taken up twice after a
crash: the principal's reference is the order's own, and what it did stands in the audit log by that.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from workflows.store import run_events
from workflows.store.run_events import EventKind
from workflows.store.tables import orders

LEASE_SECONDS = 600.0
_KEPT_SECONDS = 7 * 86400.0


class OrderKind(StrEnum):
    START = "start"
    ROLLBACK = "rollback"
    PLAN = "plan"
    """Only say what a rollback would do."""
    RETRY = "retry"
    """With a larger budget: whether that binds anything, only who knows the models' prices can say."""


class OrderState(StrEnum):
    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Order:
    """`arguments` and `result` are what the kind makes of them; of one that was refused `sentence` and `remedy`."""

    id: str
    run_id: str
    repository: str
    kind: OrderKind
    arguments: Mapping[str, Any]
    principal: Mapping[str, Any]
    state: OrderState
    result: Mapping[str, Any]
    asked_at: float
    done_at: float | None = None


def place(
    db: sa.Connection,
    kind: OrderKind,
    repository: str,
    arguments: Mapping[str, Any],
    principal: Mapping[str, Any],
    *,
    run_id: str = "",
    number: str = "",
) -> Order:
    """Ask for it, once under one `number`, which may be any text; the order. Followers of its run are told.

    `principal` are the fields of one; its reference becomes the order's own, by which it is done once.
    """
    if number:  # its own is what can stand in an address
        number = hashlib.sha256(number.encode()).hexdigest()[:32]
        if (known := find(db, number)) is not None:
            return known
    now = time.time()
    db.execute(orders.delete().where(orders.c.state != OrderState.ASKED, orders.c.done_at < now - _KEPT_SECONDS))
    number = number or secrets.token_hex(8)
    row: dict[str, Any] = {
        "run_id": run_id,
        "repository": repository,
        "kind": kind,
        "arguments": dict(arguments),
        "result": {},
    }
    row |= {
        "principal": {**principal, "reference": f"order {number}"},
        "state": OrderState.ASKED,
        "asked_at": now,
        "due_at": 0.0,
    }
    db.execute(orders.insert().values(id=number, **row))
    if run_id:
        run_events.note(db, run_id, EventKind.STATE)
    placed = find(db, number)
    assert placed is not None, "it was placed just now"
    return placed


def take(db: sa.Connection, limit: int = 4, seconds: float = LEASE_SECONDS) -> list[Order]:
    """Take up to `limit` orders that are due, for so many seconds, oldest first.

    Of a run its eldest open one alone: the next is due when that is done or refused, whoever does it. Several workers
    pass over each other's.
    """
    now = time.time()
    due = sa.select(orders).where(*_due(now)).order_by(orders.c.asked_at, orders.c.id)
    rows = db.execute(due.limit(limit).with_for_update(skip_locked=True, of=orders)).all()
    if rows:
        mine = orders.c.id.in_([row.id for row in rows])
        db.execute(orders.update().where(mine).values(due_at=now + seconds))
    return [_order(row) for row in rows]


def hold(db: sa.Connection, order: Order, seconds: float) -> None:
    """It is still under way: nobody else takes it up for so many seconds from now."""
    mine = sa.and_(orders.c.id == order.id, orders.c.state == OrderState.ASKED)
    db.execute(orders.update().where(mine).values(due_at=time.time() + seconds))


def is_any(db: sa.Connection) -> bool:
    """Whether something is due: asked often, and cheaply."""
    return db.execute(sa.select(orders.c.id).where(*_due(time.time())).limit(1)).first() is not None


def _due(now: float) -> tuple[sa.ColumnElement[bool], ...]:
    row, older = orders.c, orders.alias("older")
    before = sa.or_(older.c.asked_at < row.asked_at, sa.and_(older.c.asked_at == row.asked_at, older.c.id < row.id))
    first = sa.exists().where(older.c.run_id == row.run_id, older.c.state == OrderState.ASKED, before)
    return row.state == OrderState.ASKED, row.due_at <= now, sa.or_(row.run_id == "", ~first)


def close(db: sa.Connection, order: Order, state: OrderState, result: Mapping[str, Any]) -> None:
    """It was done, or refused; followers of its run are told."""
    mine = orders.c.id == order.id
    db.execute(orders.update().where(mine).values(state=state, result=dict(result), done_at=time.time()))
    if order.run_id:
        run_events.note(db, order.run_id, EventKind.STATE)


def put_off(db: sa.Connection, order: Order, seconds: float) -> None:
    """It cannot be done now."""
    db.execute(orders.update().where(orders.c.id == order.id).values(due_at=time.time() + seconds))


def find(db: sa.Connection, number: str) -> Order | None:
    row = db.execute(sa.select(orders).where(orders.c.id == number)).first()
    return None if row is None else _order(row)


def of_run(db: sa.Connection, run_id: str, limit: int = 3) -> list[Order]:
    """The newest orders about a run."""
    query = sa.select(orders).where(orders.c.run_id == run_id).order_by(orders.c.asked_at.desc()).limit(limit)
    return [_order(row) for row in db.execute(query)]


def _order(row: Any) -> Order:
    return Order(
        id=row.id,
        run_id=row.run_id,
        repository=row.repository,
        kind=OrderKind(row.kind),
        arguments=row.arguments,
        principal=row.principal,
        state=OrderState(row.state),
        result=row.result,
        asked_at=row.asked_at,
        done_at=row.done_at,
    )
