"""Time for the runs that compare: what there is none left for is not run, and told so."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sandbox.backend import CommandLimits

MOST_SECONDS = 1200.0
"""For all mixed runs of a verification together."""


@dataclass(slots=True)
class Allowance:
    """Time for mixed runs; what there is no time for is not run, and told so."""

    left: float = MOST_SECONDS

    def limits(self, limits: CommandLimits, share: float = 1.0) -> CommandLimits:
        """Those of one run, which may take that share of what is left."""
        return replace(limits, wall_seconds=max(1.0, min(limits.wall_seconds, self.left * share)))
