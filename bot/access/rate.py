"""How often somebody may ask: a bucket for each, which fills with time."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

_MOST = 10_000


@dataclass(slots=True)
class Rate:
    """`burst` requests at once, and `per_minute` in the long run, for each name. Of one process."""

    per_minute: float = 300.0
    burst: float = 100.0
    clock: Callable[[], float] = time.monotonic
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, name: str) -> float:
        """Take one; 0.0 where there was one, else in how many seconds there is."""
        now = self.clock()
        left, at = self._left.pop(name, (self.burst, now))
        left = min(self.burst, left + (now - at) * self.per_minute / 60)
        missing = max(0.0, 1 - left)
        self._left[name] = (left if missing else left - 1, now)
        while len(self._left) > _MOST:
            self._left.popitem(last=False)
        return missing * 60 / self.per_minute
