"""A socket to listen on, and HTTP answered on it until that is to stop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import time
from collections.abc import Iterator

from starlette.applications import Starlette

from bot.guards.connections import ConnectionRoom, guarded, room
from bot.guards.http_server import Config, Server
from sandbox.errors import UserError

_FINISHING_SECONDS = 10
_KEEP_ALIVE_SECONDS = 75
_LEAVING_SECONDS = 1.0
"""For which a port may still be held by an earlier process of ours that was killed a moment ago."""
_LOOK_SECONDS = 0.02


async def answer(
    app: Starlette, listener: socket.socket, stop: asyncio.Event, bounds: ConnectionRoom | None = None
) -> None:
    """Answer requests until `stop`, then let those under way finish."""
    bounds = bounds or room()
    config = Config(
        app,
        http=guarded(bounds.connections),
        backlog=bounds.backlog,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_FINISHING_SECONDS,
    )
    server = _Uvicorn(config)
    stopping = asyncio.create_task(_stop(server, stop))
    try:
        await server.serve(sockets=[listener])
    finally:
        stopping.cancel()


async def _stop(server: Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.should_exit = True


class _Uvicorn(Server):
    """uvicorn without its hands on the process's signals: the parts of a process stop in our order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def listen(host: str, port: int, backlog: int = 1024) -> Iterator[socket.socket]:
    """A listening socket; UserError where it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = _listener(host, port, family, backlog)
    except OSError as error:
        raise UserError(
            f"Port {port} of {host} cannot be listened on: {error.strerror or error}.",
            "Set PULLWRIGHT_HOST and PULLWRIGHT_PORT to what is free here.",
        ) from error
    with listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # what is accepted inherits it
        yield listener


def _listener(host: str, port: int, family: int, backlog: int) -> socket.socket:
    until = time.monotonic() + _LEAVING_SECONDS
    while True:
        try:
            return socket.create_server((host, port), family=family, backlog=backlog)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > until:
                raise
        time.sleep(_LOOK_SECONDS)
