"""When deliveries pour in, the worker beside leaves processor and disk to taking them in, for a while.

Both are short where one machine does all: what is handled of a burst while it lasts, each with transactions of its own,
is paid for by those who wait for their acknowledgement. Handled it is a little later, in the order in which it came.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

WINDOW = 0.1
MANY = 50
"""Deliveries within the window that are a burst: 500 a second, which is more than a worker handles anyway."""
LONGEST = 5.0
"""Seconds: for no longer is nothing handled, and for as long is all handled behind that, whatever pours in."""
_GLANCE = 0.05


class Pouring:
    """What came lately. `clock` in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._came: deque[tuple[float, int]] = deque()
        self._within = 0
        self._since: float | None = None
        self._busy_until = 0.0

    def came(self, number: int) -> None:
        """So many deliveries were stored."""
        now = self._clock()
        self._came.append((now, number))
        self._within += number
        self._forget(now)

    def pause(self) -> float:
        """For how many seconds nothing more should be taken up; 0 where something may be."""
        now = self._clock()
        self._forget(now)
        if self._within < MANY or now < self._busy_until:
            self._since = None
            return 0.0
        if self._since is None:
            self._since = now
        if now - self._since >= LONGEST:
            self._since, self._busy_until = None, now + LONGEST
            return 0.0
        return _GLANCE

    def _forget(self, now: float) -> None:
        while self._came and self._came[0][0] <= now - WINDOW:
            self._within -= self._came.popleft()[1]
