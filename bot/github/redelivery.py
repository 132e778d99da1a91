"""Webhooks that never arrived: found in GitHub's own log of deliveries, and asked for again.

GitHub does not repeat a delivery by itself, whatever happened to it.
https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.github.api.errors import UserError
from bot.github.api.models import DeliveryInfo

log = logging.getLogger(__name__)

Known = Callable[[Sequence[str]], Awaitable[AbstractSet[str]]]
"""Which of these GUIDs we have."""

REACH = timedelta(days=3)
"""How far back GitHub remembers, and so how long we may have been away."""
_OVERLAP = timedelta(hours=1)
_MOST_AT_ONCE = 100
_MOST_NAMED = 1000
"""GUIDs in one question to the database, which does not take any number of them."""
_FIRST_PAUSE = timedelta(minutes=5)
_LONGEST_PAUSE = timedelta(hours=6)


class DeliveryLog(Protocol):
    """GitHub's log of deliveries; `bot.github.client.GitHub` reads it."""

    async def deliveries(self, since: datetime) -> list[DeliveryInfo]: ...

    async def redeliver(self, delivery: int) -> None: ...


@dataclass(slots=True)
class _Missed:
    """A delivery that has not reached us: the last attempt at it, how often we asked for one, and when we may again.

    `since` is when the first was made that we know of.
    """

    last: DeliveryInfo
    since: datetime
    due: datetime
    asked: int = 0


class Recovery:
    """Looks at start and every few minutes for what was missed.

    What fails again (our proxy may be down for hours, or the secret wrong) is asked for more and
    more rarely, for three days.
    """

    def __init__(self, github: DeliveryLog, known: Known, *, now: Callable[[], datetime] | None = None) -> None:
        self._github = github
        self._known = known
        self._now = now or (lambda: datetime.now(UTC))
        self._looked: datetime | None = None
        self._missed: dict[str, _Missed] = {}

    async def look(self) -> int:
        """Ask again for what failed and is not with us, oldest first, a hundred at a time; how many that were.

        TransientError and UserError as the client raises them: the next look covers the same time.
        """
        started = self._now()
        await self._read(started)
        due = [one for one in self._missed.values() if one.due <= started and one.since > started - REACH]
        due.sort(key=lambda one: (one.asked, one.last.delivered_at, one.last.id))
        for one in due[:_MOST_AT_ONCE]:
            await self._ask_again(one, started)
        self._looked = started
        return min(len(due), _MOST_AT_ONCE)

    async def _read(self, now: datetime) -> None:
        """Bring what we know to be missed up to date."""
        since = now - REACH if self._looked is None else self._looked - _OVERLAP
        attempts = await self._github.deliveries(since)
        for one in missing(attempts):
            held = self._missed.setdefault(one.guid, _Missed(one, one.delivered_at, now))
            held.last = one
        arrived = {one.guid for one in attempts if one.delivered}
        guids = list(self._missed)
        for at in range(0, len(guids), _MOST_NAMED):
            arrived |= await self._known(guids[at : at + _MOST_NAMED])
        left = {guid: one for guid, one in self._missed.items() if guid not in arrived}
        self._missed = {guid: one for guid, one in left.items() if one.last.delivered_at > now - REACH}

    async def _ask_again(self, missed: _Missed, now: datetime) -> None:
        one = missed.last
        missed.due = now + min(_FIRST_PAUSE * (2 ** min(missed.asked, 10) - 1), _LONGEST_PAUSE)
        missed.asked += 1
        try:
            await self._github.redeliver(one.id)
        except UserError as error:  # one that cannot be had must not keep us from the others
            log.warning("the delivery %s (%s) cannot be had again: %s", one.guid, one.event, error)
        else:
            log.info("asked GitHub again for the delivery %s (%s), which ended as %s", one.guid, one.event, one.status)


def missing(attempts: Sequence[DeliveryInfo]) -> list[DeliveryInfo]:
    """Of attempts, newest first, the last one of each event that none of them delivered; oldest first."""
    delivered = {one.guid for one in attempts if one.delivered}
    last: dict[str, DeliveryInfo] = {}
    for one in attempts:
        if one.guid not in delivered:
            last.setdefault(one.guid, one)
    return sorted(last.values(), key=lambda one: (one.delivered_at, one.id))
