"""Webhooks that never arrived: found in GitHub's own log of deliveries, and asked for again.

GitHub does not repeat a delivery by itself, whatever happened to it.
https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.github.errors import UserError
from bot.github.values import DeliveryInfo

log = logging.getLogger(__name__)

Known = Callable[[Sequence[str]], Awaitable[AbstractSet[str]]]
"""Which of these GUIDs we have."""

REACH = timedelta(days=3)
"""How far back GitHub remembers, and so how long we may have been away."""
_OVERLAP = timedelta(hours=1)
_MOST_AT_ONCE = 100
_MOST_TIMES = 5


class DeliveryLog(Protocol):
    """GitHub's log of deliveries; `bot.github.client.GitHub` reads it."""

    async def deliveries(self, since: datetime) -> list[DeliveryInfo]: ...

    async def redeliver(self, delivery: int) -> None: ...


class Recovery:
    """Looks at start and every few minutes for what was missed."""

    def __init__(self, github: DeliveryLog, known: Known, *, now: Callable[[], datetime] | None = None) -> None:
        self._github = github
        self._known = known
        self._now = now or (lambda: datetime.now(UTC))
        self._looked: datetime | None = None
        self._asked: dict[str, int] = {}

    async def look(self) -> int:
        """Ask again for what failed and is not with us, oldest first; how many that were.

        TransientError and UserError as the client raises them: the next look covers the same time.
        """
        started = self._now()
        since = started - REACH if self._looked is None else self._looked - _OVERLAP
        missed = missing(await self._github.deliveries(since))
        have = await self._known([one.guid for one in missed]) if missed else frozenset()
        wanted = [one for one in missed if one.guid not in have and self._asked.get(one.guid, 0) < _MOST_TIMES]
        for one in wanted[:_MOST_AT_ONCE]:
            await self._ask_again(one)
        if len(wanted) <= _MOST_AT_ONCE:
            self._looked = started
            self._asked = {one.guid: self._asked[one.guid] for one in missed if one.guid in self._asked}
        return min(len(wanted), _MOST_AT_ONCE)

    async def _ask_again(self, one: DeliveryInfo) -> None:
        self._asked[one.guid] = self._asked.get(one.guid, 0) + 1
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
