"""What GitHub says is left of what we may ask: by whose limit it is, and of which kind.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#checking-the-status-of-your-rate-limit
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

_MOST = 5000


@dataclass(frozen=True, slots=True)
class QuotaSeen:
    """`left` of `most` requests until `resets_at`; times in seconds since the epoch."""

    most: int
    left: int
    resets_at: float
    at: float


@dataclass(slots=True)
class Quotas:
    """The last word of GitHub on each limit, as (whose, kind of request)."""

    seen: OrderedDict[tuple[str, str], QuotaSeen] = field(default_factory=OrderedDict)

    def note(self, whose: str, headers: Mapping[str, str], now: float) -> None:
        """Read it from an answer; one that says nothing of it, or no numbers, changes nothing."""
        try:
            most, left = int(headers["x-ratelimit-limit"]), int(headers["x-ratelimit-remaining"])
            resets_at = float(int(headers.get("x-ratelimit-reset", "0")))
        except (KeyError, ValueError):
            return
        if not 0 <= left <= most < 1_000_000_000 or not 0 <= resets_at < 1e11:
            return
        what = whose, headers.get("x-ratelimit-resource", "core")[:40]
        self.seen[what] = QuotaSeen(most, left, resets_at, now)
        self.seen.move_to_end(what)
        while len(self.seen) > _MOST:
            self.seen.popitem(last=False)
