"""Runs the stand-in: in a thread for tests, or in the foreground for demos."""

from __future__ import annotations

import atexit
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from tests.fakes.github.app import StandIn, new_world
from tests.fakes.github.client import GitHub
from tests.fakes.github.state import World


@contextmanager
def running(root: Path) -> Iterator[GitHub]:
    """A stand-in in a thread of this process, from here to the end of the block.

    uvicorn takes 0.2 s to stop, and nobody waits for that but the end of the process, or
    whoever would be the third to run beside it.
    """
    _wait_for_leavers(but=2)
    world = new_world(root)
    server, listener = _server(world, 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="github", daemon=True)
    thread.start()
    try:
        with GitHub(world.url) as github:
            yield github
    finally:
        server.should_exit = True
        _leaving.append(thread)


def run(root: Path, port: int) -> None:
    """Serve until a signal; the first line printed is the address."""
    world = new_world(root)
    server, listener = _server(world, port)
    print(world.url, flush=True)
    server.run(sockets=[listener])


def _server(world: World, port: int) -> tuple[uvicorn.Server, socket.socket]:
    """A server and the socket it will listen on, which is open already: who connects early waits."""
    # named as TCP, or asyncio leaves Nagle's algorithm on and every answer takes 40 ms
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    world.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        StandIn(world), loop="asyncio", ws="none", log_level="warning", access_log=False, timeout_graceful_shutdown=1
    )
    return uvicorn.Server(config), listener


_leaving: list[threading.Thread] = []


@atexit.register
def _wait_for_leavers(but: int = 0) -> None:
    while len(_leaving) > but:
        _leaving.pop(0).join(timeout=20)
