"""Queries over idempotency keys: a request that is sent twice is answered twice and carried out once."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from workflows.store.tables import api_answers

KEPT_SECONDS = 24 * 3600.0
_UNDER_WAY_SECONDS = 60.0
"""After that whoever began to answer is gone."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a key stands for already: `request` is the hash of what was sent; `status` 0 means it is under way."""

    request: str
    status: int
    body: Any


def begin(db: sa.Connection, who: str, key: str, request: str) -> Kept | None:
    """Take a key for a request; what it stands for already, None where it is ours now."""
    now, rows = time.time(), api_answers.c
    db.execute(api_answers.delete().where(rows.at < now - KEPT_SECONDS))
    mine = sa.and_(rows.who == who, rows.key == key)
    db.execute(api_answers.delete().where(mine, rows.status == 0, rows.at < now - _UNDER_WAY_SECONDS))
    new = api_answers.insert().values(who=who, key=key, request=request, status=0, body=None, at=now)
    with suppress(sa.exc.IntegrityError), db.begin_nested():
        db.execute(new)
        return None
    row = db.execute(sa.select(api_answers).where(mine)).one()
    return Kept(row.request, row.status, row.body)


def keep(db: sa.Connection, who: str, key: str, status: int, body: Any) -> None:
    """What was answered."""
    mine = sa.and_(api_answers.c.who == who, api_answers.c.key == key)
    db.execute(api_answers.update().where(mine).values(status=status, body=body, at=time.time()))


def forget(db: sa.Connection, who: str, key: str) -> None:
    """Nothing came of it, and nothing was done: the same request may be sent again."""
    db.execute(api_answers.delete().where(api_answers.c.who == who, api_answers.c.key == key))
