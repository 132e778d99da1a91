"""Workers on one Postgres: who is heard of counts, who is not is declared dead by one of the others, and then ends."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NoReturn

import pytest
import sqlalchemy as sa

from tests.fakes.postgres import postgres, postgres_url
from tests.fakes.tables import make_tables
from workflows.cluster.heartbeat import Heart
from workflows.cluster.membership import take_over
from workflows.cluster.timeouts import Times
from workflows.store import deliveries, tables
from workflows.store.cluster import workers
from workflows.store.database import Store
from workflows.store.deliveries import Delivery

__all__ = ["postgres", "postgres_url"]

QUICK = Times(silent=0.6, frozen=1.8, patience=2.0)
CUT = sa.text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()")
ENDS = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    store = Store(postgres_url)
    make_tables(store)
    yield store
    store.close()


@contextmanager
def worker(beside: Store, times: Times = QUICK) -> Iterator[tuple[Heart, Store]]:
    """A worker with a store of its own, that does not end this process."""
    own = Store(beside.url.render_as_string(hide_password=False))
    heart = Heart(own, 1, times, _end)
    heart.start()
    beside.write_now(lambda db: db.execute(_row(heart.id).values(process=os.getppid())))  # several share this one
    try:
        yield heart, own
    finally:
        heart.stop()
        own.close()


def _row(name: str) -> sa.Update:
    return tables.workers.update().where(tables.workers.c.id == name)


def _end(sentence: str) -> NoReturn:
    raise SystemExit(sentence)


def sign_in(db: sa.Connection, name: str) -> None:
    workers.sign_in(db, name, host="elsewhere", process=1, places=3)


def buried(heart: Heart, seconds: float) -> list[str]:
    """Whom it declares dead within that time, which ends early with the first."""
    end = time.monotonic() + seconds
    while not (dead := heart.bury()) and time.monotonic() < end:
        time.sleep(0.02)
    return dead


async def test_who_was_not_heard_of_and_has_no_connection_is_declared_dead(store: Store) -> None:
    with worker(store) as (heart, _):
        store.write_now(sign_in, "ghost")
        assert buried(heart, 0.3) == []
        assert buried(heart, 10) == ["ghost"]
        assert store.read_now(workers.at_work) == {heart.id: 1}


async def test_whose_process_has_ended_on_this_machine_is_not_waited_for(store: Store) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    here = socket.gethostname()
    with worker(store, Times(silent=30.0)) as (heart, _), store.engine.connect() as standing:
        for name, host, process in (
            ("ended", here, ended.pid),
            ("before", here, os.getpid()),  # in a container, each that is started has the number of the last
            ("running", here, os.getppid()),
            ("connected", here, ended.pid),
            ("elsewhere", "elsewhere", ended.pid),
        ):
            store.write_now(workers.sign_in, name, host=host, process=process, places=1)
        assert workers.take_lock(standing, "connected")
        assert sorted(heart.bury()) == ["before", "ended"]


async def test_who_is_silent_with_its_connection_standing_is_given_more_time(store: Store) -> None:
    def bury(db: sa.Connection, frozen: float) -> list[str]:
        return workers.bury(db, "me", silent=60, frozen=frozen)

    with store.engine.connect() as standing:
        store.write_now(sign_in, "frozen")
        assert workers.take_lock(standing, "frozen")
        for frozen, dead in ((7200.0, []), (1800.0, ["frozen"])):
            store.write_now(lambda db: db.execute(_row("frozen").values(seen_at=tables.workers.c.seen_at - 2000)))
            assert store.write_now(bury, frozen) == dead


async def test_a_connection_that_is_lost_is_made_again_before_anybody_is_declared_dead(store: Store) -> None:
    with worker(store) as (one, first), worker(store) as (other, second):
        for _ in range(3):
            store.write_now(lambda db: db.execute(CUT))
            assert buried(one, 0.4) == buried(other, 0.4) == []
        await one.hold()
        await other.hold()
        assert first.write_now(workers.beat, one.id)
        assert second.write_now(workers.beat, other.id)


async def test_what_one_is_enough_to_do_is_done_by_who_has_been_there_longest(store: Store) -> None:
    for name in ("first", "second"):
        store.write_now(sign_in, name)
    assert store.read_now(workers.eldest) == "first"
    store.write_now(workers.leave, "first")
    assert store.read_now(workers.eldest) == "second"


@ENDS
async def test_who_was_declared_dead_neither_writes_nor_does_anything_else(store: Store) -> None:
    with worker(store) as (heart, own):
        store.write_now(workers.leave, heart.id)
        with pytest.raises(SystemExit, match="others go on with its runs"):
            own.write_now(sign_in, "written")
        assert "written" not in store.read_now(workers.at_work)


@ENDS
async def test_who_was_declared_dead_says_before_it_ends_that_it_was_not(store: Store) -> None:
    with worker(store) as (heart, own):
        dead = {"ending": "dead", "left_at": time.time()}
        store.write_now(lambda db: db.execute(_row(heart.id).values(**dead)))
        with pytest.raises(SystemExit):
            own.write_now(sign_in, "written")
        assert store.read_now(workers.ends, [heart.id])[heart.id].ending == "woke"


@ENDS
async def test_an_effect_waits_for_a_sign_of_life_where_the_last_one_is_old(store: Store) -> None:
    with worker(store, Times(silent=30.0, patience=0.2)) as (heart, _):
        await heart.hold()
        store.write_now(sign_in, "ghost")
        store.write_now(lambda db: db.execute(_row("ghost").values(seen_at=0.0)))
        assert heart.bury() == [], "who has just come cannot know how long it was silent"
        heart._judges_at = 0.0
        heart._last -= 30.0  # as after a time in which the process was frozen
        await heart.hold()
        assert heart.bury() == [], "who was away itself says nothing about others"
        store.write_now(workers.leave, heart.id)
        heart._last -= 30.0
        with pytest.raises(Exception, match="not known who works on this"):
            await heart.hold()
        assert not heart._thread.is_alive(), "this is where the process ends"


async def test_one_of_those_who_declare_somebody_dead_is_the_one_who_does(store: Store) -> None:
    store.write_now(sign_in, "ghost")
    time.sleep(0.1)
    with ThreadPoolExecutor() as pool:
        bury = lambda name: store.write_now(workers.bury, name, silent=0.05, frozen=0.05)  # noqa: E731
        dead = list(pool.map(bury, ["a", "b", "c", "d"]))
    assert sorted(dead) == [[], [], [], ["ghost"]]


async def test_nobody_is_declared_dead_in_the_middle_of_a_write(store: Store) -> None:
    store.write_now(sign_in, "writer")
    time.sleep(0.1)
    with store.engine.begin() as writing:
        assert workers.counts(writing, "writer")
        assert store.write_now(workers.bury, "me", silent=0.05, frozen=0.05) == []
        assert store.write_now(workers.beat, "writer"), "a sign of life does not wait for a write"
        time.sleep(0.1)
    assert store.write_now(workers.bury, "me", silent=0.05, frozen=0.05) == ["writer"]


class Queue:
    """Remembers what it was asked to let go on."""

    def __init__(self, *owners: str) -> None:
        self._owners = set(owners)
        self.taken: list[str] = []

    async def owners(self) -> set[str]:
        return self._owners

    async def take_over(self, executors: list[str]) -> int:  # type: ignore[override]
        self.taken += executors
        return len(executors)


async def test_what_those_left_who_are_gone_goes_on_at_once_and_nothing_of_anybody_else(store: Store) -> None:
    now = time.time()
    arrived = [Delivery(guid, "issues", b"{}", now) for guid in ("of-the-gone", "of-the-living", "of-nobody")]
    store.write_now(deliveries.keep, arrived)
    with worker(store) as (heart, _):
        for guid, name in (("of-the-gone", "left"), ("of-the-living", heart.id)):
            claimed = deliveries.deliveries.update().where(deliveries.deliveries.c.guid == guid)
            store.write_now(lambda db, how=claimed, who=name: db.execute(how.values(claimed_by=who, due_at=now + 400)))
        queue = Queue("left", "never heard of", heart.id)
        assert await take_over(heart, store, queue) == {"left", "never heard of"}
        assert queue.taken == ["left", "never heard of"]
    due = {one.guid for one in store.write_now(deliveries.claim, 9, 60.0)}
    assert due == {"of-the-gone", "of-nobody"}
