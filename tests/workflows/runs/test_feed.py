"""Whoever follows is told soon, of all and once: whoever wrote it, and whatever becomes of the notice."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.fakes.postgres import postgres, postgres_url
from tests.fakes.tables import make_tables
from workflows.runs.feed import Feed
from workflows.store import run_events
from workflows.store.database import Store
from workflows.store.records import DefinitionRecord, Run
from workflows.store.run_events import ALL, Cursor, Page, Which
from workflows.store.run_rows import definition_rows, runs
from workflows.values import Options, RunStatus

__all__ = ["postgres", "postgres_url"]

NEVER = 3600.0
ROOT = Path(__file__).parents[3]


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    file = f"sqlite:///{tmp_path / 'app.sqlite'}"
    opened = Store(file if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    make_tables(opened)
    opened.write_now(definition_rows.define, DefinitionRecord("w", 1, "W", (("a", "A"),)))
    for name in ("r1", "r2"):
        run = Run(name, "w", 1, RunStatus.RUNNING, "o/r", "t", {}, Options(), {}, "a", 0, 0)
        opened.write_now(runs.insert_run, run)
    yield opened
    opened.close()


def fail(store: Store, run_id: str = "r1") -> None:
    store.write_now(runs.update_run, run_id, status=RunStatus.FAILED)


def listeners(store: Store) -> list[int]:
    """The backends that hear notices of this database."""
    text = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
    return store.read_now(lambda db: list(db.scalars(sa.text(text))))


async def listened_to(store: Store, before: int = 0) -> int:
    """Wait until there is a connection for notices, another one than before."""
    async with asyncio.timeout(20):
        while not (found := [pid for pid in listeners(store) if pid != before]):
            await asyncio.sleep(0.05)
    return found[0]


class Reader:
    """One who follows, and what he has been told."""

    def __init__(self, pages: AsyncIterator[Page]) -> None:
        self._pages = pages
        self.told = list[str]()
        self.numbers = list[int]()
        self.cursor = Cursor()
        self.whole = True

    async def begun(self) -> None:
        self._take(await anext(self._pages))

    async def until(self, count: int) -> list[str]:
        async with asyncio.timeout(20):
            while len(self.told) < count:
                self._take(await anext(self._pages))
        return self.told

    def _take(self, page: Page) -> None:
        self.told += [f"{event.run_id} {event.kind}" for event in page.events]
        self.numbers += [event.id for event in page.events]
        self.cursor = page.cursor
        self.whole &= page.whole


@asynccontextmanager
async def following(feed: Feed, cursor: Cursor | None = None, which: Which = ALL) -> AsyncIterator[Reader]:
    async with aclosing(feed.follow(cursor, which)) as pages:
        reader = Reader(pages)
        await reader.begun()
        yield reader


async def test_what_this_process_writes_is_told_without_looking(store: Store) -> None:
    async with Feed(store, poll_seconds=NEVER) as feed, following(feed) as reader:
        fail(store)
        await asyncio.to_thread(fail, store, "r2")
        assert await reader.until(2) == ["r1 failed", "r2 failed"]


async def test_what_another_process_writes_is_told(store: Store) -> None:
    """On Postgres by its notice; on SQLite there is none, but the file changes."""
    async with Feed(store, poll_seconds=NEVER) as feed, following(feed) as reader:
        fail(store)
        await reader.until(1)
        if not store.is_sqlite:
            await listened_to(store)
        await asyncio.sleep(0.3)  # what woke the reader before has been read
        other = Store(store.url.render_as_string(hide_password=False))
        fail(other, "r2")
        other.close()
        assert await reader.until(2) == ["r1 failed", "r2 failed"]


async def test_a_notice_that_is_lost_takes_nothing_along(store: Store) -> None:
    async with Feed(store, poll_seconds=0.1) as feed, following(feed) as reader:
        fail(store)
        await reader.until(1)
        with store.engine.begin() as db:  # nobody is told of this one
            runs.update_run(db, "r2", status=RunStatus.FAILED)
        assert await reader.until(2) == ["r1 failed", "r2 failed"]


async def test_who_resumes_gets_what_happened_meanwhile_and_then_what_happens(store: Store) -> None:
    async with Feed(store, poll_seconds=NEVER) as feed:
        async with following(feed) as reader:
            fail(store)
            await reader.until(1)
        for _ in range(3):
            fail(store, "r2")
        async with following(feed, Cursor.parse(str(reader.cursor))) as again:
            fail(store)
            assert await again.until(4) == ["r2 failed"] * 3 + ["r1 failed"]
            assert len(set(again.numbers)) == 4


async def test_each_gets_what_he_asked_for(store: Store) -> None:
    async with (
        Feed(store, poll_seconds=NEVER) as feed,
        following(feed, which=Which(run_id="r1")) as one,
        following(feed, which=Which(repositories=frozenset({"o/r"}))) as all_of_it,
    ):
        fail(store, "r2")
        fail(store)
        assert await one.until(1) == ["r1 failed"]
        assert await all_of_it.until(2) == ["r2 failed", "r1 failed"]


async def test_who_is_slow_holds_up_nobody_and_misses_nothing(store: Store) -> None:
    async with Feed(store, poll_seconds=NEVER) as feed, following(feed) as slow, following(feed) as quick:
        for number in range(60):
            await asyncio.to_thread(fail, store)
            await quick.until(number + 1)
        await slow.until(60)
        assert slow.numbers == quick.numbers
        assert len(set(slow.numbers)) == 60


async def test_changes_while_one_begins_to_follow_are_told_once(store: Store) -> None:
    stop = asyncio.Event()

    async def write() -> None:
        while not stop.is_set():
            await asyncio.to_thread(fail, store)

    async with Feed(store, poll_seconds=NEVER) as feed, asyncio.TaskGroup() as tasks:
        start = store.read_now(run_events.latest)
        tasks.create_task(write())
        readers = list[Reader]()
        for _ in range(5):
            async with following(feed, start) as reader:
                await reader.until(10)
                readers.append(reader)
        stop.set()
    for reader in readers:
        first = reader.numbers[0]
        assert reader.numbers == list(range(first, first + len(reader.numbers)))


async def test_what_was_cleaned_up_meanwhile_is_said(store: Store) -> None:
    first = store.read_now(run_events.since, Cursor(), ALL, 1).cursor
    for _ in range(3):
        fail(store)
    store.write_now(run_events.forget, 1e12, 100)
    async with Feed(store, poll_seconds=NEVER) as feed, following(feed, first) as reader:
        assert not reader.whole
        assert reader.told == ["r1 failed"]


async def test_a_connection_that_breaks_is_made_again(postgres_url: str) -> None:
    store = Store(postgres_url)
    make_tables(store)
    store.write_now(definition_rows.define, DefinitionRecord("w", 1, "W", (("a", "A"),)))
    run = Run("r1", "w", 1, RunStatus.RUNNING, "o/r", "t", {}, Options(), {}, "a", 0, 0)
    store.write_now(runs.insert_run, run)
    async with Feed(store, poll_seconds=0.2) as feed, following(feed) as reader:
        before = await listened_to(store)
        store.read_now(lambda db: db.execute(sa.text(f"SELECT pg_terminate_backend({before})")))
        assert await listened_to(store, before) != before
        fail(store)
        assert await reader.until(1) == ["r1 failed"]
    async with asyncio.timeout(20):
        while listeners(store):  # nothing is left listening
            await asyncio.sleep(0.05)
    store.close()


_DIES = """
import os, sys
from workflows.store.database import Store
from workflows.store.run_rows import runs
from workflows.values import RunStatus
store = Store(sys.argv[1])
store.listeners.add(lambda: os._exit(9))
store.write_now(runs.update_run, "r1", status=RunStatus.FAILED)
"""


async def test_who_dies_between_his_commit_and_the_notice_has_told_all_the_same(store: Store) -> None:
    url = store.url.render_as_string(hide_password=False)
    async with Feed(store, poll_seconds=0.2) as feed, following(feed) as reader:
        died = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", _DIES, url], cwd=ROOT, timeout=60, check=False
        )
        assert died.returncode == 9
        assert await reader.until(1) == ["r1 failed"]
