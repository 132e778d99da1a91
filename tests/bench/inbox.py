"""Webhooks of 11 KB that are on the disk when they are acknowledged, beside a server that only reads them.

The peer is the same uvicorn with the same settings on the same port's loopback. Both take
one core, the senders the other: on a machine with two, whatever else runs is in the figures.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase
from typing import cast

import uvloop
from pydantic import SecretStr

from bot.github.api.credentials import AppCredentials, save
from tests.bench.figures import Figure
from tests.fakes import postgres
from tests.fakes.serving import Server, started
from tests.fakes.warm_cli import ROOT

SECRET = b"s3cret"
BYTES = 11_000
LEAST_PER_SECOND = 5_000
MOST_P99 = 0.010
MOST_MEMORY = 80
MOST_START = 1.0
_PATIENCE = 60
LOADS = ((1, 3_000), (16, 20_000))
"""Connections, and deliveries over all of them."""


@dataclass(frozen=True, slots=True)
class Sent:
    """`per_second` deliveries; `p50` and `p99` in seconds."""

    per_second: float
    p50: float
    p99: float


def figures() -> Iterator[Figure]:
    with peer() as server:
        reading = {connections: load(server.url, connections, number) for connections, number in LOADS}
    with tempfile.TemporaryDirectory() as folder:
        yield from _ours("SQLite", Path(folder), reading, {})
    if postgres.programs() is not None:
        with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as home, tempfile.TemporaryDirectory() as folder:
            postgres.start(Path(home), ("shared_buffers=64MB",))
            try:
                url = postgres.database(Path(home), "bench")
                yield from _ours("Postgres", Path(folder), reading, {"PULLWRIGHT_DATABASE": url})
            finally:
                postgres.stop(Path(home))


def _ours(name: str, folder: Path, reading: dict[int, Sent], environ: dict[str, str]) -> Iterator[Figure]:
    data = folder / "data"
    data.mkdir()
    credentials(data)
    with started("web", data, environ, cold=True):
        pass  # the tables are made: from now on it is a start as all others
    begun = time.perf_counter()
    with started("web", data, environ, cold=True) as server:
        up = time.perf_counter() - begun
        for connections, number in LOADS:
            sent, peers = load(server.url, connections, number), reading[connections]
            crowd = connections > 1
            what = f"{name}, {connections} at once"
            least = LEAST_PER_SECOND if crowd else None
            yield Figure(what, sent.per_second, peers.per_second, least, absolute=True, unit="/s")
            yield Figure(f"{what}, p50", sent.p50, peers.p50, unit="ms")
            yield Figure(f"{what}, p99", sent.p99, peers.p99, MOST_P99, absolute=True, unit="ms")
        yield Figure(
            f"{name}, memory of the web process afterwards", server.memory() / 1e6, most=MOST_MEMORY, unit="MB"
        )
    yield Figure(f"{name}, start of the web process until it listens", up, most=MOST_START)


@contextmanager
def peer() -> Iterator[Server]:
    """A server like ours that only reads what it is sent."""
    with tempfile.NamedTemporaryFile() as log:
        process = subprocess.Popen([sys.executable, "-m", "tests.bench.inbox", "peer"], cwd=ROOT, stderr=log)
        server = Server(process, Path(log.name))
        try:
            server.url = server.wait_until_said(r"Listening on (http://\S+)")[1]
            yield server
        finally:
            server.terminate()


def load(url: str, connections: int, number: int) -> Sent:
    """Send that many deliveries from a process of its own."""
    command = [sys.executable, "-m", "tests.bench.inbox", "load", url, str(connections), str(number)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=_PATIENCE)
    return Sent(**json.loads(done.stdout))


def credentials(data: Path) -> None:
    key = SecretStr("-----BEGIN RSA PRIVATE KEY-----\nnone\n-----END RSA PRIVATE KEY-----")
    save(
        AppCredentials(app_id=1, private_key=key, webhook_secret=SecretStr(SECRET.decode()), slug="x"),
        data / "github.json",
    )


# --- the processes beside --------------------------------------------------------------------


class _Sender(asyncio.Protocol):
    """One connection that sends a delivery after the other, each with a GUID of its own."""

    def __init__(self, crowd: _Crowd) -> None:
        self._crowd = crowd
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's is one by its methods
        self._send()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not end or len(body) < int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            return
        assert head.startswith(b"HTTP/1.1 202"), head
        self._answer = b""
        self._crowd.took.append(time.perf_counter() - self._at)
        self._send()

    def _send(self) -> None:
        if not self._crowd.left:
            self._crowd.leave()
            return
        self._crowd.left -= 1
        self._at = time.perf_counter()
        self._transport.writelines([self._crowd.head, str(uuid.uuid4()).encode(), self._crowd.rest])


class _Crowd:
    """All connections: what is left to send, and how long each delivery took."""

    def __init__(self, connections: int, number: int) -> None:
        body = _body()
        signature = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
        headers = (
            f"\r\nHost: h\r\nX-GitHub-Event: issues\r\nContent-Type: application/json\r\nUser-Agent: GitHub-Hookshot/1"
            f"\r\nX-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.head = b"POST /webhook HTTP/1.1\r\nX-GitHub-Delivery: "
        self.rest = headers.encode() + body
        self.left = number
        self.took: list[float] = []
        self._here = connections
        self.ended = asyncio.Event()

    def leave(self) -> None:
        self._here -= 1
        if not self._here:
            self.ended.set()


def _body() -> bytes:
    """A payload as GitHub's are: addresses that resemble each other, and words, which pack as badly as words do."""
    draw = random.Random(7)
    words = " ".join("".join(draw.choices(ascii_lowercase, k=draw.randint(2, 9))) for _ in range(BYTES // 4))
    links = {f"k{at}": f"https://api.github.com/repos/o/n/{at}" for at in range(150)}
    payload = {"action": "opened", "issue": {"number": 1}, "links": links, "text": ""}
    return json.dumps(payload | {"text": words[: BYTES - len(json.dumps(payload))]}).encode()


async def _crowd(url: str, connections: int, number: int) -> None:
    port = int(url.rpartition(":")[2])
    crowd = _Crowd(connections, number)
    begun = time.perf_counter()
    for _ in range(connections):
        await asyncio.get_running_loop().create_connection(lambda: _Sender(crowd), "127.0.0.1", port)
    await crowd.ended.wait()
    took, seconds = sorted(crowd.took), time.perf_counter() - begun
    print(json.dumps({"per_second": number / seconds, "p50": took[number // 2], "p99": took[number * 99 // 100]}))


async def _peer() -> None:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from bot.guards.shutdown import stopped_by_signals
    from bot.server.listening import answer, listen

    async def read(request: Request) -> Response:
        await request.body()
        return Response(b"stored", 202)

    with listen("127.0.0.1", 0) as listener:
        print(f"Listening on http://127.0.0.1:{listener.getsockname()[1]}", file=sys.stderr, flush=True)
        app = Starlette(routes=[Route("/webhook", read, methods=["POST"])])
        await answer(app, listener, stopped_by_signals().asked)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["load", url, connections, number]:
            uvloop.run(_crowd(url, int(connections), int(number)))
        case ["peer"]:
            uvloop.run(_peer())
        case _:
            sys.exit("python -m tests.bench inbox")
