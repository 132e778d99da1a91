"""A connection that is kept for one writer, and on which each statement is a transaction of its own.

From a pool, a connection is asked whether it still lives before it is lent, and a transaction
is begun and ended around the statement: several answers to wait for where one would do. Whoever
writes thousands of times a second keeps a connection, and finds out by using it.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa

from workflows.errors import StoreError, TransientError
from workflows.store.database import SINGLE, Store, is_busy, told

P = ParamSpec("P")
R = TypeVar("R")


_BUSY_SECONDS = 30.0
_GLANCE_SECONDS = 0.0005
"""Between two attempts to write to a file in which another process writes: about as long as that takes."""


class PinnedConnection:
    """Opened at its first use. Calls wait for each other."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: sa.Connection | None = None
        self._turn = threading.Lock()

    async def write(self, query: Callable[Concatenate[sa.Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What a query of one statement gives, which is on the disk then; errors as of `Store.write`.

        The statement may be carried out twice, where the connection broke before it answered.
        """
        return await asyncio.to_thread(lambda: self.write_now(query, *args, **kwargs))

    def write_now(self, query: Callable[Concatenate[sa.Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """`write`, blocking."""
        with self._turn:
            if self._connection is not None:
                with contextlib.suppress(_Broken):  # since its last use, by a restart for example: a new one will do
                    return self._once(query, *args, **kwargs)
            try:
                return self._once(query, *args, **kwargs)
            except _Broken as broken:
                raise broken.error from broken.error.__cause__

    def close(self) -> None:
        """Give the connection back; it can be opened again."""
        with self._turn:
            self._give_up()

    def _once(self, query: Callable[Concatenate[sa.Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with told():
                return self._patiently(self._open(), lambda connection: query(connection, *args, **kwargs))
        except (TransientError, StoreError) as error:
            self._give_up()
            cause = error.__cause__
            if isinstance(cause, sa.exc.DBAPIError) and cause.connection_invalidated:
                raise _Broken(error) from error
            raise

    def _patiently(self, connection: sa.Connection, query: Callable[[sa.Connection], R]) -> R:
        """Again and again while another process writes to SQLite's file."""
        until = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                result = query(connection)
                connection.commit()  # tells SQLAlchemy alone: the database is done
                return result
            except sa.exc.OperationalError as error:
                if not self._store.is_sqlite or not is_busy(error) or time.monotonic() > until:
                    raise
                connection.rollback()
            time.sleep(_GLANCE_SECONDS)

    def _open(self) -> sa.Connection:
        if self._connection is None:
            connection = self._store.engine.connect()
            options = {SINGLE: True} if self._store.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
            self._connection = connection.execution_options(**options)
            if self._store.is_sqlite:  # which would look again ever more seldom, up to ten times a second
                connection.exec_driver_sql("PRAGMA busy_timeout=0").close()
        return self._connection

    def _give_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sa.exc.DBAPIError):
                connection.invalidate()  # the pool gets none back that is otherwise than its own
                connection.close()


class _Broken(Exception):
    """The connection is gone; `error` is what that is to the caller."""

    def __init__(self, error: TransientError | StoreError) -> None:
        super().__init__(error)
        self.error = error
