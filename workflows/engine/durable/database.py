"""The engine's own database, prepared so that DBOS can use it beside others."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

import sqlalchemy as sa

from workflows.store.database import postgres_engine


def engine_database(url: sa.URL) -> sa.Engine:
    """The database of that URL, for DBOS; on Postgres it is the application's, in a schema of its own."""
    if url.get_backend_name() != "sqlite":
        return postgres_engine(url)
    engine = sa.create_engine(url)

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, record: object) -> None:
        # DBOS leaves SQLite in rollback-journal mode, where readers and the writer block each other.
        connection.isolation_level = "IMMEDIATE"
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()
        if sqlite3.sqlite_version_info < (3, 42):
            connection.create_function("unixepoch", -1, _unixepoch)

    return engine


def _unixepoch(*arguments: str) -> float:
    """What DBOS asks of SQLite 3.42: older ones do not know 'subsec', and its migrations would fail on them."""
    return time.time() if "subsec" in arguments else int(time.time())
