"""Tells a collector what has ended: by one worker at a time, in the order of the feed, again where it was not taken."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from bot.traces.spans import Span, as_otlp, of_attempt, of_run
from sandbox.errors import TransientError, UserError
from workflows.store import leases, run_events, traces
from workflows.store.database import Store
from workflows.store.run_events import RESTING, Cursor, EventKind, Which
from workflows.store.traces import EndedRun

log = logging.getLogger(__name__)

DUTY = "traces"
PATH = "/v1/traces"
_LEASE_SECONDS, _LOOK_SECONDS, _TIMEOUT_SECONDS, _LAST_SECONDS = 30.0, 5.0, 10.0, 2.0
_BEFORE_SECONDS = 60.0
"""What ended so long before the duty was taken over is told (again): the one before may have died over it."""
_AT_ONCE, _MOST_KNOWN = 500, 10_000
_LATER = (408, 429, 500, 502, 503, 504)
_WHICH = Which(kinds=frozenset({EventKind.STEP, *RESTING}))


@dataclass(frozen=True, slots=True)
class Collector:
    """Whoever takes spans at `url`, an OTLP endpoint without its path; `headers` say that we may."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)

    async def take(self, spans: Sequence[Span]) -> None:
        """Tell them. TransientError where it does not take them now; what it refuses for good is logged, and gone."""
        try:
            async with httpx.AsyncClient(
                timeout=_TIMEOUT_SECONDS, follow_redirects=False, headers=self.headers
            ) as client:
                answer = await client.post(f"{self.url.rstrip('/')}{PATH}", json=as_otlp(spans))
        except httpx.HTTPError as error:
            raise TransientError(f"The collector of traces does not answer: {type(error).__name__}.") from error
        if answer.status_code in _LATER:
            raise TransientError(f"The collector of traces answers {answer.status_code}.")
        if not answer.is_success:
            log.error("the collector of traces takes no spans: it answers %d", answer.status_code)


@dataclass(slots=True)
class TraceTelling:
    """`me` is who this process is."""

    store: Store
    collector: Collector
    me: str
    _cursor: Cursor | None = None
    _since: float = 0.0
    _told: OrderedDict[tuple[str, float], None] = field(default_factory=OrderedDict)

    async def run(self, seconds: float = _LOOK_SECONDS) -> None:
        """Until it is cancelled, and then once more. No run waits for it, whatever goes wrong."""
        try:
            while True:
                await self._try()
                await asyncio.sleep(seconds)
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LAST_SECONDS):
                    await self._try()

    async def _try(self) -> None:
        try:
            await self.look()
        except (TransientError, UserError) as error:
            log.warning("%s What has ended is told later.", error)
        except Exception:  # a root: runs go on whatever happens here
            log.exception("traces: an error of ours")

    async def look(self) -> None:
        """Tell what has ended since. TransientError where it cannot be told now."""
        now = time.time()
        if not await self.store.write(leases.take, DUTY, self.me, now, _LEASE_SECONDS):
            self._cursor = None
            return
        if self._cursor is None:
            since, here = now - _BEFORE_SECONDS, await self.store.read(run_events.latest)
            self._since = since
            await self._tell(await self.store.read(traces.changed, since))
            self._cursor = here
        while True:
            page = await self.store.read(run_events.since, self._cursor, _WHICH)
            await self._tell({event.run_id for event in page.events})
            self._cursor = page.cursor
            if not page.more:
                return

    async def _tell(self, ids: set[str]) -> None:
        found = await self.store.read(traces.ended, ids, self._since) if ids else []
        spans = [of_run(one) if isinstance(one, EndedRun) else of_attempt(one) for one in found]
        fresh = [one for one in spans if (one.id, one.ends) not in self._told]
        for at in range(0, len(fresh), _AT_ONCE):
            part = fresh[at : at + _AT_ONCE]
            await self.collector.take(part)
            self._told.update(dict.fromkeys((one.id, one.ends) for one in part))
        while len(self._told) > _MOST_KNOWN:
            self._told.popitem(last=False)
