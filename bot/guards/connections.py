"""Connections as the server takes them: never more than there are descriptors for, none that waits for ever.

Whoever opens connections and says nothing would take the descriptors that the database needs. So their number
is bounded, a request's head and body must come in time, and where all places are taken the client that
has let us wait for longest goes first; only where every one is at work, a new one is answered 503.
"""

from __future__ import annotations

import asyncio
import os
import resource
from dataclasses import dataclass
from typing import Any

from bot.guards.http_server import HttpToolsProtocol

HEAD_SECONDS = 10.0
"""In which the head of a request must be whole."""
BODY_SECONDS = 15.0
"""In which the rest must have come; what reads bodies gives up before that, and says so."""
MOST_HEAD_BYTES = 64 * 1024
_MOST = 4096
_MOST_BACKLOG = 1024
_LEAST = 8
_OWN = 40
"""Descriptors for the database, logs and files of a process that only takes in webhooks."""
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nRetry-After: 5\r\nConnection: close\r\n"
    b"Content-Length: 34\r\n\r\nThe server is full; try again soon"
)
_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class ConnectionRoom:
    """How many connections may be open, and how many may wait to be accepted."""

    connections: int
    backlog: int


def room(*, worker: bool = False) -> ConnectionRoom:
    """Raise our bound of descriptors to what the system allows, and divide it. A `worker` needs half for its work."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    except (ValueError, OSError):  # a bound that this system does not really allow
        pass
    limit = 2**20 if soft == resource.RLIM_INFINITY else soft
    backlog = min(max(limit // 8, 16), _MOST_BACKLOG)
    own = max(_OWN, limit // (2 if worker else 4)) + len(os.listdir("/proc/self/fd"))
    # as many as wait may be accepted at one stroke, before the first of them is looked at
    return ConnectionRoom(min(max(limit - own - backlog, _LEAST), _MOST), backlog)


class Guarded(HttpToolsProtocol):
    """uvicorn's protocol with bounds. `most` is set on a class of its own for each server: see `guarded`."""

    most = _MOST
    head_seconds = HEAD_SECONDS
    body_seconds = BODY_SECONDS

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._timer: asyncio.TimerHandle | None = None
        self._silent = True
        """Whether no request is under way: its head is not whole, or the last one is answered."""
        self._since = 0.0
        self._head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        if len(self.connections) >= self.most and not self._make_room():
            transport.write(_FULL)
            transport.close()
            self.transport = transport
            return
        super().connection_made(transport)
        self._within(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._in_time()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing() or self.parser is None:
            return
        if self._silent and self._timer is None:  # the next request of a connection that was kept
            self._within(self.head_seconds)
        self._head += len(data)
        super().data_received(data)
        if self._silent and self._timer is not None and self._head > MOST_HEAD_BYTES:
            self.transport.write(_LARGE)
            self.transport.close()

    def on_headers_complete(self) -> None:
        self._silent, self._head = False, 0
        self._within(self.body_seconds)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_time()
        super().on_message_complete()
        self._rest()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._rest()

    def _rest(self) -> None:
        """Note that the connection is idle, once its request was read to the end and answered."""
        self._silent = self._timer is None and (self.cycle is None or self.cycle.response_complete)
        self._since = self.loop.time()

    def _make_room(self) -> bool:
        """Close the connection whose client has let us wait for longest; False where none does."""
        waiting = (one for one in self.connections if isinstance(one, Guarded))
        idle = [one for one in waiting if one._silent or one._timer is not None]
        if not idle:
            return False
        oldest = min(idle, key=lambda one: one._since)
        self.connections.discard(oldest)
        oldest.transport.abort()
        return True

    def _within(self, seconds: float) -> None:
        self._in_time()
        self._since = self.loop.time()
        self._timer = self.loop.call_later(seconds, self._too_late)

    def _in_time(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_late(self) -> None:
        self._timer = None
        self.transport.abort()


def guarded(most: int) -> type[Guarded]:
    """The protocol of a server that keeps at most so many connections."""
    return type("Guarded", (Guarded,), {"most": most})
