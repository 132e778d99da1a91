"""Taking in a text from another server that GitHub has named: without credentials, in time, and only its end."""

from __future__ import annotations

import asyncio

import httpx

from bot.github.api.errors import Refused
from bot.github.api.transport import connections

MOST_KEPT = 64 * 1024
"""Bytes of the end that are kept."""
MOST_READ = 64 * 1024 * 1024
"""Bytes after which no more is read: then the end is not known."""
_SECONDS = 60.0


async def end_of(address: str, *, plain: bool = False) -> str:
    """The end of the text at an address, which is https unless `plain` also lets http. Refused where there is none."""
    if not address.startswith(("https://", "http://") if plain else "https://"):
        raise Refused("GitHub names an address that nothing is fetched from.")
    kept, read = b"", 0
    try:
        async with (
            asyncio.timeout(_SECONDS),
            connections(timeout=httpx.Timeout(20.0)) as client,
            client.stream("GET", address, headers={"User-Agent": "pullwright"}) as answer,
        ):
            if answer.status_code != 200:
                raise Refused(f"The server that keeps it answers with status {answer.status_code}.")
            async for chunk in answer.aiter_bytes(16 * 1024):
                kept, read = (kept + chunk)[-MOST_KEPT:], read + len(chunk)
                if read > MOST_READ:
                    raise Refused(f"It is larger than {MOST_READ // 1024**2} MB.")
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise Refused(f"It could not be fetched: {str(error) or 'no answer in time'}.") from error
    return kept.decode("utf-8", "replace")
