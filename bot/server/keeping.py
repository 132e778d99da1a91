"""Sees that no run stands still: what dead workers left, what the engine dropped, and what it never heard of.

A server has a clock for each of these; a command that follows a run has one for all, since
else it would wait for ever for what nobody works on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from bot.app import App
from sandbox.errors import TransientError, UserError
from workflows.cluster.membership import Member
from workflows.cluster.membership import take_over as take_over_segments

log = logging.getLogger(__name__)

_LOOK_SECONDS = 3.0


async def take_over(app: App, member: Member) -> None:
    """On Postgres: let go on what workers left that are gone."""
    assert app.engine is not None, "a worker has an engine"
    if await take_over_segments(member, app.store, app.engine):
        await app.runs.mend()


async def pick_up(app: App) -> None:
    """Let go on what this process's engine dropped."""
    assert app.engine is not None, "a worker has an engine"
    for segment in await app.engine.find_dropped():
        log.warning("segment %s was dropped by the engine, and goes on", segment)


@asynccontextmanager
async def keeping(app: App, member: Member, seconds: float = _LOOK_SECONDS) -> AsyncIterator[None]:
    """All of it, every so many seconds until the block is left."""
    clock = asyncio.create_task(_keep(app, member, seconds), name="keeping")
    try:
        yield
    finally:
        clock.cancel()
        with suppress(asyncio.CancelledError):
            await clock


async def _keep(app: App, member: Member, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            if not app.store.is_sqlite:
                await take_over(app, member)
            await pick_up(app)
            await app.runs.find_lost()
        except (TransientError, UserError) as error:
            log.warning("what stands still is looked for later: %s", error)
