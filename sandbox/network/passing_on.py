"""A registry's answer on its way to a box: what of its head may pass, whose addresses are in it, and how it ends."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import h11

from sandbox.network.doorway import break_off
from sandbox.network.refusals import CutOff, Denied
from sandbox.network.rewriting import Rewriting

Spend = Callable[[int], bool]

_ANSWERED = frozenset(
    {
        *(b"content-type", b"content-length", b"etag", b"last-modified", b"cache-control", b"accept-ranges"),
        *(b"content-range", b"content-encoding", b"retry-after", b"content-disposition", b"vary", b"age", b"date"),
    }
)
_TEXT = re.compile(rb"text/|[/+.](?:json|xml|html|yaml)\b", re.IGNORECASE)
_MOST_HELD = 1024 * 1024
"""So much of a text is held until it is whole; what is longer passes as it comes, and no length is told."""


@dataclass(frozen=True, slots=True)
class PassingOn:
    """Passes one answer on to a box."""

    writer: asyncio.StreamWriter
    rewriting: Rewriting
    spend: Spend
    silence: float

    async def on(self, request: h11.Request, answer: h11.Response, body: AsyncIterator[bytes]) -> None:
        """Its head, and then its body as it comes. One that is cut off here is cut off for the box.

        CutOff where the registry did not come to its end.
        """
        headers = {name: value for name, value in answer.headers if name in _ANSWERED}
        is_text = bool(_TEXT.search(headers.get(b"content-type", b""))) and b"content-encoding" not in headers
        try:
            held, whole = await _held(body) if is_text else (b"", False)
        except CutOff as cut:  # the box has had nothing of it yet
            raise Denied("502 Bad Gateway", str(cut)) from None
        if is_text and whole:
            held = self.rewriting.whole(held)
            if answer.status_code not in (304, 204) and b"content-length" in headers and held:
                headers[b"content-length"] = str(len(held)).encode()
        elif is_text:
            held = self.rewriting.feed(held)
            headers.pop(b"content-length", None)
        # Where no length is told, the end of the connection would be the end of the body, also of half a one.
        in_parts = not whole and b"content-length" not in headers and request.http_version == b"1.1"
        in_parts = in_parts and request.method != b"HEAD" and answer.status_code not in (304, 204)
        if not self.spend(len(held)):
            raise Denied("503 Service Unavailable", "this command has had all the bytes that it may")
        lines = [f"HTTP/1.1 {answer.status_code} ".encode() + re.sub(rb"[^ -~]", b"", answer.reason)[:100]]
        lines += [name + b": " + self.rewriting.whole(value) for name, value in headers.items()]
        lines += [b"Transfer-Encoding: chunked"] if in_parts else []
        framed = _chunk if in_parts else bytes
        await self._write(b"\r\n".join([*lines, b"Connection: close", b"", b""]) + framed(held))
        try:
            async for part in body:
                text = self.rewriting.feed(part) if is_text else part
                if not self.spend(len(text)):
                    return
                await self._write(framed(text))
        except CutOff:
            if not in_parts and b"content-length" not in headers:
                break_off(self.writer)
            raise
        rest = framed(self.rewriting.end()) if is_text and not whole else b""
        await self._write(rest + (b"0\r\n\r\n" if in_parts else b""))

    async def _write(self, data: bytes) -> None:
        self.writer.write(data)
        await asyncio.wait_for(self.writer.drain(), self.silence)


async def _held(body: AsyncIterator[bytes]) -> tuple[bytes, bool]:
    """The beginning of a body, and whether that is all of it."""
    kept = bytearray()
    async for part in body:
        kept += part
        if len(kept) > _MOST_HELD:
            return bytes(kept), False
    return bytes(kept), True


def _chunk(data: bytes) -> bytes:
    """A part of a body whose length is not told; nothing would be its end."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""
