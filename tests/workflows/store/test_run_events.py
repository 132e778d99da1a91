"""Each change of a run is told in its own transaction; who reads on from a cursor misses none and gets none twice."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.fakes.postgres import postgres, postgres_url
from tests.fakes.tables import make_tables
from workflows.engine import attempts
from workflows.errors import UserError
from workflows.ports import Usage
from workflows.store import run_events
from workflows.store.audit import Asker
from workflows.store.cluster import pauses
from workflows.store.database import Store
from workflows.store.records import DefinitionRecord, Run, StepRun
from workflows.store.run_events import ALL, Cursor, EventKind, Page, Which
from workflows.store.run_rows import definition_rows, runs, spending, steps, transitions
from workflows.store.run_rows.line import run_queue
from workflows.store.run_rows.line.fairness import Waiting
from workflows.store.tables import run_events as table
from workflows.values import Options, RunStatus, StepStatus

__all__ = ["postgres", "postgres_url"]

ME = Asker("me", "cli")


def opened(url: str) -> Store:
    store = Store(url)
    make_tables(store)
    store.write_now(definition_rows.define, DefinitionRecord("w", 1, "W", (("a", "A"), ("b", "B"))))
    return store


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    file = f"sqlite:///{tmp_path / 'app.sqlite'}"
    store = opened(file if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    yield store
    store.close()


@pytest.fixture
def on_postgres(postgres_url: str) -> Iterator[Store]:
    store = opened(postgres_url)
    yield store
    store.close()


def begin(store: Store, run_id: str, repository: str = "o/r") -> None:
    run = Run(run_id, "w", 1, RunStatus.PENDING, repository, "t", {}, Options(), {}, "a", 0, 0)
    store.write_now(runs.insert_run, run)


def read(store: Store, cursor: Cursor, which: Which = ALL, limit: int = 500) -> Page:
    return store.read_now(run_events.since, cursor, which, limit)


def kinds(store: Store, change: Callable[..., object], *args: Any, **kwargs: Any) -> list[str]:
    """What is told of one transaction."""
    cursor = store.read_now(run_events.latest)
    store.write_now(change, *args, **kwargs)
    return [event.kind for event in read(store, cursor).events]


STEP = StepRun("r1", 0, 0, 1, "a", StepStatus.RUNNING)


def test_whatever_is_seen_of_a_run_is_told(store: Store) -> None:
    begin(store, "r1")
    assert [(one.run_id, one.repository, one.kind) for one in read(store, Cursor()).events] == [
        ("r1", "o/r", "started")
    ]
    waiting = Waiting("r1", 0, "a", "o/r", "", 0.0, "")
    assert kinds(store, run_queue.admit, waiting) == ["admitted"]
    assert kinds(store, run_queue.admit, waiting) == [], "it has its place already"
    assert kinds(store, attempts.begun, STEP, None) == ["step", "running"]
    assert kinds(store, steps.update_step, STEP, summary="half of it") == ["step"]
    assert kinds(store, spending.add_call, "r1", "a", "agent", "m", Usage()) == ["cost"]
    assert kinds(store, runs.merge_state, "r1", {"branch": "b"}) == ["state"]
    assert kinds(store, runs.merge_state, "r1", {}) == []
    assert kinds(store, pauses.begin, "o/r", ME, "why") == ["paused"]
    assert kinds(store, pauses.end, "o/r", ME) == ["paused"]
    assert kinds(store, pauses.begin, "o/other", ME, "why") == []
    assert kinds(store, transitions.abort, "r1", ME, "no") == ["aborted"]
    assert kinds(store, pauses.begin, "", ME, "why") == [], "of what is over nothing changes"


@pytest.mark.parametrize("status", RunStatus)
def test_a_status_is_told_by_its_own_name(store: Store, status: RunStatus) -> None:
    begin(store, "r1")
    assert kinds(store, runs.update_run, "r1", status=status) == [status.value]


def test_what_is_taken_back_is_not_told(store: Store) -> None:
    begin(store, "r1")
    cursor = store.read_now(run_events.latest)

    def fails(db: sa.Connection) -> None:
        runs.update_run(db, "r1", status=RunStatus.FAILED)
        raise UserError("not so")

    with pytest.raises(UserError):
        store.write_now(fails)
    assert read(store, cursor).events == ()
    store.write_now(runs.update_run, "r1", status=RunStatus.FAILED)
    page = read(store, cursor)
    assert [event.kind for event in page.events] == ["failed"]
    settled = read(store, page.cursor)
    assert (settled.events, settled.cursor.gaps) == ((), ()), "the number that was never used is not asked for again"


def test_who_listens_is_told_when_it_is_on_the_disk_and_not_of_what_failed(store: Store) -> None:
    heard = list[int]()
    begin(store, "r1")
    store.listeners.add(lambda: heard.append(len(read(store, Cursor()).events)))
    store.write_now(runs.update_run, "r1", status=RunStatus.FAILED)
    store.write_now(lambda db: None)

    def fails(db: sa.Connection) -> None:
        runs.update_run(db, "r1", status=RunStatus.FAILED)
        raise UserError("not so")

    with pytest.raises(UserError):
        store.write_now(fails)
    store.write_now(lambda db: None)
    assert heard == [2]


def test_pages_follow_each_other_and_a_filter_leaves_out_what_nobody_asked_for(store: Store) -> None:
    for number in range(7):
        begin(store, f"r{number}", "o/even" if number % 2 == 0 else "o/odd")
    cursor, found, pages = Cursor(), list[str](), 0
    more = True
    while more:
        page = read(store, cursor, Which(repositories=frozenset({"o/odd"})), 3)
        found += [event.run_id for event in page.events]
        cursor, more, pages = page.cursor, page.more, pages + 1
    assert (found, pages) == (["r1", "r3", "r5"], 3)
    assert [event.run_id for event in read(store, Cursor(), Which(run_id="r4")).events] == ["r4"]
    assert read(store, Cursor(), Which(kinds=frozenset({EventKind.FAILED}))).events == ()
    assert read(store, Cursor(), Which(repositories=frozenset())).events == ()


def test_old_rows_go_from_the_lower_end_and_who_comes_with_an_older_cursor_is_told(store: Store) -> None:
    for number in range(6):
        begin(store, f"r{number}")
    store.write_now(lambda db: db.execute(table.update().where(table.c.id <= 4).values(at=100.0)))
    early = read(store, Cursor(), limit=2).cursor
    assert store.read_now(run_events.count, 200.0) == 4
    assert [store.write_now(run_events.forget, 200.0, 3) for _ in range(3)] == [3, 1, 0]
    page = read(store, early)
    assert ([event.run_id for event in page.events], page.whole) == (["r4", "r5"], False)
    assert read(store, Cursor(4)).whole
    assert read(store, Cursor()).whole, "who begins has missed nothing"
    store.write_now(run_events.forget, 1e12, 100)
    assert [event.run_id for event in read(store, Cursor()).events] == ["r5"], "the newest keeps the numbers growing"


def test_a_cursor_of_another_database_begins_anew(store: Store) -> None:
    begin(store, "r1")
    page = read(store, Cursor(1000, ((999, 10**9),)))
    assert (page.whole, page.events) == (False, ())
    begin(store, "r2")
    assert [event.run_id for event in read(store, page.cursor).events] == ["r2"]


def test_a_cursor_is_the_same_as_text() -> None:
    for cursor in (Cursor(), Cursor(17), Cursor(30, ((5, 900), (6, 900), (7, 901), (20, 900)))):
        assert Cursor.parse(str(cursor)) == cursor
    assert str(Cursor(30, ((5, 900), (6, 900), (7, 901), (20, 900)))) == "30.5-6@900.7@901.20@900"
    assert len(Cursor.parse("9.1-999999999999999999@3").gaps) == 1000


@pytest.mark.parametrize("text", ["", "x", "-1", "1.2", "1@2", "1.2-3", "1 ", "1\n", "١", "1.2@3.", "9" * 30])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="no cursor"):
        Cursor.parse(text)


def test_what_commits_late_is_told_late_and_once_and_nobody_waits_for_it(on_postgres: Store) -> None:
    for name in ("early", "late", "undone"):
        begin(on_postgres, name)
    here = on_postgres.read_now(run_events.latest)
    slow, undone = on_postgres.engine.connect(), on_postgres.engine.connect()
    runs.update_run(slow, "late", status=RunStatus.FAILED)
    runs.update_run(undone, "undone", status=RunStatus.FAILED)
    on_postgres.write_now(runs.update_run, "early", status=RunStatus.FAILED)
    page = read(on_postgres, here)
    assert [event.run_id for event in page.events] == ["early"]
    assert len(page.cursor.gaps) == 2
    again = read(on_postgres, Cursor.parse(str(page.cursor)))
    assert (again.events, again.cursor) == ((), page.cursor)
    beginning = on_postgres.read_now(run_events.latest)
    undone.rollback()
    slow.commit()
    for cursor in (page.cursor, beginning):
        late = read(on_postgres, cursor)
        assert [event.run_id for event in late.events] == ["late"]
        done = read(on_postgres, late.cursor)
        assert (done.events, done.cursor.gaps) == ((), ())
    slow.close()
    undone.close()


def test_a_page_that_is_full_keeps_the_numbers_behind_it(on_postgres: Store) -> None:
    names = [f"r{number}" for number in range(4)]
    for name in (*names, "last"):
        begin(on_postgres, name)
    here = on_postgres.read_now(run_events.latest)
    writing = [on_postgres.engine.connect() for _ in names]
    for connection, name in zip(writing, names, strict=True):
        runs.update_run(connection, name, status=RunStatus.FAILED)
    on_postgres.write_now(runs.update_run, "last", status=RunStatus.FAILED)
    cursor = read(on_postgres, here).cursor
    for connection in writing:
        connection.commit()
        connection.close()
    found = list[str]()
    for _ in range(6):
        page = read(on_postgres, cursor, limit=1)
        found += [event.run_id for event in page.events]
        cursor = page.cursor
    assert found == names
    assert cursor.gaps == ()


def test_of_many_that_write_at_once_each_change_is_told_once(on_postgres: Store) -> None:
    names = [f"r{number}" for number in range(6)]
    for name in names:
        begin(on_postgres, name)
    cursor = on_postgres.read_now(run_events.latest)
    each, told = 40, list[str]()

    def change(db: sa.Connection, name: str, dice: random.Random) -> None:
        runs.update_run(db, name, state={"number": 1})
        db.execute(sa.text(f"SELECT pg_sleep({dice.random() / 500})"))
        if dice.random() < 0.2:
            raise UserError("not so")

    def write(name: str) -> None:
        dice = random.Random(name)
        for _ in range(each):
            with contextlib.suppress(UserError):
                on_postgres.write_now(change, name, dice)

    threads = [threading.Thread(target=write, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        page = read(on_postgres, cursor, limit=7)
        told += [f"{event.run_id}:{event.id}" for event in page.events]
        cursor = page.cursor
    while (page := read(on_postgres, cursor)).events or page.more:
        told += [f"{event.run_id}:{event.id}" for event in page.events]
        cursor = page.cursor
    there = on_postgres.read_now(lambda db: db.execute(sa.select(table.c.run_id, table.c.id)).all())
    wanted = sorted(f"{row.run_id}:{row.id}" for row in there if row.id > len(names))
    assert sorted(told) == wanted
    assert read(on_postgres, cursor).cursor.gaps == ()
