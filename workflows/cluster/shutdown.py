"""How a process that is to end stops working: what is under way may finish, and nothing new begins.

The same boundaries stop single runs, which are paused, while the process goes on.

A run stops at a boundary: between two steps, and within a long step wherever its own records
are enough to go on from. Whoever takes it up next does so from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


class Gate:
    """What every walk of this process passes at its boundaries. Any thread may ask; once closed it stays so."""

    def __init__(self) -> None:
        self._closed = False
        self._at_work: set[str] = set()
        self._aside: set[str] = set()

    @property
    def closed(self) -> bool:
        """Whether this process is to end."""
        return self._closed

    @property
    def at_work(self) -> frozenset[str]:
        """The runs that are between two boundaries."""
        return frozenset(self._at_work)

    def close(self) -> None:
        self._closed = True

    def boundary(self) -> None:
        """Pass, or leave the walk: asyncio.CancelledError once the gate is closed.

        That is what the end of the process itself would raise here, so that everything is
        tidied up in the same way.
        """
        if self._closed:
            raise asyncio.CancelledError("this process is to end")

    def set_aside(self, run_id: str) -> NoReturn:
        """Leave the walk of a run that is paused, in the same way."""
        self._aside.add(run_id)
        raise asyncio.CancelledError(f"run {run_id} is paused")

    def is_aside(self, run_id: str) -> bool:
        """Whether the last walk of the run was left since it is paused."""
        return run_id in self._aside

    @contextmanager
    def step(self, run_id: str) -> Iterator[None]:
        """One step of a run, which begins at a boundary."""
        self.boundary()
        self._aside.discard(run_id)
        self._at_work.add(run_id)
        try:
            yield
        finally:
            self._at_work.discard(run_id)
