"""What one process hears of changed roles ends what all others remember: they look for it once a second."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

_LOOK_SECONDS = 1.0


@dataclass(slots=True)
class HeardChanges:
    """`ask` gives a word that is another one after each change, None where nobody hears of any."""

    ask: Callable[[], Awaitable[str]] | None = None
    clock: Callable[[], float] = time.monotonic
    _word: str | None = None
    _look_at: float = 0.0

    async def came(self) -> bool:
        """Whether there was one since this was asked last; of two within a second only the first one looks."""
        if self.ask is None or self.clock() < self._look_at:
            return False
        self._look_at = self.clock() + _LOOK_SECONDS
        before, word = self._word, await self.ask()
        self._word = word
        return before is not None and before != word
