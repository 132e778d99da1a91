"""Tells several reporters of a run's changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workflows.ports import Reporter


@dataclass(frozen=True, slots=True)
class Several:
    """A `workflows.ports.Reporter`. Those only take note: none waits for what it tells of."""

    reporters: Sequence[Reporter]

    async def changed(self, run_id: str) -> None:
        for one in self.reporters:
            await one.changed(run_id)

    async def ended(self, run_id: str) -> None:
        for one in self.reporters:
            await one.ended(run_id)
