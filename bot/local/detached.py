"""What can be done to runs while no engine, or another process's, is at work on them."""

from __future__ import annotations

from workflows.registry import definitions
from workflows.runs.control import Runs
from workflows.store.database import Store


class NoEngine:
    """Segments that nobody works on here: whoever launches the engine next mends the difference.

    A run that is aborted so is stopped by the process that works on it, when it next looks
    at the run's row.
    """

    async def enqueue(self, run_id: str, segment: int, key: str, machine: str = "") -> None:
        pass

    async def cancel(self, run_id: str, segment: int) -> None:
        pass

    async def known(self, run_id: str, segment: int) -> str | None:
        return None


class NoReporter:
    """Shows nothing."""

    async def changed(self, run_id: str) -> None:
        pass

    async def ended(self, run_id: str) -> None:
        pass


def detached(store: Store) -> Runs:
    """The runs of a store, without an engine."""
    return Runs(store, NoEngine(), definitions(), NoReporter())
