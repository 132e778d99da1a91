"""Clients that open connections and say nothing, or not enough: the server goes on taking in what is real."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import sqlalchemy as sa
from starlette.responses import PlainTextResponse

from bot.guards.connections import MOST_HEAD_BYTES, ConnectionRoom, Guarded, guarded, room
from bot.server.listening import answer, listen
from tests.bot.server.test_serving import SECRET, scene
from tests.fakes.github.fixture import github
from tests.fakes.github.scene import Scene
from tests.fakes.serving import deliver, started
from workflows.store.database import Store

__all__ = ["github", "scene"]

HEAD = b"POST /webhook HTTP/1.1\r\nHost: x\r\n"
BODY = (
    HEAD
    + b"Content-Type: application/json\r\nX-Hub-Signature-256: sha256="
    + b"0" * 64
    + b"\r\nContent-Length: 9000\r\n\r\n{"
)


@contextmanager
def half_open(url: str, count: int, begin: bytes) -> Iterator[list[socket.socket]]:
    address = urlsplit(url)
    with ExitStack() as stack:
        opened = []
        for _ in range(count):
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex((address.hostname, address.port))
            opened.append(one)
        for one in opened:
            try:
                one.send(begin)
            except OSError:
                continue
        yield opened


@pytest.mark.parametrize(
    ("command", "begin"),
    [("web", b""), ("web", HEAD), ("web", BODY), ("serve", HEAD)],
    ids=["nothing", "half a head", "no body", "a server that works too"],
)
def test_half_open_requests_take_neither_descriptors_nor_places(
    scene: Scene, tmp_path: Path, command: str, begin: bytes
) -> None:
    body = json.dumps({"text": "x"}).encode()
    acknowledged = []
    with started(command, tmp_path / "data", descriptors=128) as server:
        with half_open(server.url, 400, begin):
            end = time.monotonic() + 60
            while not acknowledged and time.monotonic() < end:
                guid = str(uuid.uuid4())
                try:
                    if deliver(server.url, SECRET, guid, "issues", body) == 202:
                        acknowledged.append(guid)
                except httpx.TransportError:
                    continue
            assert acknowledged, "nothing was taken in"
            assert len(os.listdir(f"/proc/{server.process.pid}/fd")) < 128
        guid = str(uuid.uuid4())
        assert deliver(server.url, SECRET, guid, "issues", body) == 202
        acknowledged.append(guid)
        assert server.process.poll() is None
        assert "Traceback" not in server.said()
        assert server.terminate() == 0
    store = Store(f"sqlite:///{tmp_path / 'data' / 'app.sqlite'}")
    kept = store.read_now(lambda db: set(db.execute(sa.text("SELECT guid FROM deliveries")).scalars()))
    store.close()
    assert set(acknowledged) <= kept


async def _talk(address: tuple[str, int], *parts: bytes, pause: float = 0.0) -> bytes:
    reader, writer = await asyncio.open_connection(*address)
    try:
        for part in parts:
            writer.write(part)
            await asyncio.sleep(pause)
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def _slow(scope: object, receive: object, send: object) -> None:
    await receive()  # type: ignore[operator]
    await asyncio.sleep(0.5)
    await PlainTextResponse("done", headers={"Connection": "close"})(scope, receive, send)  # type: ignore[arg-type]


async def test_a_full_server_says_so_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Guarded, "head_seconds", 0.3)
    monkeypatch.setattr(Guarded, "body_seconds", 0.3)
    stop = asyncio.Event()
    with listen("127.0.0.1", 0) as listener:
        serving = asyncio.create_task(answer(_slow, listener, stop, ConnectionRoom(2, 16)))  # type: ignore[arg-type]
        address = listener.getsockname()
        whole = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        busy = [asyncio.create_task(_talk(address, whole)) for _ in range(2)]
        await asyncio.sleep(0.2)
        assert (await _talk(address)).startswith(b"HTTP/1.1 503"), "both places are at work"
        assert all(said.endswith(b"done") for said in await asyncio.gather(*busy))
        silent = [asyncio.create_task(_talk(address, HEAD)) for _ in range(2)]
        await asyncio.sleep(0.1)
        assert (await _talk(address, whole)).endswith(b"done"), "one that is silent gives way"
        assert await asyncio.gather(*silent) == [b"", b""], "the other one is closed when its time is over"
        assert await _talk(address, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n1") == b""
        flood = [b"X-Y: " + b"z" * 8000 + b"\r\n"] * (MOST_HEAD_BYTES // 8000 + 2)
        assert (await _talk(address, HEAD, *flood, pause=0.01)).startswith((b"HTTP/1.1 431", b""))
        stop.set()
        await serving


def test_room_is_what_the_descriptors_allow() -> None:
    found = room()
    assert 8 <= found.connections <= 4096
    assert guarded(7).most == 7
    assert Guarded.most != 7
