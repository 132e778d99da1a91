"""One request to a registry, over a connection of its own: only what a reader of packages sends goes there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import SplitResult

import h11

from sandbox.network.outbound import Streams
from sandbox.network.refusals import CutOff, Denied

MOST_HEAD = 64 * 1024
"""Bytes of the head of a request or an answer."""

_ASKED = frozenset({b"accept", b"range", b"if-none-match", b"if-modified-since", b"user-agent", b"npm-command"})


class Exchange:
    """One request to the world over a connection of its own, read with a bound on each silence."""

    def __init__(self, streams: Streams, silence: float) -> None:
        self._reader, self._writer = streams
        self._silence = silence
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_HEAD)

    async def ask(self, request: h11.Request, url: SplitResult, login: list[tuple[str, str]]) -> h11.Response:
        """The head of the answer, with `login` among what is sent. Denied where there is none that can be read."""
        kept = [(name.decode(), value.decode("latin-1")) for name, value in request.headers if name in _ASKED]
        headers = [("Host", url.netloc.rpartition("@")[2]), *kept, *login]
        headers += [("Accept-Encoding", "identity"), ("Connection", "close")]
        where = (url.path or "/") + (f"?{url.query}" if url.query else "")
        try:
            self._writer.write(
                self._http.send(h11.Request(method=request.method, target=where, headers=headers)) or b""
            )
            self._writer.write(self._http.send(h11.EndOfMessage()) or b"")
            await self._writer.drain()
            while True:
                event = await self._next()
                if isinstance(event, h11.Response):
                    return event
                if not isinstance(event, h11.InformationalResponse):
                    raise Denied("502 Bad Gateway", f"{url.hostname} gave no answer")
        except (h11.ProtocolError, OSError, TimeoutError):
            raise Denied("502 Bad Gateway", f"{url.hostname} gave an answer that cannot be read, or none") from None

    async def body(self, host: str) -> AsyncIterator[bytes]:
        """What follows; CutOff where it ends too early, or nothing more comes."""
        while not isinstance(event := await self._part(host), h11.EndOfMessage):
            yield bytes(event.data)

    async def _part(self, host: str) -> h11.Data | h11.EndOfMessage:
        try:
            if isinstance(event := await self._next(), h11.Data | h11.EndOfMessage):
                return event
        except TimeoutError:
            raise CutOff(f"{host} stopped in the middle of an answer") from None
        except (h11.ProtocolError, OSError):
            pass
        raise CutOff(f"{host} broke off in the middle of an answer")

    async def _next(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await asyncio.wait_for(self._reader.read(64 * 1024), self._silence))
        return event

    def close(self) -> None:
        self._writer.transport.abort()  # all that it had to be told is on its way, or it does not listen
