"""Attacks on the registries that want credentials: a box reads packages, never a secret, and nothing else of theirs."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.network.allow_list import Proxy
from sandbox.network.endpoints import Endpoint
from sandbox.network.gateway import Gateway, Route, climbs, inside
from sandbox.network.lookups import Address
from sandbox.network.next_hop import NextHop, next_hop
from sandbox.network.outbound import Outbound, is_public, may_be_named
from sandbox.network.refusals import Denied
from sandbox.network.rewriting import Rewriting

SECRET = "Basic dXNlcjpodW50ZXItMjAyNg=="
WORD = "hunter-2026"
BASE = "http://mirror.example:{port}/pypi/team/"


@dataclass
class Registry:
    """A server that keeps the heads of what it is asked, and answers by path."""

    server: asyncio.Server
    heads: list[str] = field(default_factory=list)
    answers: dict[str, bytes] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return int(self.server.sockets[0].getsockname()[1])

    @property
    def paths(self) -> list[str]:
        return [head.split(" ")[1] for head in self.heads]

    def logins(self, path: str) -> list[str]:
        heads = [head for head in self.heads if head.split(" ")[1] == path]
        return [line for head in heads for line in head.split("\r\n") if line.lower().startswith("authorization")]


def ok(body: bytes, kind: str = "application/octet-stream", more: str = "") -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


def moved(to: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


@asynccontextmanager
async def registry() -> AsyncIterator[Registry]:
    made: Registry

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        made.heads.append(head)
        writer.write(made.answers.get(head.split(" ")[1], b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"))
        await writer.drain()
        writer.close()

    made = Registry(await asyncio.start_server(answer, "127.0.0.1", 0, limit=1 << 20))
    yield made
    made.server.close()


@dataclass
class Desk:
    """A registry with credentials, another server, and what a box may say to the proxy."""

    mine: Registry
    other: Registry
    names: dict[str, list[Address]]
    address: Address = ("", 0)
    proxy: Proxy | None = None

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        if host not in self.names:
            raise OSError("no such name")
        return self.names[host]

    def route(self) -> Route:
        return Route(BASE.format(port=self.mine.port), SECRET, (WORD, "dXNlcjpodW50ZXItMjAyNg=="))

    async def say(self, data: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(*self.address)
        writer.write(data)
        answer = await asyncio.wait_for(reader.read(-1), 20)
        writer.close()
        return answer

    async def get(self, path: str, method: str = "GET", more: str = "") -> bytes:
        return await self.say(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:3128\r\n{more}\r\n".encode())

    @property
    def told(self) -> tuple[str, ...]:
        assert self.proxy is not None
        return self.proxy.refused


@asynccontextmanager
async def opened(idle: float) -> AsyncIterator[Desk]:
    async with registry() as mine, registry() as other:
        made = Desk(mine, other, {"mirror.example": [("127.0.0.1", mine.port)]})
        outbound = Outbound(
            resolve=made.resolve, permits=lambda address: address == "127.0.0.1", connect_seconds=30, idle_seconds=idle
        )
        made.proxy = Proxy(frozenset(), outbound, Gateway({"abc": made.route()}))
        listener = socket.create_server(("127.0.0.1", 0))
        made.address = listener.getsockname()
        await made.proxy.serve(listener)
        yield made
        await made.proxy.close()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with opened(idle=30) as made:
        yield made


@pytest.fixture
async def hasty() -> AsyncIterator[Desk]:
    """Waits for nobody."""
    async with opened(idle=0.5) as made:
        yield made


async def test_a_box_reads_a_registry_without_its_credentials(desk: Desk) -> None:
    desk.mine.answers["/pypi/team/simple/flask/?x=1"] = ok(b"x" * 300_000)
    answer = await desk.get("/registry-abc/simple/flask/?x=1", more="Accept: text/html\r\nCookie: a=b\r\n")
    assert answer.endswith(b"\r\n\r\n" + b"x" * 300_000)
    head = desk.mine.heads[0].lower()
    assert f"authorization: {SECRET.lower()}" in head
    assert "accept: text/html" in head
    assert "cookie" not in head


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_registries_are_only_read(desk: Desk, method: str) -> None:
    answer = await desk.get("/registry-abc/simple/", method, "Content-Length: 0\r\n")
    assert answer.startswith(b"HTTP/1.1 405")
    assert desk.mine.heads == []


@pytest.mark.parametrize(
    "path",
    [
        "/registry-abc/../secret",
        "/registry-abc/simple/../../other/",
        "/registry-abc/%2e%2e/secret",
        "/registry-abc/%2E./secret",
        "/registry-abc/%252e%252e/secret",
        "/registry-abc/%25252e%25252e%252fsecret",
        "/registry-abc/..%2fsecret",
        "/registry-abc/simple/..%5csecret",
        "/registry-abc/simple/..;/secret",
        "/registry-abc/simple/%00/secret",
        "/registry-abc/simple/%0d%0aHost:%20evil.example/",
        "/registry-abc/./../secret",
        "/registry-abd/simple/",
        "/registry-abc",
        "/registry-abc@evil.example/",
        "/registry-ABC/simple/",
        "/registry-abc/simple/\x7f",
    ],
)
async def test_no_path_leads_out_of_a_registry(desk: Desk, path: str) -> None:
    answer = await desk.get(path)
    assert answer.split(b" ")[1] in (b"400", b"403", b"404")
    assert desk.mine.heads == []


@pytest.mark.parametrize(
    "path", ["@scope%2fname", "a/-/a-1.0.0.tgz", "simple/a.b-c/", "v2/x~1..2", "..a/b", "%40types/node"]
)
def test_paths_of_packages_are_fine(path: str) -> None:
    assert not climbs(f"/{path}")


async def test_credentials_follow_no_redirect_to_another_host(desk: Desk) -> None:
    desk.names["other.example"] = [("127.0.0.1", desk.other.port)]
    desk.mine.answers["/pypi/team/simple/a/"] = moved(f"http://other.example:{desk.other.port}/a")
    answer = await desk.get("/registry-abc/simple/a/")
    assert answer.startswith(b"HTTP/1.1 502"), "without TLS it is not followed at all"
    assert desk.other.heads == []


@pytest.mark.parametrize(
    "to",
    [
        "/secret",
        "/pypi/team/../secret",
        "/pypi/team/%2e%2e/secret",
        "/pypi/teammate/secret",
        "//mirror.example:{port}/secret",
        "http://mirror.example:{port}/secret",
        "http://user:pw@mirror.example:{port}/pypi/team/secret",
        "http://mirror.example:{other}/pypi/team/secret",
        "http://127.0.0.1:{port}/pypi/team/secret",
        "file:///etc/passwd",
        "gopher://mirror.example/1",
        "http://mirror.example:99999/pypi/team/secret",
    ],
)
async def test_a_redirect_out_of_the_registry_s_path_gets_no_credentials(desk: Desk, to: str) -> None:
    desk.mine.answers["/pypi/team/simple/a/"] = moved(to.format(port=desk.mine.port, other=desk.other.port))
    answer = await desk.get("/registry-abc/simple/a/")
    assert answer.startswith(b"HTTP/1.1 502")
    assert desk.mine.paths == ["/pypi/team/simple/a/"]
    assert desk.other.heads == []


async def test_a_redirect_within_the_registry_is_followed_with_them(desk: Desk) -> None:
    desk.mine.answers["/pypi/team/simple/a"] = moved("/pypi/team/simple/a/")
    desk.mine.answers["/pypi/team/simple/a/"] = ok(b"here")
    assert (await desk.get("/registry-abc/simple/a")).endswith(b"here")
    assert len(desk.mine.logins("/pypi/team/simple/a/")) == 1


async def test_redirects_in_a_circle_end(desk: Desk) -> None:
    desk.mine.answers["/pypi/team/a"] = moved("/pypi/team/a")
    assert (await desk.get("/registry-abc/a")).startswith(b"HTTP/1.1 502")
    assert len(desk.mine.heads) < 10


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "fd00:ec2::254", "168.63.129.16"]
)
async def test_a_redirect_to_an_address_that_is_not_public_is_refused_and_told(desk: Desk, address: str) -> None:
    desk.names["sly.example"] = [(address, 443)]
    outbound = Outbound(
        resolve=desk.resolve, permits=is_public, private=frozenset({Endpoint("mirror.example", desk.mine.port)})
    )
    with pytest.raises(Denied, match="not public"):
        await outbound.dial(Endpoint("sly.example"))


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Content-Length: 0\r\nContent-Length: 5\r\n",
        "Upgrade: websocket\r\nConnection: Upgrade\r\n",
        "X: a\r\n b\r\n\x00: c\r\n",
    ],
)
async def test_nothing_is_smuggled_behind_a_request(desk: Desk, head: str) -> None:
    smuggled = b"GET /secret HTTP/1.1\r\nHost: x\r\n\r\n"
    desk.mine.answers["/pypi/team/a"] = ok(b"here")
    request = f"GET /registry-abc/a HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode()
    assert (await desk.say(request + smuggled)).startswith(b"HTTP/1.1 400")
    assert desk.mine.heads == []


async def test_what_follows_a_request_is_not_another_one(desk: Desk) -> None:
    desk.mine.answers["/pypi/team/a"] = ok(b"here")
    request = b"GET /registry-abc/a HTTP/1.1\r\nHost: x\r\n\r\n"
    assert (await desk.say(request + request)).count(b"HTTP/1.1 200") == 1
    assert desk.mine.paths == ["/pypi/team/a"]


async def test_a_tunnel_leads_to_no_registry_that_is_not_on_the_list(desk: Desk) -> None:
    line = f"CONNECT mirror.example:{desk.mine.port} HTTP/1.1\r\n\r\nGET /secret HTTP/1.1\r\n\r\n"
    assert (await desk.say(line.encode())).startswith(b"HTTP/1.1 403")
    for line in ("CONNECT /registry-abc/a HTTP/1.1\r\n\r\n", "GET http://x/registry-abc/a HTTP/1.1\r\nHost: x\r\n\r\n"):
        assert (await desk.say(line.encode())).split(b" ")[1] in (b"400", b"405")
    assert desk.mine.heads == []


async def test_a_registry_that_echoes_what_it_was_sent_gives_no_secret_away(desk: Desk) -> None:
    echoed = f'{{"you": "{SECRET}", "password": "{WORD}"}}'.encode()
    desk.mine.answers["/pypi/team/echo"] = ok(echoed, "application/json", f"ETag: {WORD}\r\nSet-Cookie: s={WORD}\r\n")
    answer = await desk.get("/registry-abc/echo")
    assert b"200" in answer.split(b"\r\n")[0]
    assert WORD.encode() not in answer
    assert b"dXNlcjpodW50ZXItMjAyNg==" not in answer


async def test_addresses_in_an_index_lead_through_us(desk: Desk) -> None:
    base = BASE.format(port=desk.mine.port)
    page = f'<a href="{base}files/a-1.whl">a</a> <a href="https://elsewhere.example/b.whl">b</a>'.encode()
    desk.mine.answers["/pypi/team/simple/a/"] = ok(page, "text/html; charset=utf-8")
    answer = await desk.get("/registry-abc/simple/a/")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert f'href="{inside("abc")}files/a-1.whl"'.encode() in body
    assert b"https://elsewhere.example/b.whl" in body
    assert f"content-length: {len(body)}".encode() in head.lower()


async def test_a_long_text_passes_as_it_comes_and_gives_no_secret_away(desk: Desk) -> None:
    base = BASE.format(port=desk.mine.port)
    page = "".join(f"{base}files/{number} {WORD} {'x' * 900}\n" for number in range(5000)).encode()
    desk.mine.answers["/pypi/team/all"] = ok(page, "text/html")
    head, _, body = (await desk.get("/registry-abc/all")).partition(b"\r\n\r\n")
    assert b"content-length" not in head.lower()
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    client.send(h11.EndOfMessage())
    client.receive_data(head + b"\r\n\r\n" + body)
    client.receive_data(b"")
    text = bytearray()
    while isinstance(event := client.next_event(), h11.Response | h11.Data | h11.EndOfMessage):
        text += event.data if isinstance(event, h11.Data) else b""
        if isinstance(event, h11.EndOfMessage):
            break
    assert bytes(text) == page.replace(base.encode(), inside("abc").encode()).replace(WORD.encode(), b"***")


async def test_a_long_text_that_is_cut_off_is_cut_off_for_the_box(desk: Desk) -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 3_000_000
    desk.mine.answers["/pypi/team/all"] = cut
    answer = await desk.get("/registry-abc/all")
    assert b"chunked" in answer.partition(b"\r\n\r\n")[0]
    assert not answer.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("to", ["http://[::1", "//[x", "https://a:b:c/", "https://exa mple/", "https://h:99999/x"])
async def test_a_redirect_to_what_is_no_address_is_answered(desk: Desk, to: str) -> None:
    desk.mine.answers["/pypi/team/a"] = moved(to)
    answer = await desk.get("/registry-abc/a")
    assert answer.startswith(b"HTTP/1.1 502")
    assert b"an address that " in answer


@given(
    st.lists(st.sampled_from([b"a", b"b", b"ab", b"ba", b"/", b"aab", b"secret", b"sec", b"ret"]), max_size=20),
    st.lists(st.tuples(st.sampled_from([b"ab", b"aba", b"secret", b"/"]), st.sampled_from([b"", b"*", b"aab"]))),
)
def test_a_text_in_pieces_is_rewritten_as_the_whole(parts: list[bytes], words: list[tuple[bytes, bytes]]) -> None:
    passing = Rewriting(words)
    told = b"".join(map(passing.feed, parts)) + passing.end()
    assert told == passing.whole(b"".join(parts))


async def test_it_is_the_same_to_ask_as_one_asks_a_proxy(desk: Desk) -> None:
    desk.mine.answers["/pypi/team/a"] = ok(b"here")
    assert (await desk.get("http://127.0.0.1:3128/registry-abc/a")).endswith(b"here")
    for other in ("http://127.0.0.1:3129", "http://127.0.0.1:3128@evil.example", "http://127.0.0.1:3128/x"):
        assert b" 40" in (await desk.get(f"{other}/registry-abc/a")).split(b"\r\n")[0]
    assert len(desk.mine.heads) == 1


async def test_credentials_that_are_refused_are_told_by_name_and_not_by_value(desk: Desk) -> None:
    desk.mine.answers["/pypi/team/a"] = b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
    answer = await desk.get("/registry-abc/a")
    assert answer.startswith(b"HTTP/1.1 401")
    assert b"authenticate" not in answer.lower()
    (told,) = desk.told
    assert told == f"mirror.example:{desk.mine.port} answers 401 to the credentials that this machine has for it"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n",
        b"\x16\x03\x01 not HTTP",
        b"",
    ],
)
async def test_an_answer_that_cannot_be_read_is_refused(desk: Desk, answer: bytes) -> None:
    desk.mine.answers["/pypi/team/a"] = answer
    assert (await desk.get("/registry-abc/a")).startswith(b"HTTP/1.1 502")


async def test_an_endless_head_of_the_box_is_dropped(desk: Desk) -> None:
    assert await desk.say(b"GET /registry-abc/a HTTP/1.1\r\n" + b"x: y\r\n" * 10_000) == b""


async def test_a_body_that_never_comes_ends(desk: Desk) -> None:
    desk.mine.answers["/pypi/team/a"] = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf"
    answer = await desk.get("/registry-abc/a")
    assert len(answer) < 300


async def test_a_registry_that_says_nothing_is_given_up(hasty: Desk) -> None:
    async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)
        writer.close()
        await writer.wait_closed()

    silent = await asyncio.start_server(says_nothing, "127.0.0.1", 0)
    hasty.names["mirror.example"] = [silent.sockets[0].getsockname()[:2]]
    assert (await hasty.get("/registry-abc/a")).startswith(b"HTTP/1.1 502")
    silent.close()


async def test_a_redirect_over_tls_to_a_server_that_nobody_vouches_for_is_refused(desk: Desk) -> None:
    seen: list[bytes] = []

    async def no_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read(4096))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        with suppress(OSError):
            await writer.drain()
            writer.close()
            await writer.wait_closed()

    server = await asyncio.start_server(no_tls, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()[:2]
    desk.names["other.example"] = [address]
    desk.mine.answers["/pypi/team/a"] = moved(f"https://other.example:{address[1]}/a")
    assert (await desk.get("/registry-abc/a")).startswith(b"HTTP/1.1 502")
    assert not any(b"uthorization" in data for data in seen)
    server.close()


# --- hosts with private addresses, and the machine's own proxy ---


@pytest.mark.parametrize("address", ["10.0.0.1", "192.168.1.9", "fd12::1", "203.0.113.9", "100.64.0.9"])
async def test_a_named_host_may_have_a_private_address(address: str) -> None:
    assert may_be_named(address, "mirror.example")
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "169.254.169.254", "169.254.1.1", "fe80::1%eth0"),
        *("0.0.0.0", "::", "224.0.0.1", "255.255.255.255", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
        *("fd00:ec2::254", "::ffff:169.254.169.254", "nonsense"),
    ],
)
def test_a_named_host_may_not_have_an_address_of_the_machine_or_its_cloud(address: str) -> None:
    assert not may_be_named(address, "mirror.example")


async def _dialled(addresses: list[str], **more: object) -> str:
    async def answers(host: str, port: int) -> Sequence[Address]:
        return [(address, port) for address in addresses]

    outbound = Outbound(resolve=answers, connect_seconds=0.2, **more)  # type: ignore[arg-type]
    with pytest.raises(Denied) as denied:
        await outbound.dial(Endpoint("mirror.example"))
    return denied.value.told


async def test_a_private_address_is_refused_with_the_setting_that_allows_it() -> None:
    assert await _dialled(["10.0.0.1"]) == (
        "mirror.example resolves to an address that is not public; where that is a mirror of yours, "
        "PULLWRIGHT_SETUP_HOSTS=mirror.example allows it"
    )


@pytest.mark.parametrize("named", ["mirror.example:8443", "other.example", "example", "sub.mirror.example"])
async def test_only_the_exact_name_and_port_is_allowed_a_private_address(named: str) -> None:
    name, _, port = named.partition(":")
    private = frozenset({Endpoint(name, int(port or 443))})
    assert "not public" in await _dialled(["10.0.0.1"], private=private)


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "fd00:ec2::254"])
async def test_a_named_host_that_turns_to_the_machine_itself_is_refused(address: str) -> None:
    told = await _dialled(["10.0.0.1", address], private=frozenset({Endpoint("mirror.example")}))
    assert "this machine, its link or its cloud" in told


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]


@dataclass
class Hop:
    """A proxy of the machine that keeps what it is asked."""

    asked: list[str] = field(default_factory=list)
    answer: bytes = b"HTTP/1.1 200 Fine\r\n\r\n"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(self.answer)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def through(hop: Hop, names: Mapping[str, list[str]], **more: object) -> AsyncIterator[Outbound]:
    async def resolve(host: str, port: int) -> Sequence[Address]:
        if host not in names:
            raise OSError
        return [(address, port) for address in names[host]]

    server = await asyncio.start_server(hop.serve, "127.0.0.1", 0)
    next_one = NextHop("127.0.0.1", server.sockets[0].getsockname()[1], authorization="Basic c2VjcmV0")
    yield Outbound(resolve=resolve, next_hop=next_one, **more)  # type: ignore[arg-type]
    server.close()


async def test_the_machine_s_proxy_is_asked_by_name_for_what_the_operator_named() -> None:
    hop = Hop()
    async with through(hop, {}, trusted=frozenset({Endpoint("pypi.org")})) as outbound:
        _, writer = await outbound.dial(Endpoint("pypi.org"))
        writer.close()
    assert hop.asked[0].startswith("CONNECT pypi.org:443 HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic c2VjcmV0" in hop.asked[0]


async def test_what_a_repository_named_goes_there_only_by_an_address_that_was_judged() -> None:
    hop = Hop()
    async with through(hop, {"good.example": ["1.1.1.1"], "sly.example": ["10.0.0.9"]}) as outbound:
        _, writer = await outbound.dial(Endpoint("good.example"))
        writer.close()
        for name in ("sly.example", "unknown.example"):
            with pytest.raises(Denied):
                await outbound.dial(Endpoint(name))
    assert [one.split(" ")[1] for one in hop.asked] == ["1.1.1.1:443"]


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 407 Login\r\n\r\n", b"HTTP/1.1 2000 x\r\n\r\n", b"220 smtp\r\n\r\n", b"", b"x" * 100_000]
)
async def test_a_proxy_that_does_not_connect_is_told_without_its_password(answer: bytes) -> None:
    hop = Hop(answer=answer)
    async with through(hop, {}, trusted=frozenset({Endpoint("pypi.org")})) as outbound:
        with pytest.raises(Denied) as denied:
            await outbound.dial(Endpoint("pypi.org"))
    assert "the proxy of this machine" in denied.value.told
    assert "c2VjcmV0" not in denied.value.told


@pytest.mark.parametrize(
    ("words", "name", "port", "covered"),
    [
        ("", "pypi.org", 443, True),
        ("*", "pypi.org", 443, False),
        ("pypi.org", "pypi.org", 443, False),
        (".example.com", "a.example.com", 443, False),
        ("example.com", "a.example.com", 443, False),
        ("example.com", "badexample.com", 443, True),
        ("*.example.com", "a.example.com", 443, False),
        ("example.com:8443", "example.com", 443, True),
        ("example.com:8443", "example.com", 8443, False),
        ("localhost, 10.0.0.0/8", "pypi.org", 443, True),
    ],
)
def test_exceptions_are_understood_as_other_programs_do(words: str, name: str, port: int, covered: bool) -> None:
    hop = next_hop({"HTTPS_PROXY": "http://user:p%40ss@proxy.example:3128", "NO_PROXY": words})
    assert hop is not None
    assert hop.covers(Endpoint(name, port)) is covered
    assert "ss" not in repr(hop).replace("password", "").replace("exceptions", "")
    assert replace(hop, exceptions=()) == NextHop("proxy.example", 3128, False, "Basic dXNlcjpwQHNz")


@pytest.mark.parametrize("text", ["socks5://proxy.example:1080", "http://", "ftp://x"])
def test_another_kind_of_proxy_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="HTTP proxy"):
        next_hop({"https_proxy": text})
