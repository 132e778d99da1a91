"""What a run may still spend, asked before each call to the model.

A call is made only if its prompt and its longest possible answer fit; where the price is not known
beforehand, while what the provider told of earlier calls leaves anything. Nine tenths of every
bound are for the work; the last tenth (for turns: the last one) is kept for one final turn,
in which the model saves and reports what it has.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from workflows.ports import Model, Usage
from workflows.values import Bounds, Spent

WORK = 0.9
ALL = 1.0
LEAST_ANSWER = 1024
"""Fewer tokens than this are no room to work in."""
LEAST_LAST_ANSWER = 256


class PricedModel(Model, Protocol):
    """A model that can say beforehand what a call would cost."""

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        """US dollars without any caching, None where the price is not known."""
        ...


@dataclass(frozen=True, slots=True)
class Room:
    """How many tokens the answer may have, and which bound is the tightest."""

    tokens: int
    tightest: str


class Budget:
    """The bounds of a run, and what it has spent, this agent's part included."""

    def __init__(
        self,
        bounds: Bounds,
        spent: Spent,
        cost: Callable[[int, int], float | None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.bounds = bounds
        self._spent = spent
        self._cost = cost
        self._clock = clock
        self._started = clock() - spent.seconds

    @property
    def spent(self) -> Spent:
        return replace(self._spent, seconds=self._clock() - self._started)

    def charge(self, usage: Usage) -> None:
        """Count a call that was made."""
        spent = self._spent
        self._spent = Spent(
            usd=spent.usd + (usage.usd or 0.0),
            tokens=spent.tokens + usage.prompt_tokens + usage.completion_tokens,
            turns=spent.turns + 1,
            seconds=spent.seconds,
            unpriced=spent.unpriced + (usage.usd is None),
        )

    def seconds_left(self, share: float = ALL) -> float | None:
        """Until `share` of the minutes are over; None where they are not bound."""
        if self.bounds.minutes is None:
            return None
        return max(0.0, self.bounds.minutes * 60 * share - self.spent.seconds)

    def room(self, prompt_tokens: int, share: float, *, most: int) -> Room:
        """The longest answer to a prompt of that size that keeps every bound's `share`."""
        rooms = [Room(most, "")]
        bounds, spent = self.bounds, self.spent
        if bounds.usd is not None:
            rooms.append(Room(self._tokens_for(bounds.usd * share - spent.usd, prompt_tokens, most), "dollars"))
        if bounds.tokens is not None:
            rooms.append(Room(int(bounds.tokens * share) - spent.tokens - prompt_tokens, "tokens"))
        if bounds.turns is not None:
            left = bounds.turns - spent.turns - (1 if share < ALL else 0)
            rooms.append(Room(most if left > 0 else 0, "turns"))
        if (seconds := self.seconds_left(share)) is not None:
            rooms.append(Room(most if seconds > 0 else 0, "minutes"))
        tightest = min(rooms, key=lambda room: room.tokens)
        return Room(max(0, tightest.tokens), tightest.tightest)

    def _tokens_for(self, usd: float, prompt_tokens: int, most: int) -> int:
        prompt, whole = self._cost(prompt_tokens, 0), self._cost(prompt_tokens, most)
        if prompt is None or whole is None:  # what the provider tells of a call is known only behind it
            return most if usd > 0 else 0
        if whole <= usd:
            return most
        each = (whole - prompt) / most
        return int((usd - prompt) / each) if usd > prompt and each > 0 else 0
