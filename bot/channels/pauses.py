"""Has comments say that work is paused, or goes on again, whoever said so and in whatever process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workflows.ports import Reporter
from workflows.store.cluster import pauses
from workflows.store.database import Store
from workflows.store.records import Pause
from workflows.store.run_rows.line import run_queue

LOOK_SECONDS = 0.5
_MOST = 100
"""So many comments are edited at once, of the oldest runs; the others say that they wait, which is true."""


async def refresh(store: Store, reporter: Reporter, changed: Sequence[Pause]) -> None:
    """Show anew the runs that a pause stops, or has stopped."""
    names = sorted({pause.repository for pause in changed})
    for run_id in await store.read(run_queue.unfinished, names, _MOST) if names else ():
        await reporter.changed(run_id)


@dataclass(slots=True)
class Pauses:
    """Looks for what was paused or ended meanwhile, by the command line or another worker."""

    store: Store
    reporter: Reporter
    _seen: frozenset[Pause] = frozenset()

    async def look(self) -> None:
        found = frozenset(await self.store.read(pauses.all_of_them))
        if found != self._seen:
            await refresh(self.store, self.reporter, [*(found ^ self._seen)])
            self._seen = found
