"""The only way out of a box: a proxy on the host that knows an allow-list.

A box has no network but a loopback of its own. For a command that may reach some hosts, a
launcher inside opens a listening socket on that loopback, hands it out to us over an
inherited socket pair, and becomes the command: so HTTPS_PROXY points at 127.0.0.1 inside,
nothing but the command runs there, and no socket file is left lying about.

It serves CONNECT, and never sees what is inside TLS; and GET of the registries that the operator has
credentials for, which `sandbox.network.gateway` fetches. Names are resolved and judged by `Outbound`.
"""

from __future__ import annotations

import array
import asyncio
import re
import socket
from collections.abc import Mapping
from contextlib import suppress

from sandbox.network.doorway import Doorway, let_go
from sandbox.network.endpoints import Endpoint, endpoints, is_name
from sandbox.network.gateway import PORT, Gateway, is_for_gateway
from sandbox.network.outbound import Outbound
from sandbox.network.refusals import CutOff, Denied, Refusals, answer

_HEAD_BYTES = 8192
_CHUNK = 64 * 1024
_CROWD = 4  # so many times the bound on connections may wait for their refusal
_REQUEST = re.compile(rb"CONNECT ([^\s:]+):([1-9][0-9]{0,4}) HTTP/1\.[01]\Z")

# Runs inside the box, before the command: argv is the descriptor, the port, and the command.
_LAUNCHER = """\
import os, socket, sys
way = socket.socket(fileno=int(sys.argv[1]))
door = socket.create_server(("127.0.0.1", int(sys.argv[2])), backlog=64)
socket.send_fds(way, [b"."], [door.fileno()])
door.close()
way.close()
try:
    os.execvp(sys.argv[3], sys.argv[3:])
except OSError as error:
    print(f"{sys.argv[3]}: {error.strerror}", flush=True)
    os._exit(127)
"""


def target(request: bytes, allowed: frozenset[Endpoint]) -> Endpoint:
    """Where a request line may be connected to; Denied for anything else."""
    match = _REQUEST.match(request)
    if match is None:
        raise Denied("405 Method Not Allowed", "only CONNECT to a host name and a port is served")
    name, port = match.group(1).decode("latin-1").lower(), int(match.group(2))
    if not is_name(name):
        raise Denied("403 Forbidden", "that is not a host name")
    if (name, port) not in allowed:
        remedy = "where the project needs it, `network` in .github/pullwright.yml can name it"
        raise Denied("403 Forbidden", f"{Endpoint(name, port)} is not on the allow-list", remedy)
    return Endpoint(name, port)


class Proxy:
    """Serves one command's listening socket until it is closed."""

    def __init__(self, allowed: frozenset[str], outbound: Outbound, gateway: Gateway | None = None) -> None:
        self._allowed = endpoints(allowed)
        self._outbound = outbound
        self._gateway = gateway
        self._refusals = Refusals()
        self._left = outbound.total_bytes
        self._door: Doorway | None = None

    @property
    def refused(self) -> tuple[str, ...]:
        """What was refused so far, as sentences for the run."""
        return self._refusals.told

    async def take(self, way: socket.socket) -> None:
        """Serve the listening socket that comes out of a box; nothing where it ended without."""
        with suppress(ConnectionError):
            await self.serve(await receive(way))

    async def serve(self, listener: socket.socket) -> None:
        """Take over a listening socket."""
        most = _CROWD * self._outbound.connections
        self._door = Doorway(listener, self._connection, most=most, limit=_HEAD_BYTES)

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        if self._door is not None:
            await self._door.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Where either side went away, or was silent for too long, there is nobody to tell.
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await self._serve_one(reader, writer)

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(self._outbound.connect_seconds):
                head = await reader.readuntil(b"\r\n\r\n")
            if self._door is not None and self._door.inside > self._outbound.connections:
                raise Denied("503 Service Unavailable", "too many connections at once")
            request = head.split(b"\r\n", 1)[0]
            if self._gateway is not None and is_for_gateway(request):
                await self._gateway.serve(head, writer, self._spend, self._outbound)
                return
            there_reader, there_writer = await self._outbound.dial(target(request, self._allowed))
        except CutOff as cut:
            self._refusals.add(Denied("", str(cut)))
            return
        except Denied as denied:
            self._refusals.add(denied)
            writer.write(answer(denied))
            await writer.drain()
            return
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await self._both_ways(reader, writer, there_reader, there_writer)
        finally:
            await let_go(there_writer)

    def _spend(self, amount: int) -> bool:
        """Whether so many more bytes may pass."""
        self._left -= amount
        return self._left >= 0

    async def _both_ways(
        self,
        here_reader: asyncio.StreamReader,
        here_writer: asyncio.StreamWriter,
        there_reader: asyncio.StreamReader,
        there_writer: asyncio.StreamWriter,
    ) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pump(here_reader, there_writer))
            group.create_task(self._pump(there_reader, here_writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError):
            while data := await asyncio.wait_for(reader.read(_CHUNK), self._outbound.idle_seconds):
                if not self._spend(len(data)):
                    break
                writer.write(data)
                await asyncio.wait_for(writer.drain(), self._outbound.idle_seconds)
        with suppress(OSError):
            if writer.can_write_eof():
                writer.write_eof()


def launcher(python: str, way: int, port: int = PORT) -> tuple[str, ...]:
    """An argv to put before a command's inside the box: opens the socket and hands it out through `way`."""
    return (python, "-I", "-S", "-c", _LAUNCHER, str(way), str(port))


async def receive(way: socket.socket) -> socket.socket:
    """The listening socket that the launcher hands out; ConnectionError where it ended without."""
    way.setblocking(False)
    await _readable(way)
    room = socket.CMSG_SPACE(array.array("i").itemsize)
    _, ancillary, _, _ = way.recvmsg(1, room, socket.MSG_CMSG_CLOEXEC)
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            listener = socket.socket(fileno=array.array("i", data)[0])
            # Only our launcher has run in there so far; looking costs nothing.
            assert listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN), "the socket listens"
            return listener
    raise ConnectionError("the box did not hand out its socket")


def variables(port: int = PORT) -> Mapping[str, str]:
    """What tells pip, npm, cargo, go, git, curl and the Java tools to use the proxy."""
    url = f"http://127.0.0.1:{port}"
    java = f"-Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort={port} -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort={port}"
    local = "localhost,127.0.0.1,::1"
    return {
        **{name: url for base in ("https_proxy", "http_proxy", "all_proxy") for name in (base, base.upper())},
        "YARN_HTTP_PROXY": url,  # it looks at no other name
        "YARN_HTTPS_PROXY": url,
        "no_proxy": local,
        "NO_PROXY": local,
        "JAVA_TOOL_OPTIONS": java,
        # Maven's own transport looks at system properties only where it is told to.
        "MAVEN_OPTS": f"-Daether.connector.http.useSystemProperties=true {java}",
    }


async def _readable(way: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def arrived() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(way, arrived)
    try:
        await ready
    finally:
        loop.remove_reader(way)
