"""Events of runs as a stream that goes on for as long as somebody listens, and resumes where they stopped.

The browser's own `EventSource` reads it, and comes back by itself with the number of the last event that it saw.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.access.people.identity import NOBODY, Identities
from bot.access.people.visitors import WebVisit
from bot.access.refusals import RequestRefused
from sandbox.errors import TransientError, UserError
from workflows.runs.feed import Feed
from workflows.runs.principal import Role
from workflows.store.run_events import ALL, Cursor, Page, RunEvent, Which
from workflows.store.web import run_search
from workflows.store.web.run_search import KnownRepository

_KIND = "text/event-stream"
_SIGN_SECONDS = 15.0
"""After so long without an event a comment is sent, so that whoever is between us does not hang up."""
_WHOLE_SECONDS = 3600.0
"""After that the listener comes back, and is asked anew who they are."""
_MOST = 2000
_KNOWN_SECONDS = 1.0
"""For how long it counts as known which repository a name stands for."""


@dataclass(slots=True)
class Streams:
    """Makes streams from the feed. `stopping` is set when the server ends: it waits for no listener."""

    feed: Feed
    identities: Identities
    stopping: asyncio.Event
    sign_seconds: float = _SIGN_SECONDS
    whole_seconds: float = _WHOLE_SECONDS
    listening: int = 0
    _known: dict[str, tuple[float, asyncio.Task[KnownRepository | None]]] = field(default_factory=dict)

    async def stream(self, request: Request, visit: WebVisit, which: Which = ALL) -> Response:
        """The events that a visitor may see of those, from `Last-Event-ID` on or from now. RequestRefused: too many."""
        if request.method == "HEAD":  # its body would go on for ever, and nobody would read it
            return Response(media_type=_KIND)
        if self.listening >= _MOST:
            raise RequestRefused(503, "Too many listen already.", "Try again later.", {"Retry-After": "30"})
        last = request.headers.get("last-event-id", "") or request.query_params.get("after", "")
        try:
            cursor = Cursor.parse(last) if last else None
        except UserError as error:
            raise RequestRefused(400, error.sentence, error.remedy) from error

        async def still() -> bool:
            """Whether they are still whom they were: a session ends, a key is revoked."""
            try:
                return await self.identities.of(request) is not NOBODY
            except RequestRefused:
                return False
            except (TransientError, UserError):
                return True

        lines = self._lines(cursor, which, visit, still)
        return StreamingResponse(lines, media_type=_KIND, headers={"X-Accel-Buffering": "no"})

    async def _lines(
        self, cursor: Cursor | None, which: Which, visit: WebVisit, still: Callable[[], Awaitable[bool]]
    ) -> AsyncIterator[bytes]:
        self.listening += 1
        ends = time.monotonic() + self.whole_seconds
        try:
            yield b"retry: 2000\n\n"
            # the inner one first: nothing may wait for a page any more when the feed is left
            async with (
                contextlib.aclosing(self.feed.follow(cursor, which)) as pages,
                contextlib.aclosing(self._until(pages, ends)) as coming,
            ):
                async for page in coming:
                    if page is None:
                        if not await still():
                            return
                        yield b": still here\n\n"
                        continue
                    try:
                        yield await self._drawn(page, visit)
                    except TransientError:
                        return  # they come back with the number of what they saw last
        finally:
            self.listening -= 1

    async def _until(self, pages: AsyncGenerator[Page], ends: float) -> AsyncGenerator[Page | None]:
        """The pages, and None where for a while there was none, until the end."""
        stopped = asyncio.create_task(self.stopping.wait())
        coming: asyncio.Task[Page] | None = None
        signed = time.monotonic()
        try:
            while time.monotonic() < ends:
                coming = coming or asyncio.create_task(anext(pages))
                wait = max(0.0, min(self.sign_seconds - (time.monotonic() - signed), ends - time.monotonic()))
                await asyncio.wait({coming, stopped}, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
                if stopped.done():
                    return
                if time.monotonic() - signed >= self.sign_seconds:
                    signed = time.monotonic()
                    yield None
                if coming.done():
                    page, coming = coming.result(), None
                    yield page
        finally:
            for task in (coming, stopped):
                if task is not None:
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
                        await task

    async def _drawn(self, page: Page, visit: WebVisit) -> bytes:
        """A page as text; what they may not read of it is left out, and only moves their place in the feed.

        The last event alone has a number: whoever is cut off in the middle of a page gets all of it again.
        TransientError where it cannot be known what they may read.
        """
        seen = {name: await self._may_read(visit, name) for name in {event.repository for event in page.events}}
        parts = [] if page.whole else ["event: reset\ndata: {}\n"]
        mine = [event for event in page.events if seen[event.repository]]
        parts += [f"event: run\ndata: {json.dumps(_plain(event))}\n" for event in mine]
        last = parts.pop() if parts else ""
        return "".join([*(f"{part}\n" for part in parts), f"{last}id: {page.cursor}\n\n"]).encode()

    async def _may_read(self, visit: WebVisit, name: str) -> bool:
        """What a repository is now is read once for all who hear of it at the same time; who may what, for each."""
        until, task = self._known.get(name, (0.0, None))
        if task is None or time.monotonic() > until:
            if len(self._known) > _MOST:
                self._known.clear()
            task = asyncio.create_task(visit.store.read(run_search.repository_of, name))
            self._known[name] = time.monotonic() + _KNOWN_SECONDS, task
        try:
            known = await asyncio.shield(task)
        except (TransientError, UserError):
            self._known.pop(name, None)
            raise
        return known is not None and await visit.role_in(known) >= Role.READ


def _plain(event: RunEvent) -> dict[str, object]:
    return {"run": event.run_id, "repository": event.repository, "kind": event.kind.value, "at": event.at}
