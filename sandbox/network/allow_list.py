"""The only way out of a box: a CONNECT proxy on the host that knows an allow-list.

A box has no network but a loopback of its own. For a command that may reach some hosts, a
launcher inside opens a listening socket on that loopback, hands it out to us over an
inherited socket pair, and becomes the command: so HTTPS_PROXY points at 127.0.0.1 inside,
nothing but the command runs there, and no socket file is left lying about.

The proxy resolves names by itself and connects to the very address that it judged, so a name
cannot change between the two. It never sees what is inside TLS.
"""

from __future__ import annotations

import array
import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sandbox.network.special_addresses import is_special

PORT = 3128
"""Where the proxy listens on the loopback of a box."""

Address = tuple[str, int]

_HEAD_BYTES = 8192
_CHUNK = 64 * 1024
_CROWD = 4  # so many times the bound on connections may wait for their refusal
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_REQUEST = re.compile(rb"CONNECT ([^\s:]+):([0-9]{1,5}) HTTP/1\.[01]\Z")

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


async def resolve(host: str) -> Sequence[Address]:
    """The TCP addresses of a name, for port 443, from the host's resolver. OSError where there are none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return [(str(address[0]), int(address[1])) for *_, address in found]


def is_public(address: str) -> bool:
    """Whether an address belongs to the internet: no private, loopback, link-local or metadata address.

    Addresses that carry another one in them (6to4, Teredo, NAT64) are refused, mapped ones judged by it.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        return is_public(str(ip.ipv4_mapped))
    return ip.is_global and not is_special(ip) and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


@dataclass(frozen=True, slots=True)
class Outbound:
    """How the proxy reaches the world, and what it grants to one command."""

    resolve: Callable[[str], Awaitable[Sequence[Address]]] = resolve
    permits: Callable[[str], bool] = is_public
    connections: int = 64
    connect_seconds: float = 15.0
    idle_seconds: float = 120.0
    total_bytes: int = 8 * 1024**3


class Denied(Exception):
    """A request that the proxy does not serve: the status line, and the reason for the log of the box."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def target(request: bytes, allowed: frozenset[str]) -> str:
    """The host that a request line may be connected to; Denied for anything else."""
    match = _REQUEST.match(request)
    if match is None:
        raise Denied("405 Method Not Allowed", "only CONNECT is served")
    name, port = match.group(1).decode("latin-1").lower(), match.group(2)
    if port != b"443":
        raise Denied("403 Forbidden", f"port {port.decode()} is not allowed, only 443")
    if not _HOST.fullmatch(name) or _is_address(name):
        raise Denied("403 Forbidden", "that is not a host name")
    if name not in allowed:
        raise Denied("403 Forbidden", f"{name} is not on the allow-list")
    return name


class Proxy:
    """Serves one command's listening socket until it is closed."""

    def __init__(self, allowed: frozenset[str], outbound: Outbound) -> None:
        self._allowed = frozenset(host.lower() for host in allowed)
        self._outbound = outbound
        self._left = outbound.total_bytes
        self._open: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def take(self, way: socket.socket) -> None:
        """Serve the listening socket that comes out of a box; nothing where it ended without."""
        with suppress(ConnectionError):
            await self.serve(await receive(way))

    async def serve(self, listener: socket.socket) -> None:
        """Take over a listening socket."""
        listener.setblocking(False)
        self._server = await asyncio.start_server(self._accept, sock=listener, limit=_HEAD_BYTES)

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is not None:
            self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._open) >= _CROWD * self._outbound.connections:
            writer.close()
            return
        task = asyncio.ensure_future(self._connection(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve_one(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # either side went away, or was silent for too long
        finally:
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(self._outbound.connect_seconds):
                head = await reader.readuntil(b"\r\n\r\n")
                if len(self._open) > self._outbound.connections:
                    raise Denied("503 Service Unavailable", "too many connections at once")
                host = target(head.split(b"\r\n", 1)[0], self._allowed)
                there_reader, there_writer = await self._dial(host)
        except Denied as denied:
            writer.write(_refusal(denied))
            await writer.drain()
            return
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await self._both_ways(reader, writer, there_reader, there_writer)
        finally:
            there_writer.close()

    async def _dial(self, host: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            addresses = await self._outbound.resolve(host)
        except OSError:
            raise Denied("502 Bad Gateway", f"{host} cannot be resolved") from None
        # One bad address among good ones is a rebinding attempt, not a mistake.
        if not addresses or not all(self._outbound.permits(address) for address, _ in addresses):
            raise Denied("403 Forbidden", f"{host} resolves to an address that is not public")
        for address, port in addresses:
            with suppress(OSError):
                return await asyncio.open_connection(address, port, limit=_CHUNK)
        raise Denied("502 Bad Gateway", f"{host} cannot be reached")

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
                self._left -= len(data)
                if self._left < 0:
                    break
                writer.write(data)
                await writer.drain()
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


def _refusal(denied: Denied) -> bytes:
    body = f"Not allowed from this sandbox: {denied.reason}.\n".encode()
    head = f"HTTP/1.1 {denied.status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body


def _is_address(name: str) -> bool:
    """Whether libc would take the name for an address: dotted, short, hexadecimal or octal forms too."""
    if re.fullmatch(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+))*", name):
        return True
    with suppress(OSError):
        socket.inet_aton(name)
        return True
    return False
