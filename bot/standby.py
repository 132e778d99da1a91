"""One working process per Postgres database: who comes second stands by, and takes over when the first is gone.

The lock is the database's own (`pg_advisory_lock`) and belongs to a connection, so it is free
again however its holder ended. What the engine was doing is then found as a crash left it.
"""

from __future__ import annotations

import asyncio
import logging

import sqlalchemy as sa

from workflows.errors import StoreError
from workflows.store.database import Store

log = logging.getLogger(__name__)

_KEY = 0x70756C6C77726967
"""Of this application; any number would do that nobody else takes in the same database."""


class Standby:
    """The lock as an async context manager: entered once this process is the one that works."""

    def __init__(self, store: Store, *, poll_seconds: float = 1.0) -> None:
        self._engine = sa.create_engine(store.url, poolclass=sa.NullPool)
        self._poll_seconds = poll_seconds
        self._connection: sa.Connection | None = None

    async def __aenter__(self) -> Standby:
        told = False
        while not (taken := await asyncio.to_thread(self._taken)):
            if taken is False and not told:
                log.warning("another process works on this database: standing by")
                told = True
            await asyncio.sleep(self._poll_seconds)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self._let_go)

    async def watch(self) -> None:
        """Return never: a lock that is lost with its connection is taken again; StoreError where another was faster."""
        while True:
            await asyncio.sleep(self._poll_seconds)
            if await asyncio.to_thread(self._alive):
                continue
            await asyncio.to_thread(self._let_go)
            if await asyncio.to_thread(self._taken) is False:
                raise StoreError("Another process has taken over the work on this database.", "It goes on with it.")

    def _taken(self) -> bool | None:
        """Whether the lock is ours; None where the database does not answer, to nobody then."""
        try:
            if self._connection is None:
                self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            return bool(self._connection.execute(sa.select(sa.func.pg_try_advisory_lock(_KEY))).scalar_one())
        except sa.exc.DBAPIError as error:
            log.warning("the database cannot be asked who works: %s", error.orig)
            self._let_go()
            return None

    def _alive(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.execute(sa.select(1))
        except sa.exc.DBAPIError as error:
            log.warning("the connection that says who works was lost: %s", error.orig)
            return False
        return True

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
