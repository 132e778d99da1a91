"""Following runs: everybody in a process who wants to know of changes is told by one reader, soon.

It is woken by what this process writes, and by what others do: on Postgres they say so, on SQLite their writing changes
the file or its log, at which it glances. Where nobody wakes it (a notice that was lost) it looks by itself. A notice
only says that there is something: what it is stands in `workflows.store.run_events`, so none that is lost takes
anything along.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Self

import sqlalchemy as sa

from workflows.errors import TransientError, UserError
from workflows.store import run_events
from workflows.store.database import CHANNEL, Store, told
from workflows.store.run_events import ALL, Cursor, Page, Which

if TYPE_CHECKING:
    import psycopg

log = logging.getLogger(__name__)

_POLL_SECONDS = 1.0
_GLANCE_SECONDS = 0.1
"""Between two glances at the file of SQLite, each a stat of two names, while somebody follows."""
_BREATH_SECONDS = 0.05
"""Between two looks, so that a burst of changes is read at once."""
_MOST_KEPT = 20
"""Pages that are kept for one who is slow; after that he reads for himself."""


@dataclass(eq=False, slots=True)
class _Follower:
    """One who follows: what he was not given yet, and whether there was more than is kept."""

    pages: list[Page] = field(default_factory=list)
    behind: bool = False
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, page: Page) -> None:
        if len(self.pages) >= _MOST_KEPT or not page.whole:
            self.pages.clear()
            self.behind = True
        elif not self.behind:
            self.pages.append(page)
        self.woken.set()

    async def take(self) -> Sequence[Page] | None:
        """What came since; None where one has to read for oneself."""
        await self.woken.wait()
        self.woken.clear()
        pages, self.pages = self.pages, []
        behind, self.behind = self.behind, False
        return None if behind else pages


class Feed:
    """The feed of one store, while it is entered (`async with`). It costs nothing while nobody follows."""

    def __init__(self, store: Store, *, poll_seconds: float = _POLL_SECONDS) -> None:
        self._store = store
        self._poll_seconds = poll_seconds
        self._followers = set[_Follower]()
        self._woken = asyncio.Event()
        self._cursor: Cursor | None = None
        self._files = _files_of(store)

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._notices = _Notices(self._store, self._woken)
        self._store.listeners.add(self._wake)
        self._reader = self._loop.create_task(self._read(), name="feed")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.listeners.discard(self._wake)
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        await self._notices.close()

    async def follow(self, cursor: Cursor | None = None, which: Which = ALL) -> AsyncGenerator[Page]:
        """What happens, from the cursor on or from now on, without end. A page may hold no event and only a cursor.

        The first page is there at once and says where one begins. Close it (`contextlib.aclosing`) where it is left.
        What the database refuses is tried again.
        """
        me = _Follower()
        self._followers.add(me)  # before anything is read: what is written meanwhile comes twice, and counts once
        self._woken.set()
        try:
            if cursor is None:
                here = await self._patiently_latest()
                yield Page((), here)
            else:
                here = cursor
                async for page in self._rest(here, which):
                    here = page.cursor
                    yield page
            while True:
                pages = await me.take()
                if pages is None:
                    async for page in self._rest(here, which):
                        here = page.cursor
                        yield page
                    continue
                for page in pages:
                    events = tuple(one for one in page.events if not here.covers(one.id) and which.holds(one))
                    here = here.joined(page.cursor)
                    if events:
                        yield Page(events, here)
        finally:
            self._followers.discard(me)

    # --- reading ---------------------------------------------------------------------------

    async def _rest(self, cursor: Cursor, which: Which) -> AsyncGenerator[Page]:
        """All that is there behind a cursor; one page at the least."""
        more = True
        while more:
            page = await self._patiently(cursor, which)
            yield page
            cursor, more = page.cursor, page.more

    async def _read(self) -> None:
        while True:
            self._woken.clear()
            before = _written(self._files)
            if self._followers:
                try:
                    await self._look()
                except (TransientError, UserError) as error:
                    log.warning("the feed of runs is read later: %s", error)
            else:
                self._cursor = None
            await asyncio.sleep(_BREATH_SECONDS)
            await self._wait(before)

    async def _wait(self, before: Sequence[int]) -> None:
        """Until there may be something new: `before` is how the files were before they were read."""
        until = self._loop.time() + self._poll_seconds
        while not self._woken.is_set() and (not self._followers or self._loop.time() < until):
            if self._followers and _written(self._files) != before:
                return
            left = min(_GLANCE_SECONDS if self._files else self._poll_seconds, until - self._loop.time())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, left) if self._followers else None):
                    await self._woken.wait()

    async def _look(self) -> None:
        """Give everybody what is new."""
        await asyncio.to_thread(self._notices.open)
        if self._cursor is None:
            self._cursor = await self._store.read(run_events.latest)
            for follower in self._followers:  # what came before that and behind where he begins, he reads
                follower.put(Page((), self._cursor, whole=False))
            return
        more = True
        while more:
            page = await self._store.read(run_events.since, self._cursor)
            self._cursor, more = page.cursor, page.more
            if page.events or not page.whole:
                for follower in self._followers:
                    follower.put(page)

    async def _patiently(self, cursor: Cursor, which: Which) -> Page:
        while True:
            try:
                return await self._store.read(run_events.since, cursor, which)
            except TransientError as error:
                log.warning("the feed of runs is read later: %s", error)
                await asyncio.sleep(self._poll_seconds)

    async def _patiently_latest(self) -> Cursor:
        while True:
            try:
                return await self._store.read(run_events.latest)
            except TransientError as error:
                log.warning("the feed of runs is read later: %s", error)
                await asyncio.sleep(self._poll_seconds)

    def _wake(self) -> None:
        """From any thread."""
        with contextlib.suppress(RuntimeError):  # the loop closed just now
            self._loop.call_soon_threadsafe(self._woken.set)


def _files_of(store: Store) -> Sequence[str]:
    """What a writer changes; nothing on Postgres, and where SQLite keeps all in memory."""
    name = store.url.database if store.is_sqlite else None
    return (f"{name}-wal", name) if name and name != ":memory:" else ()


def _written(files: Sequence[str]) -> Sequence[int]:
    """What changes when a file is written; zeros for one that is not there."""
    found: list[int] = []
    for name in files:
        try:
            seen = os.stat(name)
        except OSError:
            found += (0, 0)
        else:
            found += (seen.st_mtime_ns, seen.st_size)
    return found


class _Notices:
    """A connection of Postgres' on which one hears that others wrote; nothing on SQLite.

    One that breaks is opened again at the next look.
    """

    def __init__(self, store: Store, woken: asyncio.Event) -> None:
        self._store = store
        self._woken = woken
        self._loop = asyncio.get_running_loop()
        self._connection: sa.Connection | None = None
        self._watched = -1
        self._closed = store.is_sqlite
        self._lock = threading.Lock()

    def open(self) -> None:
        """On a thread. Where it cannot be opened there is only the looking."""
        with self._lock, contextlib.suppress(TransientError, UserError), told():
            if self._closed or self._connection is not None:
                return
            connection = self._store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            connection.detach()
            try:
                connection.exec_driver_sql(f"LISTEN {CHANNEL}")
            except sa.exc.DBAPIError:
                connection.close()
                raise
            self._connection = connection
            self._loop.call_soon_threadsafe(self._watch, connection)

    async def close(self) -> None:
        self._unwatch()
        await asyncio.to_thread(self._close, for_good=True)

    def _close(self, *, for_good: bool = False) -> None:
        with self._lock:
            self._closed |= for_good
            connection, self._connection = self._connection, None
            if connection is not None:
                with contextlib.suppress(sa.exc.SQLAlchemyError):
                    connection.close()

    def _watch(self, connection: sa.Connection) -> None:
        if connection is self._connection and not self._closed:
            raw: psycopg.Connection = connection.connection.dbapi_connection  # type: ignore[assignment]
            self._watched = raw.fileno()
            self._loop.add_reader(self._watched, self._heard, raw)
            self._woken.set()  # what came before it was watched

    def _unwatch(self) -> None:
        if self._watched >= 0:
            self._loop.remove_reader(self._watched)
            self._watched = -1

    def _heard(self, raw: psycopg.Connection) -> None:
        import psycopg

        try:
            raw.pgconn.consume_input()
            while raw.pgconn.notifies() is not None:
                self._woken.set()
        except psycopg.Error as error:
            log.info("the connection for notices of the feed is gone: %s", error)
            self._unwatch()
            self._close()
