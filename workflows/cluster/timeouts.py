"""How long workers wait for a sign of life from each other before one counts as dead."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Times:
    """In seconds; the same for all workers of a database.

    `silent` is after how long one without a connection is declared dead, `frozen` after how
    long any other is.
    """

    silent: float = 3.0
    frozen: float = 30.0
    patience: float = 5.0
    """For how long an effect waits for a heart-beat before it is put off."""

    @property
    def beat(self) -> float:
        """Between two heart-beats."""
        return self.silent / 3

    @property
    def fresh(self) -> float:
        """For how long a heart-beat vouches for us: not as long as others wait for the next one."""
        return self.silent * 0.8

    @property
    def together(self) -> float:
        """Who was last heard of within so long of each other may have gone in the same moment."""
        return max(5.0, 2 * self.beat)
