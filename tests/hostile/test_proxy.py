"""Attacks on the proxy: it connects to what is on the list, on port 443, at a public address, and to nothing else."""

import asyncio
import gc
import os
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pytest

from sandbox.backend import BoxCommand, BoxSpec
from sandbox.boxes.bubblewrap import Bubblewrap
from sandbox.network.allow_list import Proxy, target
from sandbox.network.doorway import ConnectionPace, Doorway
from sandbox.network.endpoints import Endpoint, endpoints
from sandbox.network.lookups import AT_ONCE, Address, resolve
from sandbox.network.outbound import Outbound, is_public
from sandbox.network.refusals import Denied

ALLOWED = frozenset({"pypi.org", "files.pythonhosted.org"})
ADDRESSES = ("127.0.0.1", "2130706433", "[::1]", "0x7f.1", "169.254.169.254")


@pytest.mark.parametrize(
    "line",
    [
        b"CONNECT evil.example:443 HTTP/1.1",
        b"CONNECT pypi.org.evil.example:443 HTTP/1.1",
        b"CONNECT evilpypi.org:443 HTTP/1.1",
        b"CONNECT sub.pypi.org:443 HTTP/1.1",
        b"CONNECT pypi.org.:443 HTTP/1.1",
        b"CONNECT pypi.org\x00.evil.example:443 HTTP/1.1",
        b"CONNECT evil.example\x00pypi.org:443 HTTP/1.1",
        b"CONNECT pypi.org%00.evil.example:443 HTTP/1.1",
        b"CONNECT pypi.org@evil.example:443 HTTP/1.1",
        b"CONNECT pypi.org#evil.example:443 HTTP/1.1",
        b"CONNECT pypi.org:22 HTTP/1.1",
        b"CONNECT pypi.org:80 HTTP/1.1",
        b"CONNECT pypi.org:0443 HTTP/1.1",
        b"CONNECT pypi.org:443:443 HTTP/1.1",
        b"CONNECT pypi.org HTTP/1.1",
        b"CONNECT 127.0.0.1:443 HTTP/1.1",
        b"CONNECT 169.254.169.254:443 HTTP/1.1",
        b"CONNECT 2130706433:443 HTTP/1.1",
        b"CONNECT 0x7f.1:443 HTTP/1.1",
        b"CONNECT [::1]:443 HTTP/1.1",
        b"CONNECT [::ffff:127.0.0.1]:443 HTTP/1.1",
        b"CONNECT localhost:443 HTTP/1.1",
        "CONNECT pypı.org:443 HTTP/1.1".encode(),
        b"CONNECT \xb2pypi.org:443 HTTP/1.1",
        b"GET https://pypi.org/ HTTP/1.1",
        b"GET http://pypi.org/ HTTP/1.1",
        b"CONNECT pypi.org:443 HTTP/1.1 ",
        b"CONNECT  pypi.org:443 HTTP/1.1",
        b"CONNECT pypi.org:443 HTTP/1.1\nHost: x",
        b"",
        b"\x16\x03\x01\x02\x00\x01",
    ],
)
def test_a_request_for_anything_but_an_allowed_host_is_denied(line: bytes) -> None:
    with pytest.raises(Denied):
        target(line, endpoints(ALLOWED) | {Endpoint(name) for name in ADDRESSES})


def test_a_port_of_its_own_is_allowed_by_name_and_port_alone() -> None:
    allowed = endpoints({"mirror.example:8443"})
    assert target(b"CONNECT mirror.example:8443 HTTP/1.1", allowed) == ("mirror.example", 8443)
    for line in (b"CONNECT mirror.example:443 HTTP/1.1", b"CONNECT mirror.example:08443 HTTP/1.1"):
        with pytest.raises(Denied):
            target(line, allowed)


def test_an_allowed_host_is_matched_without_regard_to_case() -> None:
    assert target(b"CONNECT PyPI.org:443 HTTP/1.1", endpoints(ALLOWED)) == ("pypi.org", 443)


def test_an_empty_list_allows_nothing() -> None:
    with pytest.raises(Denied):
        target(b"CONNECT pypi.org:443 HTTP/1.1", frozenset())


NOT_PUBLIC = """
127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 240.0.0.1 255.255.255.255
198.18.0.1 192.0.2.1 ::1 :: fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 ff02::1 fec0::1 ::ffff:127.0.0.1
::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 2002:7f00:1:: 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:db8::1
nonsense
"""


@pytest.mark.parametrize("address", NOT_PUBLIC.split())
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "151.101.0.223", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_public_addresses_are_fine(address: str) -> None:
    assert is_public(address)


@dataclass
class World:
    """A server that echoes, and the names that lead to it or elsewhere."""

    server: asyncio.Server
    accepted: list[str]
    names: dict[str, list[Address]] = field(default_factory=dict)

    @property
    def address(self) -> Address:
        host, port = self.server.sockets[0].getsockname()[:2]
        return str(host), int(port)

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        if host not in self.names:
            raise OSError("no such name")
        return self.names[host]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    accepted: list[str] = []

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.append("one")
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    made = World(server, accepted)
    made.names["pypi.org"] = [made.address]
    yield made
    server.close()


def outbound(world: World) -> Outbound:
    return Outbound(resolve=world.resolve, permits=lambda address: address == "127.0.0.1", idle_seconds=5)


class Client:
    """Speaks to a proxy that serves a listening socket of ours."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy

    async def __aenter__(self) -> "Client":
        listener = socket.create_server(("127.0.0.1", 0))
        self.address = listener.getsockname()
        await self.proxy.serve(listener)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.proxy.close()

    async def ask(self, host: str) -> bytes:
        """What is answered to a request for a tunnel, until it is closed; nothing where it is dropped."""
        reader, writer = await asyncio.open_connection(*self.address)
        writer.write(f"CONNECT {host}:443 HTTP/1.1\r\n\r\n".encode())
        answer = await reader.read(-1)
        writer.close()
        await writer.wait_closed()
        return answer

    async def talk(self, host: str, data: bytes = b"") -> bytes:
        reader, writer = await asyncio.open_connection(*self.address)
        writer.write(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        status = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " in status.split(b"\r\n")[0]:
            writer.write(data)
            writer.write_eof()
        answer = status + await reader.read(-1)
        writer.close()
        await writer.wait_closed()
        return answer


async def test_bytes_pass_both_ways_to_an_allowed_host(world: World) -> None:
    async with Client(Proxy(ALLOWED, outbound(world))) as client:
        assert (await client.talk("pypi.org", b"x" * 300_000)).endswith(b"\r\n\r\n" + b"x" * 300_000)


async def test_an_allowed_name_that_leads_to_a_private_address_is_denied(world: World) -> None:
    async with Client(Proxy(ALLOWED, Outbound(resolve=world.resolve))) as client:
        answer = await client.talk("pypi.org")
    assert answer.startswith(b"HTTP/1.1 403")
    assert b"not public" in answer
    assert world.accepted == []


async def test_one_bad_address_among_good_ones_denies_the_name(world: World) -> None:
    world.names["pypi.org"] = [world.address, ("10.0.0.1", 443)]
    async with Client(Proxy(ALLOWED, outbound(world))) as client:
        assert (await client.talk("pypi.org")).startswith(b"HTTP/1.1 403")
    assert world.accepted == []


async def test_a_name_leads_to_where_it_was_judged_though_it_is_moved_in_the_same_moment(world: World) -> None:
    elsewhere: list[str] = []
    other = await asyncio.start_server(lambda reader, writer: (elsewhere.append("one"), writer.close()), "127.0.0.1", 0)
    answers = [[world.address], [other.sockets[0].getsockname()[:2]]]

    async def moving(host: str, port: int) -> Sequence[Address]:
        return answers.pop(0)

    async with Client(Proxy(ALLOWED, replace(outbound(world), resolve=moving))) as client:
        await client.talk("pypi.org", b"x")
    other.close()
    assert (world.accepted, elsewhere) == (["one"], [])


async def test_names_that_do_not_exist_or_do_not_answer_are_told_so(world: World) -> None:
    closed = socket.create_server(("127.0.0.1", 0))
    world.names["files.pythonhosted.org"] = [("127.0.0.1", closed.getsockname()[1])]
    closed.close()
    del world.names["pypi.org"]
    async with Client(Proxy(ALLOWED, outbound(world))) as client:
        assert (await client.talk("pypi.org")).startswith(b"HTTP/1.1 502")
        assert (await client.talk("files.pythonhosted.org")).startswith(b"HTTP/1.1 502")


async def test_connections_at_once_are_bounded(world: World) -> None:
    async with Client(Proxy(ALLOWED, replace(outbound(world), connections=2))) as client:
        held = [await asyncio.open_connection(*client.address) for _ in range(2)]
        await asyncio.sleep(0.05)
        assert (await client.talk("pypi.org")).startswith(b"HTTP/1.1 503")
        for _, writer in held:
            writer.close()
            await writer.wait_closed()


async def test_who_says_nothing_is_dropped(world: World) -> None:
    async with Client(Proxy(ALLOWED, replace(outbound(world), connect_seconds=0.1))) as client:
        reader, writer = await asyncio.open_connection(*client.address)
        assert await reader.read() == b""
        writer.close()


async def test_an_endless_head_is_dropped(world: World) -> None:
    async with Client(Proxy(ALLOWED, outbound(world))) as client:
        reader, writer = await asyncio.open_connection(*client.address)
        writer.write(b"CONNECT pypi.org:443 HTTP/1.1\r\n" + b"x: y\r\n" * 10_000)
        assert await reader.read() == b""
        writer.close()


async def test_the_sum_of_bytes_is_bounded(world: World) -> None:
    async with Client(Proxy(ALLOWED, replace(outbound(world), total_bytes=100_000))) as client:
        assert len(await client.talk("pypi.org", b"x" * 1_000_000)) < 101_000


@dataclass
class Silence:
    """A resolver whose servers answer nobody until they are told to."""

    asked: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def ask(self, host: str, port: int, **options: object) -> list[object]:
        self.asked.append(host)
        self.over.wait(60)
        raise OSError("no answer")


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> Iterator[Silence]:
    made = Silence()
    monkeypatch.setattr(socket, "getaddrinfo", made.ask)
    yield made
    made.over.set()


async def test_names_whose_servers_never_answer_hold_up_nothing_else_of_the_process(silence: Silence) -> None:
    asking = [asyncio.ensure_future(resolve(f"n{number}.example.org", 443)) for number in range(40)]
    while len(silence.asked) < 4:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert await asyncio.wait_for(asyncio.to_thread(int), 30) == 0
    silence.over.set()
    assert all(isinstance(one, OSError) for one in await asyncio.gather(*asking, return_exceptions=True))


async def test_one_box_has_a_few_look_ups_under_way_though_it_gives_up_waiting(silence: Silence) -> None:
    names = [f"n{number}.example.org" for number in range(40)]
    hasty = Outbound(connect_seconds=0.2).of_one_box()
    for _ in range(2):
        async with Client(Proxy(frozenset(names), hasty)) as client:
            answers = await asyncio.gather(*map(client.ask, names))
            assert all(one.startswith(b"HTTP/1.1 504") for one in answers)
    assert len(silence.asked) == AT_ONCE


async def test_a_name_that_many_ask_for_at_once_is_looked_up_once(world: World) -> None:
    asked: list[str] = []

    async def slow(host: str, port: int) -> Sequence[Address]:
        asked.append(host)
        await asyncio.sleep(0.05)
        return await world.resolve(host, port)

    async with Client(Proxy(ALLOWED, replace(outbound(world), resolve=slow).of_one_box())) as client:
        answers = await asyncio.gather(*(client.talk("pypi.org", b"x") for _ in range(10)))
        assert all(answer.endswith(b"x") for answer in answers)
        assert len(asked) < 10
        del world.names["pypi.org"]
        assert (await client.talk("pypi.org")).startswith(b"HTTP/1.1 502")


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.fixture
def deaf() -> Iterator[socket.socket]:
    """A host that takes connections by its kernel alone, and reads nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


async def test_a_host_that_reads_nothing_keeps_no_connection_of_ours(world: World, deaf: socket.socket) -> None:
    world.names["pypi.org"] = [deaf.getsockname()[:2]]
    gc.collect()  # what tests before this one left open is not closed while it counts
    before = _open_files()
    async with Client(Proxy(ALLOWED, outbound(world))) as client:
        for _ in range(5):
            reader, writer = await asyncio.open_connection(*client.address)
            writer.write(b"CONNECT pypi.org:443 HTTP/1.1\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"x" * 20_000_000)
            await asyncio.sleep(0.05)
            writer.transport.abort()
    await asyncio.sleep(0.1)
    assert _open_files() <= before


async def test_a_host_that_reads_nothing_is_given_up_while_the_command_goes_on(
    world: World, deaf: socket.socket
) -> None:
    world.names["pypi.org"] = [deaf.getsockname()[:2]]
    async with Client(Proxy(ALLOWED, replace(outbound(world), idle_seconds=0.1))) as client:
        reader, writer = await asyncio.open_connection(*client.address)
        writer.write(b"CONNECT pypi.org:443 HTTP/1.1\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"x" * 20_000_000)
        with suppress(OSError):
            assert await asyncio.wait_for(reader.read(), 20) == b""
        writer.transport.abort()


async def test_connections_beyond_the_bound_wait_outside(world: World) -> None:
    seen: list[asyncio.StreamWriter] = []

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(writer)
        await reader.read()

    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    door = Doorway(listener, visit, most=2, limit=1024)
    clients = [await asyncio.open_connection(*address) for _ in range(5)]
    await asyncio.sleep(0.2)
    assert len(seen) == 2
    clients[0][1].transport.abort()
    while len(seen) < 3:
        await asyncio.sleep(0.01)
    await door.close()
    for _, writer in clients:
        writer.transport.abort()


def test_connections_come_no_faster_than_their_pace() -> None:
    clock = [0.0]
    pace = ConnectionPace(burst=3, per_second=10, now=lambda: clock[0])
    assert [pace.take() for _ in range(5)] == pytest.approx([0, 0, 0, 0.1, 0.2])
    clock[0] += 100
    assert [pace.take() for _ in range(4)] == pytest.approx([0, 0, 0, 0.1])


ASK = """
import os, socket, sys
host, port = os.environ["https_proxy"].removeprefix("http://").split(":")
with socket.create_connection((host, int(port)), 5) as s:
    s.sendall(f"CONNECT {sys.argv[1]}:443 HTTP/1.1\\r\\n\\r\\n".encode())
    answer = s.recv(4096)
    if b" 200 " in answer:
        s.sendall(b"hello")
        answer += s.recv(100)
print(answer.split(b"\\r\\n")[0].decode(), answer[-5:])
"""


@pytest.mark.bwrap
async def test_a_box_reaches_the_allowed_host_and_nothing_else(
    box_machine: None, box_spec: BoxSpec, world: World
) -> None:
    before = len(os.listdir("/proc/self/fd"))
    async with Bubblewrap(outbound=outbound(world)).open(box_spec) as box:
        good = BoxCommand(argv=("python3", "-c", ASK, "pypi.org"), network=frozenset({"pypi.org"}))
        assert (await box.run(good)).output == "HTTP/1.1 200 Connection established b'hello'\n"
        bad = replace(good, argv=("python3", "-c", ASK, "evil.example"))
        assert (await box.run(bad)).output.startswith("HTTP/1.1 403")
        direct = f"import socket; socket.create_connection(('127.0.0.1', {world.address[1]}), 2)"
        assert not (await box.run(replace(good, argv=("python3", "-c", direct)))).ok
        assert not (await box.run(BoxCommand(argv=("python3", "-c", ASK, "pypi.org")))).ok, "no list, no proxy"
        assert (await box.run(replace(good, argv=("no-such-command",)))).exit_code == 127
        assert (await box.run(replace(good, argv=("ls", "/proc/self/fd")))).output.split() == ["0", "1", "2", "3"]
        assert (await box.run(replace(good, argv=(), shell="exit 3"))).exit_code == 3
    await asyncio.sleep(0)
    assert len(os.listdir("/proc/self/fd")) <= before
