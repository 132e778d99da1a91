"""How long workers wait for a sign of life from each other before one counts as dead."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Times:
    """How patient workers are with each other, in seconds.

    `fresh` is for how long a heart-beat vouches for us: less than `silent`, after which a worker
    without a connection is declared dead. `frozen` is after how long any other is.
    """

    beat: float = 1.0
    fresh: float = 2.5
    silent: float = 3.0
    frozen: float = 30.0
    patience: float = 5.0
    """For how long an effect waits for a heart-beat before it is put off."""
