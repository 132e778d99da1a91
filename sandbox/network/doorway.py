"""Lets connections of a box in: so many at a time, no faster than a pace, and none that stays behind.

A box may open as many as it likes, and each costs the loop that serves everybody else about as much as a request. So
those over the bound are left in the kernel's queue, where they cost nothing.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

Visit = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_PATIENCE = 5.0
"""Seconds in which the other side may take what was still written to it."""
_AGAIN = 0.1
"""Seconds until the next try, where no connection could be taken: there may be no descriptor left."""


class ConnectionPace:
    """How often something may be done: `burst` times at once, and `per_second` times in the long run."""

    def __init__(self, burst: int = 500, per_second: float = 200.0, now: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._per_second, self._now = burst, per_second, now
        self._left, self._at = float(burst), now()

    def take(self) -> float:
        """Do it once more; the seconds to wait before."""
        now = self._now()
        self._left = min(self._left + (now - self._at) * self._per_second, self._burst) - 1
        self._at = now
        return max(-self._left / self._per_second, 0.0)


class Doorway:
    """Serves a listening socket, at most `most` connections at a time, each with `visit`, until it is closed."""

    def __init__(
        self, listener: socket.socket, visit: Visit, *, most: int, limit: int, pace: ConnectionPace | None = None
    ) -> None:
        self._listener = listener
        self._visit = visit
        self._most = most
        self._limit = limit
        self._pace = pace or ConnectionPace()
        self._inside: set[asyncio.Task[None]] = set()
        self._closed = False
        listener.setblocking(False)
        self._admitting = asyncio.ensure_future(self._admit())

    @property
    def inside(self) -> int:
        """How many are being served."""
        return len(self._inside)

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        self._closed = True
        tasks = [self._admitting, *self._inside]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._listener.close()

    async def _admit(self) -> None:
        while True:
            while len(self._inside) >= self._most:
                await asyncio.wait(self._inside, return_when=asyncio.FIRST_COMPLETED)
            try:
                reader, writer = await self._next()
            except OSError:
                await asyncio.sleep(_AGAIN)
                continue
            task = asyncio.ensure_future(self._serve(reader, writer))
            self._inside.add(task)
            task.add_done_callback(self._inside.discard)
            await asyncio.sleep(self._pace.take())

    async def _next(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        connection, _ = await asyncio.get_running_loop().sock_accept(self._listener)
        try:
            return await asyncio.open_connection(sock=connection, limit=self._limit)
        except BaseException:
            connection.close()
            raise

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._visit(reader, writer)
        finally:
            await let_go(writer, 0.0 if self._closed else _PATIENCE)


def break_off(writer: asyncio.StreamWriter) -> None:
    """End a connection so that the other side cannot take it for the end of what it was told."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def let_go(writer: asyncio.StreamWriter, seconds: float = _PATIENCE) -> None:
    """Close a connection. What the other side does not take in so many seconds is dropped: it may never read."""
    try:
        with suppress(OSError, TimeoutError):
            writer.close()
            await asyncio.wait_for(writer.wait_closed(), seconds)
    finally:
        writer.transport.abort()
