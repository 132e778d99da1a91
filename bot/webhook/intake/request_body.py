"""The bodies of webhooks as they come in: bounded in size, in time, and in what all of them hold together.

Whose a body is can be told only when it is whole. Until then anybody may be filling our memory with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.webhook.intake.inbox import MOST_BYTES, NotADelivery

if TYPE_CHECKING:
    from starlette.types import Receive

SECONDS = 10.0
"""In which a body must be whole: GitHub itself gives a delivery up after as long."""
MOST_TOGETHER = 128 * 1024 * 1024
SMALL = 256 * 1024
"""A body up to here is read whatever the others hold, and nearly all of GitHub's are smaller."""


class Left(Exception):
    """The client left before its body was whole."""


class Bodies:
    """What is being read at this moment; one for all requests of a server."""

    def __init__(self, *, seconds: float = SECONDS, most: int = MOST_TOGETHER) -> None:
        self._seconds = seconds
        self._most = most
        self._held = 0

    async def read(self, headers: Mapping[str, str], receive: Receive) -> bytes:
        """The whole body; Refused as soon as it is said or seen to be too much, and where it does not come."""
        said = headers.get("content-length", "0")
        if not said.isdecimal() or int(said) > MOST_BYTES:
            raise _too_large()
        parts: list[bytes] = []
        try:
            async with asyncio.timeout(self._seconds):
                await self._gather(parts, receive)
        except TimeoutError:
            raise NotADelivery(408, "The body did not come in time.") from None
        finally:
            self._held -= sum(map(len, parts))
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def _gather(self, parts: list[bytes], receive: Receive) -> None:
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Left
            part = message.get("body", b"")
            size += len(part)
            if size > MOST_BYTES:
                raise _too_large()
            if size > SMALL and self._held + len(part) > self._most:
                raise NotADelivery(503, "Too many large bodies come in at once; send it again later.")
            parts.append(part)
            self._held += len(part)
            if not message.get("more_body", False):
                return


def _too_large() -> NotADelivery:
    return NotADelivery(413, "The body is too large.")
