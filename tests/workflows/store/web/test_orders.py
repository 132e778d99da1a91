"""Orders are taken up by one worker each, those of one run in the order in which they were asked."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.fakes.postgres import postgres, postgres_url
from tests.fakes.tables import make_tables
from workflows.store.database import Store
from workflows.store.records import DefinitionRecord, Run
from workflows.store.run_rows import definition_rows, runs
from workflows.store.web import orders
from workflows.store.web.orders import Order, OrderKind, OrderState
from workflows.values import Options, RunStatus

__all__ = ["postgres", "postgres_url"]


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    file = f"sqlite:///{tmp_path / 'app.sqlite'}"
    opened = Store(file if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    make_tables(opened)
    opened.write_now(definition_rows.define, DefinitionRecord("w", 1, "W", (("a", "A"),)))
    for run_id in ("a", "b"):
        run = Run(run_id, "w", 1, RunStatus.COMPLETED, "r", "t", {}, Options(), {}, "a", 0, 0)
        opened.write_now(runs.insert_run, run)
    yield opened
    opened.close()


def place(store: Store, run_id: str, kind: OrderKind = OrderKind.PLAN) -> Order:
    return store.write_now(orders.place, kind, "r", {}, {"name": "alice"}, run_id=run_id)


def taken(store: Store, limit: int = 9) -> list[str]:
    return [one.id for one in store.write_now(orders.take, limit)]


def test_of_a_run_the_eldest_is_taken_and_the_next_when_that_is_through(store: Store) -> None:
    first, second, other = place(store, "a"), place(store, "a", OrderKind.ROLLBACK), place(store, "b")
    starts = [place(store, "", OrderKind.START) for _ in range(2)]
    assert taken(store) == [first.id, other.id, *(one.id for one in starts)]
    assert not store.read_now(orders.is_any)
    assert taken(store) == []
    store.write_now(orders.close, first, OrderState.REFUSED, {})
    assert store.read_now(orders.is_any)
    assert taken(store) == [second.id]


def test_one_that_is_put_off_keeps_its_place_before_the_next_of_its_run(store: Store) -> None:
    first, second = place(store, "a"), place(store, "a")
    assert taken(store) == [first.id]
    store.write_now(orders.put_off, first, 60.0)
    assert taken(store) == []
    store.write_now(orders.put_off, first, -1.0)
    assert taken(store) == [first.id]
    store.write_now(orders.close, first, OrderState.DONE, {})
    assert taken(store) == [second.id]


def test_what_is_held_is_taken_by_nobody_and_what_is_closed_stays_so(store: Store) -> None:
    order = place(store, "a")
    assert [one.id for one in store.write_now(orders.take, 1, -1.0)] == [order.id]
    store.write_now(orders.hold, order, 60.0)
    assert taken(store) == []
    store.write_now(orders.close, order, OrderState.DONE, {})
    store.write_now(orders.hold, order, -1.0)
    assert taken(store) == []


def test_several_workers_take_each_once(store: Store) -> None:
    placed = {place(store, run_id, kind).id for run_id in ("a", "b") for kind in (OrderKind.PLAN, OrderKind.RETRY)}
    placed |= {place(store, "", OrderKind.START).id for _ in range(6)}
    with ThreadPoolExecutor(4) as pool:
        found = [one for part in pool.map(lambda _: taken(store, 3), range(8)) for one in part]
    assert len(found) == len(set(found)) == 8, "the second ones of both runs wait"
    assert set(found) < placed
