"""How fast we may make and edit things on GitHub: 80 a minute and 500 an hour for each installation.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

PER_MINUTE = 80
PER_HOUR = 500


@dataclass(slots=True)
class Pace:
    """The budget of this process, by key. Other processes are not seen: GitHub's own limits bind them together."""

    per_minute: int = PER_MINUTE
    per_hour: int = PER_HOUR
    _made: dict[str, deque[float]] = field(default_factory=dict)

    def wait(self, key: str, now: float) -> float:
        """Seconds from `now` until one more may be made; 0 takes the place."""
        made = self._made.setdefault(key, deque())
        while made and made[0] <= now - 3600:
            made.popleft()
        waits = [
            made[-most] + seconds - now
            for most, seconds in ((self.per_minute, 60.0), (self.per_hour, 3600.0))
            if len(made) >= most
        ]
        longest = max([0.0, *waits])
        if longest == 0.0:
            made.append(now)
        return longest
