"""Several workers on one Postgres: each is heard of every second, and who is not does nothing more.

A worker that was not heard of for long enough is declared dead by another, which then takes
over its runs. It may be alive all the same (frozen, cut off, on a machine that slept), so it
has to find out before it does anything: every write to the database holds only while its row
says that it counts, and before every effect outside it knows of a recent heart-beat or waits
for one. What it finds out ends the process.

On SQLite there is one worker, which has the lock file.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from workflows.cluster.heartbeat import Heart, boot_id
from workflows.cluster.timeouts import Times
from workflows.store import deliveries
from workflows.store.cluster import deaths, workers
from workflows.store.database import Store

log = logging.getLogger(__name__)


class Member(Protocol):
    """This process as one of the workers of a database."""

    @property
    def id(self) -> str:
        """Never used twice, where there can be several workers."""
        ...

    @property
    def mark(self) -> str:
        """What its attempts at steps are known by, should its process end in the middle of them."""
        ...

    @property
    def together(self) -> float:
        """Workers that were last heard of within so many seconds of each other are gone together."""
        ...

    async def hold(self) -> None:
        """Return where this process counts as a worker, and end it where it does not.

        To be called right before an effect on the outside. TransientError where the database cannot be asked.
        """
        ...

    def bury(self) -> list[str]:
        """Declare dead who is; the ids. Blocks."""
        ...


class OnlyMember:
    """The one of a SQLite database. What it did when it was killed it finds again under its name."""

    id = "sqlite"

    @property
    def mark(self) -> str:
        """This start of the machine: nobody else can be at work, and what went down with the machine is no crash."""
        return boot_id()

    @property
    def together(self) -> float:
        return 0.0

    async def hold(self) -> None:
        """There is nobody else."""

    def bury(self) -> list[str]:
        return []


@asynccontextmanager
async def signed_in(store: Store, places: int, times: Times | None = None) -> AsyncIterator[Member]:
    """Be a worker with so many places until the block is left; by then nothing of it may be under way any more.

    On SQLite the caller holds the lock file: what says that it is under way died with the process before.
    """
    if store.is_sqlite:
        member = OnlyMember()
        await store.write(deaths.judge_all, member.mark)
        yield member
        return
    heart = Heart(store, places, times or Times())
    await asyncio.to_thread(heart.start)
    try:
        yield heart
    finally:
        await asyncio.to_thread(heart.stop)


class OwnedSegments(Protocol):
    """The engine, as those need it who take over."""

    async def owners(self) -> set[str]: ...

    async def take_over(self, executors: Sequence[str]) -> int: ...


async def take_over(member: Member, store: Store, engine: OwnedSegments) -> set[str]:
    """Declare dead who is, and let go on what any worker left that is gone; whose runs that were.

    To be called again and again. Whom nobody knows is gone too: it signed out long ago.
    """
    await member.hold()
    await asyncio.to_thread(member.bury)
    # In this order: who signs in between the two is not taken for gone.
    owners, claimers = await engine.owners(), await store.read(deliveries.claimers)
    alive = await store.read(workers.at_work)
    if claimers - alive.keys():
        await store.write(deliveries.release, alive.keys())
    gone = owners - alive.keys()
    if gone:
        await store.write(deaths.judge, sorted(gone), member.together)
        left = await engine.take_over(sorted(gone))
        log.warning("%d runs of %s, who left or died, go on elsewhere", left, ", ".join(sorted(gone)))
    return gone
