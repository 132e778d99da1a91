"""The clean-up: what was kept for long enough goes, from the databases and from this machine's disk.

Nothing of a run goes that is at work or waits, or that may still be resumed, retried or rolled
back within its time. Each part can be repeated; what a crash leaves is found the next time.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from workflows.errors import TransientError, UserError
from workflows.retention.leftovers import Freed, Leftovers
from workflows.store import retention, run_events
from workflows.store.database import Store

log = logging.getLogger(__name__)

DAY = 24 * 3600.0

_SEGMENTS_SECONDS = 3 * DAY
_LATE_SECONDS = 1.5 * DAY
_LOOK_SECONDS = 600.0
"""So often it is looked whether it is time: a machine that sleeps stops its timers."""
_NIGHT_HOUR = 3
_BATCH = 1000
_BREATH_SECONDS = 0.02
"""Between two transactions: others write, too."""


@dataclass(frozen=True, slots=True)
class KeptFor:
    """For how many seconds things are kept; None is for good.

    `records` are a run's steps, transcript and journal, counted from its end; `trees` its
    workspaces, which the journal can rebuild; `deliveries` webhooks that were handled; `events` the
    feed, in which whoever follows runs reads on from where he was.
    """

    records: float | None = 90 * DAY
    trees: float | None = 3 * DAY
    deliveries: float | None = 14 * DAY
    events: float = 7 * DAY


class OldSegments(Protocol):
    """The engine's own records of segments that have ended."""

    async def count_ended(self, before: float) -> int: ...

    async def forget_ended(self, before: float, most: int) -> int: ...


@dataclass(frozen=True, slots=True)
class Retention:
    """The clean-up of one database, and of what lies in one machine's data directory."""

    store: Store
    segments: OldSegments
    data: Path
    kept: KeptFor = KeptFor()
    settling_seconds: float = 600.0
    """From a start to a clean-up that was missed: others have more need of the machine in its first minutes."""

    async def clean(self, *, dry_run: bool = False, now: float | None = None) -> list[Freed]:
        """Remove what may go; with `dry_run` only count it. `now` in seconds since the epoch."""
        now = time.time() if now is None else now
        freed = [
            await self._records(now, dry_run),
            await self._deliveries(now, dry_run),
            await self._events(now, dry_run),
            await self._segments(now, dry_run),
        ]
        if not dry_run:
            freed[0] = replace(freed[0], size=max(freed[0].size, await self._give_back()))
        leftovers = Leftovers(self.store, self.data, self.kept.trees, now)
        return [*freed, *await asyncio.to_thread(lambda: leftovers.clean(dry_run=dry_run))]

    async def _records(self, now: float, dry_run: bool) -> Freed:
        what, number, size = "runs' steps, transcripts and journals", 0, 0
        if self.kept.records is None:
            return Freed(what, 0)
        before = now - self.kept.records
        due = await self.store.read(retention.ended_before, before)
        if dry_run:
            return Freed(what, len(due))
        for run_id in due:
            gone = await self.store.write(retention.forget_run, run_id, before)
            if gone is None:  # somebody goes on with it, or is cleaning up himself: the rest comes tomorrow
                break
            number, size = number + 1, size + gone
            await asyncio.sleep(_BREATH_SECONDS)
        return Freed(what, number, size)

    async def _deliveries(self, now: float, dry_run: bool) -> Freed:
        what, kept = "webhooks", self.kept.deliveries
        if kept is None:
            return Freed(what, 0)
        if dry_run:
            return Freed(what, await self.store.read(retention.count_deliveries, now - kept))
        return Freed(what, await _in_batches(lambda: self.store.write(retention.forget_deliveries, now - kept, _BATCH)))

    async def _events(self, now: float, dry_run: bool) -> Freed:
        what, before = "changes in the feed", now - self.kept.events
        if dry_run:
            return Freed(what, await self.store.read(run_events.count, before))
        return Freed(what, await _in_batches(lambda: self.store.write(retention.forget_events, before, _BATCH)))

    async def _segments(self, now: float, dry_run: bool) -> Freed:
        what, before = "the engine's notes", now - _SEGMENTS_SECONDS
        if dry_run:
            return Freed(what, await self.segments.count_ended(before))
        return Freed(what, await _in_batches(lambda: self.segments.forget_ended(before, _BATCH)))

    async def _give_back(self) -> int:
        """What has become free in a SQLite file goes back to the disk; how many bytes."""
        total = 0
        while size := await self.store.write(retention.give_back):
            total += size
            await asyncio.sleep(_BREATH_SECONDS)
        return total

    async def nightly(self, note: Path) -> None:
        """Clean up each night, or soon after a start where that was missed; `note` remembers the last time."""
        due = due_at(_touched(note), time.time(), self.settling_seconds)
        while True:
            await asyncio.sleep(min(_LOOK_SECONDS, max(0.0, due - time.time())))
            if time.time() < due:
                continue
            try:
                for freed in await self.clean():
                    if freed.number:
                        log.info("cleaned up: %d %s, %d bytes", freed.number, freed.what, freed.size)
            except (TransientError, UserError, OSError) as error:
                log.warning("the clean-up was cut short: %s", error)
            await asyncio.to_thread(note.touch)
            due = due_at(time.time(), time.time(), self.settling_seconds)


def due_at(last: float, now: float, settling: float) -> float:
    """When to clean up next: at night by this machine's clock, or soon where that has not been done for long."""
    if now - last > _LATE_SECONDS:
        return now + settling
    today = time.localtime(now)
    night = time.mktime((*today[:3], _NIGHT_HOUR, 0, 0, 0, 0, -1))
    if night <= now:
        night = time.mktime((*today[:2], today.tm_mday + 1, _NIGHT_HOUR, 0, 0, 0, 0, -1))
    return night + random.uniform(0, 1800)


async def _in_batches(remove: Callable[[], Awaitable[int]]) -> int:
    total = 0
    while number := await remove():
        total += number
        await asyncio.sleep(_BREATH_SECONDS)
    return total


def _touched(note: Path) -> float:
    try:
        return note.stat().st_mtime
    except FileNotFoundError:
        return 0.0
