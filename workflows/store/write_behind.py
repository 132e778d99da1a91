"""Transactions that are written beside the work: in their order, and those that wait are written together.

Who notes something goes on at once, and waits where it has to be on the disk. One who has several things
to say in a row so waits for the disk once, or not at all where something else takes as long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa

from workflows.store.database import Store

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(slots=True)
class _Noted:
    query: Callable[[sa.Connection], Any]
    then: Callable[[], Awaitable[None]] | None = None
    result: Any = None


class WriteBehind:
    """What one piece of work writes, for one event loop.

    Where something could not be written, nothing that was noted behind it is, and `settled` raises why; it does so from
    then on, since what is on the disk then is all that there will be.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[_Noted] = []
        self._writing: asyncio.Task[None] | None = None
        self._trouble: BaseException | None = None

    def note(self, query: Callable[[sa.Connection], Any], then: Callable[[], Awaitable[None]] | None = None) -> None:
        """Have that carried out in a transaction, not before `begin`; and do `then` when it is on the disk."""
        self._waiting.append(_Noted(query, then))

    def begin(self) -> None:
        """Write what was noted, and what is noted by whoever goes on before the loop has looked around again."""
        if self._waiting and self._writing is None and self._trouble is None:
            self._writing = asyncio.get_running_loop().create_task(self._write())
            self._writing.add_done_callback(_looked_at)

    async def write(self, query: Callable[Concatenate[sa.Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What a query gives, which is on the disk then, with all that was noted before; errors as of `Store.write`."""
        mine = _Noted(lambda db: query(db, *args, **kwargs))
        self._waiting.append(mine)
        await self.settled()
        result: R = mine.result
        return result

    async def settled(self) -> None:
        """Return when all that was noted is on the disk; raises what kept it from that."""
        while self._trouble is None:
            self.begin()
            if self._writing is None:
                return
            await asyncio.shield(self._writing)
        raise self._trouble

    async def close(self) -> None:
        """Write what was noted, whatever comes of it: for who ends by an error of its own."""
        with suppress(Exception):
            await self.settled()

    async def _write(self) -> None:
        try:
            # First whoever has begun this gets on to what it waits for: a thread that makes statements beside it would
            # have it wait for Python's lock at every step.
            await asyncio.sleep(0)
            while self._waiting:
                some, self._waiting = self._waiting, []
                await self._store.write(_all, some)
                for noted in some:
                    if noted.then is not None:
                        await noted.then()
        except BaseException as error:
            self._trouble = error
            raise
        finally:
            self._writing = None


def _looked_at(task: asyncio.Task[None]) -> None:
    """What it failed of is kept for whoever settles: nobody need wait for the task itself."""
    if not task.cancelled():
        task.exception()


def _all(db: sa.Connection, some: list[_Noted]) -> None:
    for noted in some:
        noted.result = noted.query(db)
