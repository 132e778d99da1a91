"""One database, opened once per process: SQLite by default, Postgres to scale out.

Queries are plain functions that take a connection first; `Store.read` and `Store.write` run
them in one transaction on a worker thread, so that a slow disk never holds up the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa

from workflows.errors import StoreError, TransientError

if TYPE_CHECKING:
    import sqlite3

P = ParamSpec("P")
R = TypeVar("R")
Query = Callable[Concatenate[sa.Connection, P], R]

SINGLE = "pullwright_single"
"""The option of a connection on which each statement is a transaction of its own."""
NOTED = "pullwright_noted"
"""Stands in a connection's info while its transaction has rows for the feed."""
CHANNEL = "pullwright_runs"
"""What is notified on Postgres when the feed has new rows."""
_BUSY_SECONDS = 30
_IDLE_SECONDS = 20
"""Between two statements of one transaction, in which nothing else is ever done; a frozen process keeps its locks."""
_CONNECT_SECONDS = 10
"""What answers neither yes nor no to a connection is gone."""
_POOLER = "unsupported startup parameter"
_CHECKPOINT = "wal_autocheckpoint=8000"
"""In pages, 32 MB: by default every few hundred webhooks one waits until the log is copied into the file."""
_AT_FIRST = "auto_vacuum=INCREMENTAL"
"""So that what a clean-up removes can go back to the disk. Of a file that has it already it takes the writer's lock."""
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", _CHECKPOINT)


class Store:
    """The database and its transactions.

    `url` is SQLAlchemy's ("sqlite:////path/app.sqlite", "postgresql+psycopg://..."). Raises
    StoreError where it cannot be opened. The tables are there only after migration.
    """

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else postgres_engine(self.url)
        self.fence: Callable[[sa.Connection], None] | None = None
        """Called first in every transaction that writes: of several workers, one that does not count ends there."""
        self.listeners = set[Callable[[], None]]()
        """Called in the writing thread when a transaction that told the feed of something is on the disk."""

    async def read(self, query: Query[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a query that changes nothing."""
        return await asyncio.to_thread(lambda: self.read_now(query, *args, **kwargs))

    async def write(self, query: Query[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a query in a transaction that is committed and on the disk when this returns."""
        return await asyncio.to_thread(lambda: self.write_now(query, *args, **kwargs))

    def read_now(self, query: Query[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """`read`, blocking."""
        with told(), self.engine.connect().execution_options(pullwright_read=True) as connection:
            return query(connection, *args, **kwargs)

    def write_now(self, query: Query[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """`write`, blocking."""
        with told(), self.engine.connect() as connection:
            connection.info.pop(NOTED, None)
            with connection.begin():
                if self.fence is not None:
                    self.fence(connection)
                result = query(connection, *args, **kwargs)
            if connection.info.pop(NOTED, False):
                self._wake(connection)
            return result

    def _wake(self, connection: sa.Connection) -> None:
        """Have those look who follow the feed, in whatever process; one that is not reached looks by itself soon.

        Not in the transaction: all that notify stand in one line while they commit.
        """
        for listener in tuple(self.listeners):
            listener()
        if not self.is_sqlite:
            with contextlib.suppress(sa.exc.DBAPIError):
                connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(f"NOTIFY {CHANNEL}")

    def close(self) -> None:
        self.engine.dispose()


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, pool_size=4, max_overflow=4)

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, record: object) -> None:
        # The driver's own transaction handling begins too late to keep a read and the write
        # that depends on it together; we begin ourselves, below.
        connection.isolation_level = None
        empty = connection.execute("PRAGMA page_count").fetchone() == (0,)
        for pragma in (_AT_FIRST, *_PRAGMAS) if empty else _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        if not options.get(SINGLE):
            connection.exec_driver_sql("BEGIN" if options.get("pullwright_read") else "BEGIN IMMEDIATE")

    return engine


def postgres_engine(url: sa.URL) -> sa.Engine:
    """A pool of connections none of which holds up the others for long, should its process freeze or be cut off."""
    given = url.query.get("options", "")
    options = {
        "options": f"{given} -c idle_in_transaction_session_timeout={_IDLE_SECONDS}s",
        "connect_timeout": int(str(url.query.get("connect_timeout", _CONNECT_SECONDS))),
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    }
    return sa.create_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True, connect_args=options)


@contextmanager
def told() -> Iterator[None]:
    """Database errors in our own words: what may pass is transient, the rest the operator can mend."""
    try:
        yield
    except sa.exc.OperationalError as error:
        text = str(error.orig)
        if is_busy(error) or error.connection_invalidated or _away(error.orig):
            raise TransientError(f"The database is busy or gone for the moment: {text}") from error
        raise StoreError(f"The database cannot be used: {text}.", _remedy(text)) from error
    except sa.exc.DatabaseError as error:
        text = str(error.orig)
        if isinstance(error, sa.exc.IntegrityError):
            raise
        raise StoreError(f"The database cannot be used: {text}.", _remedy(text)) from error


def is_busy(error: sa.exc.OperationalError) -> bool:
    """Whether SQLite's file was locked by another process, or another connection of ours."""
    return any(word in str(error.orig) for word in ("locked", "busy"))


def _away(error: object) -> bool:
    """Whether Postgres could not be reached, is stopping or starting, has no room for us, or took us out of a deadlock.

    A connection that does not come about has no SQLSTATE. SQLite knows none of this.
    """
    if _POOLER in str(error):
        return False
    state = getattr(error, "sqlstate", "")
    return state is None or state[:2] in ("08", "40", "53", "57")


def _remedy(text: str) -> str:
    if _POOLER in text:
        return (
            "That is a pooler, not Postgres: give PULLWRIGHT_DATABASE the address of Postgres itself, or of "
            "a pool in session mode that ignores this parameter."
        )
    if "malformed" in text or "not a database" in text:
        return "Put back a backup of the file, or move it away to start with an empty one."
    if "full" in text:
        return "Make room on the disk; nothing was lost, and `pullwright resume` goes on."
    if "readonly" in text or "unable to open" in text:
        return "Make the data directory writable for this user, or set PULLWRIGHT_DATA to another one."
    return "See that it is reachable, then try again."
