"""Tells a Postgres from a pooler before one that lends its connections to whoever begins a transaction.

Workers hold locks on their connections, by which the others see that they live. With a
connection that is another one each time they would count as dead, or for ever as alive.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from workflows.errors import StoreError
from workflows.store.database import Store

_TRIES = 8
"""Which connection is lent is the pooler's choice, and others borrow some meanwhile."""


def refuse_pooler(store: Store) -> None:
    """StoreError where a connection is not the same one from its beginning to its end."""
    if not store.is_sqlite and store.read_now(_is_lent):
        raise StoreError(
            "Between this program and Postgres is a pooler that lends connections by the transaction.",
            "Give PULLWRIGHT_DATABASE the address of Postgres itself, or of a pool in session mode.",
        )


def _is_lent(db: sa.Connection) -> bool:
    """Behind a pooler (the process is not the one that was announced) look whether others get what we had."""
    if db.connection.dbapi_connection.info.backend_pid == _process(db):  # type: ignore[union-attr]
        return False
    mark = secrets.token_hex(8)
    for _ in range(_TRIES):
        db.execute(sa.select(sa.func.set_config("pullwright.lent", mark, False)))
        db.commit()
        with db.engine.connect() as other:
            if other.scalar(sa.select(sa.func.current_setting("pullwright.lent", True))) == mark:
                return True
    return False


def _process(db: sa.Connection) -> int:
    return int(db.execute(sa.select(sa.func.pg_backend_pid())).scalar_one())
