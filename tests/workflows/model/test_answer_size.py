"""A provider that does not stop sending: what is read of one answer is bounded, however it comes."""

from __future__ import annotations

import gzip
import resource
import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from workflows.errors import ModelBusy, ModelError
from workflows.model.adapter import LiteModel
from workflows.model.answer_size import MOST_BYTES
from workflows.ports import Message

ENDLESS = 600 * 1024 * 1024
"""What the server has to send: as much as was held whole once."""
_PIECE = b"x" * 65536


@dataclass
class Sender:
    """A server that answers every request with a head and then pieces, until all is sent or nobody reads on."""

    head: bytes
    pieces: Iterator[bytes]
    sent: int = 0
    asked: bytes = b""
    _listening: socket.socket = field(default_factory=socket.socket)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def serve(self) -> None:
        try:
            connection, _ = self._listening.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(20)
            with connection.makefile("rb") as request:
                self.asked = b"".join(iter(request.readline, b"\r\n"))
                fields = dict(line.lower().split(b": ", 1) for line in self.asked.splitlines()[1:])
                request.read(int(fields[b"content-length"]))
            try:
                connection.sendall(self.head)
                for piece in self.pieces:
                    connection.sendall(piece)
                    self.sent += len(piece)
            except OSError:
                return


@contextmanager
def sending(head: str, pieces: Iterator[bytes]) -> Iterator[Sender]:
    sender = Sender(f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{head}\r\n\r\n".encode(), pieces)
    sender._listening.bind(("127.0.0.1", 0))
    sender._listening.listen()
    thread = threading.Thread(target=sender.serve)
    thread.start()
    try:
        yield sender
    finally:
        sender._listening.shutdown(socket.SHUT_RDWR)
        sender._listening.close()
        thread.join(30)
        assert not thread.is_alive()


def _plain() -> Iterator[bytes]:
    return (_PIECE for _ in range(ENDLESS // len(_PIECE)))


def _chunked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield from (b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    yield b"0\r\n\r\n"


def _bomb() -> Iterator[bytes]:
    packer = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
    packed = b"".join(packer.compress(piece) for piece in _plain()) + packer.flush()
    yield packed


async def _refused(name: str, url: str) -> str:
    model = LiteModel(name, api_base=url, api_key="sk-test-key-123456", timeout=60.0, attempts=1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ModelError, match=r"^The answer of the model \S+ was too large: ") as caught:
        await model.complete([Message("user", "hello")])
    await model.close()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < 4 * MOST_BYTES
    assert caught.value.remedy
    return caught.value.sentence


@pytest.mark.parametrize("name", ["openai/x", "anthropic/x"])
async def test_an_answer_without_an_end_is_left_in_the_middle(warm: None, name: str) -> None:
    with sending("transfer-encoding: chunked", _chunked(_plain())) as server:
        assert "more than 33,554,432 bytes came" in await _refused(name, server.url)
    assert server.sent < 2 * MOST_BYTES


@pytest.mark.parametrize("name", ["openai/x", "anthropic/x"])
async def test_an_answer_that_is_announced_as_too_large_is_not_read_at_all(warm: None, name: str) -> None:
    with sending(f"content-length: {ENDLESS}", _plain()) as server:
        assert "629,145,600 bytes are announced" in await _refused(name, server.url)
    assert server.sent < MOST_BYTES


@pytest.mark.parametrize("name", ["openai/x", pytest.param("anthropic/x", marks=pytest.mark.at_length)])
async def test_a_packed_answer_counts_by_what_it_unpacks_to(warm: None, name: str) -> None:
    with sending("content-encoding: gzip\r\nconnection: close", _bomb()) as server:
        assert "more than 33,554,432 bytes came" in await _refused(name, server.url)
    assert b"accept-encoding: gzip\r\n" in server.asked.lower()


async def test_an_error_has_a_bound_as_well(warm: None) -> None:
    with sending("transfer-encoding: chunked", _chunked(_plain())) as server:
        server.head = server.head.replace(b"200 OK", b"500 No")
        await _refused("openai/x", server.url)
    assert server.sent < 2 * MOST_BYTES


async def test_an_answer_that_is_packed_as_was_asked_for_is_read(warm: None) -> None:
    text = (
        '{"id": "1", "object": "chat.completion", "created": 0, "model": "x", "choices": '
        '[{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "ok"}}]}'
    )
    packed = gzip.compress(text.encode())
    with sending(f"content-encoding: gzip\r\ncontent-length: {len(packed)}", iter([packed])) as server:
        model = LiteModel("openai/x", api_base=server.url, api_key="sk-test-key-123456", attempts=1)
        assert (await model.complete([Message("user", "hello")])).message.content == "ok"
        await model.close()


@pytest.mark.parametrize(
    ("packing", "body"),
    [("br", b"x" * 100), ("gzip", b"no gzip at all"), ("gzip", gzip.compress(b"x" * 99, mtime=0)[:20])],
)
async def test_what_cannot_be_unpacked_is_no_answer(warm: None, packing: str, body: bytes) -> None:
    with sending(f"content-encoding: {packing}\r\ncontent-length: {len(body)}", iter([body])) as server:
        model = LiteModel("openai/x", api_base=server.url, api_key="sk-test-key-123456", attempts=1)
        with pytest.raises(ModelBusy):
            await model.complete([Message("user", "hello")])
        await model.close()
