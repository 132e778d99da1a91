"""How long the body of a provider's answer may be: nothing of it is held beyond that, packed or not.

litellm makes its HTTP clients by itself, one for OpenAI's library and one for all others, and neither
has a bound of its own. `bind` puts ours on what both factories give.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

import httpx

MOST_BYTES = 32 * 1024 * 1024
"""Of one answer, unpacked: some eight million tokens, where the longest that is asked for has 8192."""
_PIECE = 64 * 1024


@dataclass(slots=True)
class BoundedReading:
    """One call's answer as it comes in; `too_long` says what was wrong with it, "" while nothing is."""

    too_long: str = ""


_READING: ContextVar[BoundedReading | None] = ContextVar("reading", default=None)


@contextmanager
def reading() -> Iterator[BoundedReading]:
    """Within this, the value tells why an answer was not read to its end: litellm hides errors behind its own."""
    now = BoundedReading()
    token = _READING.set(now)
    try:
        yield now
    finally:
        _READING.reset(token)


def bind(openai: Any, others: Any) -> None:
    """Have both of litellm's factories of clients give bounded ones."""
    for_openai, for_others = openai._get_async_http_client, others.create_client

    def make_for_openai(*args: Any, **kwargs: Any) -> httpx.AsyncClient | None:
        return bounded(for_openai(*args, **kwargs))

    def make_for_others(self: Any, *args: Any, **kwargs: Any) -> httpx.AsyncClient | None:
        return bounded(for_others(self, *args, **kwargs))

    openai._get_async_http_client = staticmethod(make_for_openai)
    others.create_client = make_for_others


def bounded(client: httpx.AsyncClient | None) -> httpx.AsyncClient | None:
    """The client, which from now on reads no more of any answer than it may."""
    if client is not None:
        hooks = client.event_hooks
        hooks["request"].append(_ask_for_gzip)
        hooks["response"].append(_bound)
        client.event_hooks = hooks
    return client


async def _ask_for_gzip(request: httpx.Request) -> None:
    request.headers["accept-encoding"] = "gzip"


async def _bound(response: httpx.Response) -> None:
    """Unpacked here, in pieces: httpx would unpack whatever a packet holds at once."""
    packed = response.headers.pop("content-encoding", "identity").strip().lower()
    stream = cast("httpx.AsyncByteStream", response.stream)
    try:
        announced = int(response.headers.get("content-length", "0"))
    except ValueError:
        announced = 0
    response.stream = _Bounded(stream, packed, announced)


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, packed: str, announced: int) -> None:
        self._stream = stream
        self._packed = packed
        self._announced = announced

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._announced > MOST_BYTES:
            raise _refused(f"{self._announced:,} bytes are announced")
        total = 0
        async for piece in self._unpacked():
            total += len(piece)
            if total > MOST_BYTES:
                raise _refused(f"more than {MOST_BYTES:,} bytes came")
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def _unpacked(self) -> AsyncIterator[bytes]:
        if self._packed in ("identity", ""):
            async for piece in self._stream:
                yield piece
            return
        if self._packed not in ("gzip", "x-gzip"):
            raise httpx.DecodingError(f"the answer is packed as {self._packed[:20]!r}, which was not asked for")
        unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
        async for packed in self._stream:
            rest = packed
            while rest and not unpacker.eof:
                try:
                    yield unpacker.decompress(rest, _PIECE)
                except zlib.error as error:
                    raise httpx.DecodingError(f"the answer cannot be unpacked: {error}") from None
                rest = unpacker.unconsumed_tail
        if not unpacker.eof:
            raise httpx.DecodingError("the answer ends in the middle of what was packed")


def _refused(why: str) -> httpx.DecodingError:
    if (now := _READING.get()) is not None:
        now.too_long = why
    return httpx.DecodingError(f"the answer is too large: {why}")
