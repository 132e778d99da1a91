"""Names of hosts that boxes ask for, looked up on threads of their own.

A look-up holds its thread for as long as the name's servers like, half a minute and more, and whoever chooses the
name may own these servers. On the threads that all of the process shares, a few such names would hold up its
database. And one box never has more than a few under way, so that it holds up no other.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

Address = tuple[str, int]
Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]

AT_ONCE = 4
"""Look-ups that one box may have under way; more wait, and names that are being looked up are asked for once."""
_threads = ThreadPoolExecutor(32, "look-up")


async def resolve(host: str, port: int) -> Sequence[Address]:
    """The TCP addresses of a name, from the host's resolver. OSError where there are none."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _ask, host, port)


class Lookups:
    """The look-ups of one box."""

    def __init__(self, resolve: Resolve, at_once: int = AT_ONCE) -> None:
        self._resolve = resolve
        self._free = asyncio.Semaphore(at_once)
        self._pending: dict[tuple[str, int], asyncio.Future[Sequence[Address]]] = {}

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        """As `resolve`. Who gives up waiting gives no thread back, so the look-up goes on and counts until it ends."""
        if (pending := self._pending.get((host, port))) is None:
            pending = asyncio.ensure_future(self._look_up(host, port))
            self._pending[host, port] = pending
            pending.add_done_callback(lambda _: pending.cancelled() or pending.exception())
        return await asyncio.shield(pending)

    async def _look_up(self, host: str, port: int) -> Sequence[Address]:
        try:
            async with self._free:
                return await self._resolve(host, port)
        finally:
            del self._pending[host, port]


def _ask(host: str, port: int) -> Sequence[Address]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(str(address[0]), int(address[1])) for *_, address in found]
