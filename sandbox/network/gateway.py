"""Registries that want credentials: a box asks for them in plain HTTP on its loopback, and we fetch on the host.

    http://127.0.0.1:3128/registry-KEY/simple/flask/  ->  https://mirror.example.org/pypi/simple/flask/

Only GET and HEAD, only below the registry's own path, and only what a reader of packages sends. The
credentials are added here, for that very host, port and path; a redirect that leads anywhere else is
followed without them, over TLS, to public addresses. Where an answer is text, the registry's own
addresses in it become the box's, and what looks like the credentials is taken out.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import h11

from sandbox.network.endpoints import Endpoint, endpoint
from sandbox.network.exchange import MOST_HEAD, Exchange
from sandbox.network.outbound import Outbound, Streams
from sandbox.network.passing_on import PassingOn, Spend
from sandbox.network.refusals import Denied
from sandbox.network.rewriting import Rewriting

PORT = 3128
"""Where the proxy listens on the loopback of a box."""

_PREFIX = "/registry-"
_HERE = f"http://127.0.0.1:{PORT}"
_REQUEST = re.compile(rf"[A-Z]{{1,16}} (?:{re.escape(_HERE)})?/registry-".encode())
_PATH = re.compile(r"/registry-([a-z0-9]{1,40})(/[!-~]*)")
_HOPS = 5
_SHORTEST_SECRET = 6


@dataclass(frozen=True, slots=True)
class Route:
    """A registry as the host reaches it: `base` ends in a slash, and nothing above it is fetched.

    `authorization` is the header's value, "" for none; `secrets` are what must not be in an answer.
    """

    base: str
    authorization: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def place(self) -> SplitResult:
        return urlsplit(self.base)

    @property
    def to(self) -> Endpoint:
        return _endpoint(self.place)

    def holds(self, url: SplitResult) -> bool:
        """Whether an address is this registry's: scheme, host, port, and a path below its own."""
        try:
            same = (url.scheme, _endpoint(url)) == (self.place.scheme, self.to)
        except ValueError:
            return False
        return same and url.path.startswith(self.place.path) and not climbs(url.path)


def inside(key: str) -> str:
    """What a registry is called in the box: an address that ends in a slash."""
    return f"{_HERE}{_PREFIX}{key}/"


def is_for_gateway(request: bytes) -> bool:
    """Whether a request line asks for one of our registries, and not for a tunnel."""
    return bool(_REQUEST.match(request))


def climbs(path: str) -> bool:
    """Whether a path leads out of its directory for whoever reads it: percent-encoded twice, with backslashes."""
    for _ in range(4):
        if re.search(r"[\\\x00-\x20\x7f]", path) or any(part.split(";")[0] in (".", "..") for part in path.split("/")):
            return True
        if (plain := unquote(path)) == path:
            return False
        path = plain
    return True


@dataclass(frozen=True)
class Gateway:
    """Serves GET and HEAD of some registries to one box. `bundle` is the host's own file of certificates."""

    routes: Mapping[str, Route]
    bundle: Path | None = None

    @cached_property
    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.bundle)

    async def serve(self, head: bytes, writer: asyncio.StreamWriter, spend: Spend, outbound: Outbound) -> None:
        """Answer the request whose head this is. Denied, before a byte was written, where it is refused."""
        request = _read(head)
        route, url = self._wanted(request)
        async with self._answered(request, route, url, outbound) as (answer, body, at):
            if answer.status_code in (401, 403) and route.holds(at):
                why = f"{route.to} answers {answer.status_code} to the credentials that this machine has for it"
                raise Denied(f"{answer.status_code} Refused by the registry", why)
            passing = PassingOn(writer, self._rewriting(route), spend, outbound.idle_seconds)
            await passing.on(request, answer, body)

    def _wanted(self, request: h11.Request) -> tuple[Route, SplitResult]:
        # Some ask the proxy for what lies on the loopback, too.
        path, question, query = request.target.decode("latin-1").removeprefix(_HERE).partition("?")
        match = _PATH.fullmatch(path)
        route = self.routes.get(match[1]) if match else None
        if match is None or route is None:
            raise Denied("404 Not Found", "there is no such registry here")
        if climbs(match[2]) or not re.fullmatch(r"[!-~]*", query):
            raise Denied("403 Forbidden", f"that is no path below the registry {route.to}")
        return route, urlsplit(route.base + match[2][1:] + question + query)

    @asynccontextmanager
    async def _answered(
        self, request: h11.Request, route: Route, url: SplitResult, outbound: Outbound
    ) -> AsyncIterator[tuple[h11.Response, AsyncIterator[bytes], SplitResult]]:
        """The last answer of a chain of redirects, its body, and where it came from."""
        for _ in range(_HOPS):
            ours = route.holds(url)
            if not ours and url.scheme != "https":
                raise Denied("502 Bad Gateway", f"{route.to} leads to an address without TLS")
            exchange = Exchange(await self._connected(url, outbound), outbound.idle_seconds)
            try:
                login = [("Authorization", route.authorization)] if ours and route.authorization else []
                answer = await exchange.ask(request, url, login)
                place = next((value for name, value in answer.headers if name == b"location"), b"")
                if answer.status_code not in (301, 302, 303, 307, 308) or not place:
                    yield answer, exchange.body(url.hostname or ""), url
                    return
            finally:
                exchange.close()
            url = _following(url, place)
            if not url.hostname or url.username is not None or re.search(r"[^!-~]", url.geturl()):
                raise Denied("502 Bad Gateway", f"{route.to} leads to an address that cannot be used")
        raise Denied("502 Bad Gateway", f"{route.to} leads from one address to the next without end")

    async def _connected(self, url: SplitResult, outbound: Outbound) -> Streams:
        try:
            to = _endpoint(url)
        except ValueError:
            raise Denied("502 Bad Gateway", "a registry leads to an address that is no host's name") from None
        streams = await outbound.dial(to)
        try:
            async with asyncio.timeout(outbound.connect_seconds):
                return await self._secured(streams, to) if url.scheme == "https" else streams
        except TimeoutError:
            raise Denied("504 Gateway Timeout", f"{to} does not answer") from None

    async def _secured(self, streams: Streams, to: Endpoint) -> Streams:
        _, writer = streams
        try:
            await writer.start_tls(self.tls, server_hostname=to.name)
        except (ssl.SSLError, OSError) as error:
            writer.transport.abort()
            why = getattr(error, "verify_message", "") or getattr(error, "reason", "") or "no TLS"
            raise Denied("502 Bad Gateway", f"{to} cannot be believed: {why}") from None
        except BaseException:
            writer.transport.abort()
            raise
        return streams

    def _rewriting(self, route: Route) -> Rewriting:
        """What makes a text the box's: addresses of our registries are the box's, and no secret is in it."""
        words = []
        for key, one in self.routes.items():
            there, here = one.base.replace("/", r"\/"), inside(key).replace("/", r"\/")
            words += [*((spelled, inside(key)) for spelled in spellings(one.base)), (there, here)]
        words += [(secret, "***") for secret in route.secrets if len(secret) >= _SHORTEST_SECRET]
        return Rewriting((old.encode(), new.encode()) for old, new in words)


def spellings(base: str) -> tuple[str, ...]:
    """How an address may be written: with its port or without, where that is the scheme's own."""
    place = urlsplit(base)
    own = {"https": 443, "http": 80}[place.scheme]
    if place.port is None:
        return base, base.replace(f"//{place.netloc}", f"//{place.netloc}:{own}", 1)
    if place.port == own:
        return base, base.replace(f":{own}/", "/", 1)
    return (base,)


def _read(head: bytes) -> h11.Request:
    """The request, if it is one that only reads."""
    http = h11.Connection(h11.SERVER, max_incomplete_event_size=MOST_HEAD)
    try:
        http.receive_data(head)
        request = http.next_event()
    except h11.ProtocolError:
        raise Denied("400 Bad Request", "that is no request") from None
    if not isinstance(request, h11.Request):
        raise Denied("400 Bad Request", "that is no request")
    if request.method not in (b"GET", b"HEAD"):
        raise Denied("405 Method Not Allowed", "registries are only read from here: GET and HEAD")
    names = dict(iter(request.headers))
    if b"transfer-encoding" in names or names.get(b"content-length", b"0") != b"0" or b"upgrade" in names:
        raise Denied("400 Bad Request", "a request that reads has nothing but a head")
    return request


def _following(url: SplitResult, place: bytes) -> SplitResult:
    """Where a redirect leads. Denied for what is no address."""
    try:
        return urlsplit(urljoin(url.geturl(), place.decode("latin-1")))
    except ValueError:
        raise Denied("502 Bad Gateway", f"{url.hostname} leads to an address that cannot be used") from None


def _endpoint(url: SplitResult) -> Endpoint:
    port = {"https": 443, "http": 80}.get(url.scheme, 0) if url.port is None else url.port
    return endpoint(f"{url.hostname}:{port}")
