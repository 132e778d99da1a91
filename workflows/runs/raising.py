"""A larger budget for a run that somebody has go on from outside of this machine."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from workflows.errors import RunError
from workflows.store.records import Run
from workflows.values import Options, Spent


@dataclass(frozen=True, slots=True)
class Raise:
    """What is asked for, as it was `given` ("5", "$5": dollars), and what bounds it.

    `most` is what this server raises a budget to, in dollars, None for anything. `need_price` raises ModelError
    where no price is known of what the run calls, so that no budget would bind it.
    """

    given: str
    most: float | None
    need_price: Callable[[Run, Spent], object]

    def options(self, run: Run, spent: Spent) -> Options:
        """The run's options with it, and the other bounds larger alike: any may have been met. RunError where not."""
        raised = self._raised(run.options)
        self.need_price(run, spent)
        return raised

    def _raised(self, options: Options) -> Options:
        try:
            usd = float(self.given.removeprefix("$"))
        except ValueError:
            usd = math.nan
        bounds = options.bounds
        if not math.isfinite(usd) or usd <= 0:
            raise RunError(f"{self.given or 'Nothing'} is no number of dollars.", "For example: /retry budget=5")
        if bounds.usd is None:
            raise RunError("This run has no budget in dollars.", "/retry goes on without one.")
        if usd <= bounds.usd:
            raise RunError(f"The budget of this run is ${bounds.usd:g} already.", "Give a larger one.")
        if self.most is not None and usd > self.most:
            raise RunError(
                f"On this server a budget can be raised to ${self.most:g}.", "Whoever runs it can change that."
            )
        times = usd / bounds.usd
        larger = replace(
            bounds,
            usd=usd,
            tokens=None if bounds.tokens is None else math.ceil(bounds.tokens * times),
            turns=None if bounds.turns is None else math.ceil(bounds.turns * times),
            minutes=None if bounds.minutes is None else bounds.minutes * times,
        )
        return replace(options, bounds=larger)
