"""A run that is taken back is held meanwhile: nobody has it go on or takes it back too, here or on another machine.

On Postgres the hold is the database's, and ends with the connection of whoever has it, however
that ends. On SQLite there is one process that works.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from threading import Lock

import sqlalchemy as sa

from workflows.errors import RunError, TransientError
from workflows.store.database import Store, told

_AGAIN_SECONDS = 5.0
_NOTICES = ("tcp_keepalives_idle = 2", "tcp_keepalives_interval = 1", "tcp_keepalives_count = 3")
"""How soon Postgres notices that a machine is gone; by itself it would keep its hold for hours."""

_held: set[tuple[str, str]] = set()
"""The runs that this process holds, by the SQLite database they are in."""
_lock = Lock()


@asynccontextmanager
async def held(store: Store, run_id: str) -> AsyncIterator[None]:
    """Hold a run until the block is left; TransientError where somebody else does."""
    connection = None if store.is_sqlite else await asyncio.to_thread(_connected, store)
    try:
        if not await asyncio.to_thread(_taken, store, connection, run_id):
            raise TransientError(_sentence(run_id), _AGAIN_SECONDS)
        try:
            yield
        finally:
            with _lock:
                _held.discard((str(store.url), run_id))
    finally:
        if connection is not None:  # and not back into the pool: what it holds ends with it
            await asyncio.to_thread(connection.close)


def must_be_free(db: sa.Connection, run_id: str) -> None:
    """RunError where a run is held; nobody can hold it until the transaction has ended."""
    if db.dialect.name == "postgresql":
        free = bool(db.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_key(run_id)))))
    else:
        with _lock:
            free = (str(db.engine.url), run_id) not in _held
    if not free:
        raise RunError(_sentence(run_id), "Wait for the end of that.")


def _connected(store: Store) -> sa.Connection:
    """A connection of its own, on which no transaction stays open."""
    with told():
        connection = store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()
        for notice in _NOTICES:
            connection.exec_driver_sql(f"SET {notice}")
    return connection


def _taken(store: Store, connection: sa.Connection | None, run_id: str) -> bool:
    if connection is not None:
        with told():
            return bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_key(run_id)))))
    with _lock:
        name = (str(store.url), run_id)
        free = name not in _held
        _held.add(name)
    return free


def _key(run_id: str) -> int:
    """Postgres' locks are numbers of 64 bits."""
    return int.from_bytes(sha256(f"held:{run_id}".encode()).digest()[:8], "big", signed=True)


def _sentence(run_id: str) -> str:
    return f"Run {run_id} is being taken back at this moment."
