"""Registries, proxies and models that are killed or frozen in mid-request: an end, a true reason, and no secret."""

from __future__ import annotations

import asyncio
import http.client
import io
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from sandbox.network.allow_list import Proxy
from sandbox.network.gateway import Gateway, Route
from sandbox.network.lookups import Address
from sandbox.network.next_hop import NextHop
from sandbox.network.outbound import Outbound
from workflows.errors import ModelBusy
from workflows.model.adapter import LiteModel
from workflows.ports import Message

SECRET = "Basic dXNlcjpodW50ZXItMjAyNg=="
_PEER = """
import socket, sys, time
heard = socket.create_server(("127.0.0.1", 0))
print(heard.getsockname()[1], flush=True)
one, _ = heard.accept()
one.recv(65536)
one.sendall(sys.argv[1].encode().decode("unicode_escape").encode("latin-1"))
print("said", flush=True)
time.sleep(600)
"""
SAID = {
    "nothing": "",
    "half a head": "HTTP/1.1 200 O",
    "half a body of known length": "HTTP/1.1 200 OK\\r\\nContent-Length: 100\\r\\n\\r\\nhalf",
    "half a body in pieces": "HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n4\\r\\nhalf\\r\\n",
    "half a text in pieces": (
        "HTTP/1.1 200 OK\\r\\nContent-Type: text/html\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n4\\r\\nhalf\\r\\n"
    ),
}
HOW = {"killed": signal.SIGKILL, "frozen": signal.SIGSTOP}


@dataclass
class Peer:
    """Another process, which answers one request with a part of an answer."""

    process: asyncio.subprocess.Process
    port: int

    async def end(self, how: signal.Signals) -> None:
        assert self.process.stdout is not None
        await self.process.stdout.readline()
        os.kill(self.process.pid, how)


@asynccontextmanager
async def peer(says: str) -> AsyncIterator[Peer]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _PEER, says, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield Peer(process, int(await process.stdout.readline()))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def proxy(outbound: Outbound, gateway: Gateway | None) -> AsyncIterator[tuple[Proxy, Address]]:
    made = Proxy(frozenset({"host.example"}), outbound, gateway)
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    await made.serve(listener)
    try:
        yield made, address
    finally:
        await asyncio.wait_for(made.close(), 20)


async def _asked(address: Address, request: str, meanwhile: Peer, how: signal.Signals) -> bytes:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(request.encode())
    await meanwhile.end(how)
    try:
        return await asyncio.wait_for(reader.read(-1), 60)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


def _is_whole(answer: bytes) -> bool:
    """Whether a client takes it for a whole answer with success."""

    class Said(socket.socket):
        def makefile(self, *_: object, **__: object) -> io.BytesIO:  # type: ignore[override]
            return io.BytesIO(answer)

    with Said() as said:
        response = http.client.HTTPResponse(said)
        try:
            response.begin()
            response.read()
        except (http.client.HTTPException, ConnectionError):
            return False
        return response.status < 400


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("says", SAID)
async def test_a_registry_that_dies_or_freezes_gives_no_whole_answer_and_is_told(
    says: str, how: str, version: str
) -> None:
    async with peer(SAID[says]) as there:

        async def resolve(host: str, port: int) -> list[Address]:
            return [("127.0.0.1", there.port)]

        route = Route(f"http://mirror.example:{there.port}/pypi/", SECRET, (SECRET.partition(" ")[2],))
        outbound = Outbound(resolve=resolve, permits=lambda _: True, connect_seconds=20, idle_seconds=1)
        async with proxy(outbound, Gateway({"abc": route})) as (made, address):
            request = f"GET /registry-abc/simple/ HTTP/{version}\r\nHost: 127.0.0.1:3128\r\n\r\n"
            answer = await _asked(address, request, there, HOW[how])
            assert not _is_whole(answer)
            assert "mirror.example" in "".join(made.refused)
            assert SECRET.partition(" ")[2] not in answer.decode("latin-1") + "".join(made.refused)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("says", ["nothing", "half a head"])
async def test_a_proxy_of_the_machine_that_dies_or_freezes_is_told(says: str, how: str) -> None:
    async with peer(SAID[says]) as there:

        async def resolve(host: str, port: int) -> list[Address]:
            return [("127.0.0.1", 1)]

        hop = NextHop("127.0.0.1", there.port, authorization=SECRET)
        outbound = Outbound(resolve=resolve, permits=lambda _: True, next_hop=hop, connect_seconds=2, idle_seconds=1)
        async with proxy(outbound, None) as (made, address):
            request = "CONNECT host.example:443 HTTP/1.1\r\nHost: host.example:443\r\n\r\n"
            answer = await _asked(address, request, there, HOW[how])
            assert answer.startswith(b"HTTP/1.1 50")
            assert "the proxy of this machine" in "".join(made.refused)
            assert SECRET.partition(" ")[2] not in answer.decode("latin-1") + "".join(made.refused)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(
    "says",
    [
        "half a body in pieces",
        *(
            pytest.param(one, marks=pytest.mark.at_length)
            for one in ("nothing", "half a head", "half a body of known length")
        ),
    ],
)
async def test_a_model_s_server_that_dies_or_freezes_is_told_without_its_key(says: str, how: str) -> None:
    key = "sk-hunter-2026-hunter-2026"
    async with peer(SAID[says]) as there:
        model = LiteModel(
            "openai/m",
            api_base=f"http://127.0.0.1:{there.port}/v1",
            api_key=key,
            timeout=3,
            attempts=2,
            first_wait=0.01,
        )
        asking = asyncio.ensure_future(model.complete((Message("user", "hello"),), max_tokens=10))
        await there.end(HOW[how])
        with pytest.raises(ModelBusy) as told:
            await asyncio.wait_for(asking, 60)
        assert "The model openai/m" in str(told.value)
        assert key not in f"{told.value!r} {told.value.__cause__!r} {told.value.__context__!r}"
