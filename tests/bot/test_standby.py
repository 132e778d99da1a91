"""Of the workers on one Postgres database one works, whatever happens to connections."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from bot.standby import Standby
from tests.fakes.postgres import postgres, postgres_url
from workflows.errors import StoreError
from workflows.store.database import Store

__all__ = ["postgres", "postgres_url"]

CUT = sa.text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")


async def enters(lock: Standby, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await lock.__aenter__()
    except TimeoutError:
        return False
    return True


async def test_the_second_waits_until_the_first_has_gone(postgres_url: str) -> None:
    store = Store(postgres_url)
    first, second = Standby(store, poll_seconds=0.05), Standby(store, poll_seconds=0.05)
    async with first:
        assert not await enters(second, 0.3)
    assert await enters(second, 30)
    await second.__aexit__()
    store.close()


async def test_a_lock_that_was_lost_with_its_connection_is_taken_again(postgres_url: str) -> None:
    store = Store(postgres_url)
    second = Standby(store, poll_seconds=0.05)
    async with Standby(store, poll_seconds=0.02) as first:
        watch = asyncio.create_task(first.watch())
        before = first._connection
        store.write_now(lambda db: db.execute(CUT))
        while first._connection in (before, None):
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)
        assert not watch.done()
        assert not await enters(second, 0.3)
        watch.cancel()
    await second.__aexit__()
    store.close()


async def test_who_finds_another_at_work_stops(postgres_url: str) -> None:
    store = Store(postgres_url)
    async with Standby(store, poll_seconds=0.5) as first:
        watch = asyncio.create_task(first.watch())
        store.write_now(lambda db: db.execute(CUT))
        async with Standby(store, poll_seconds=0.001):
            with pytest.raises(StoreError, match="taken over"):
                await asyncio.wait_for(watch, 30)
    store.close()
