"""A long order holds up no other run's, and what a worker leaves undone another one finds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.server.order_line import OrderLine
from tests.fakes.tables import make_tables
from workflows.errors import TransientError
from workflows.store.database import Store
from workflows.store.records import DefinitionRecord, Run
from workflows.store.run_rows import definition_rows, runs
from workflows.store.web import orders
from workflows.store.web.orders import Order, OrderKind, OrderState
from workflows.values import Options, RunStatus

RUNS = ("a", "b", "c", "d", "e", "f")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
    make_tables(opened)
    opened.write_now(definition_rows.define, DefinitionRecord("w", 1, "W", (("a", "A"),)))
    for run_id in RUNS:
        run = Run(run_id, "w", 1, RunStatus.COMPLETED, "r", "t", {}, Options(), {}, "a", 0, 0)
        opened.write_now(runs.insert_run, run)
    yield opened
    opened.close()


@dataclass
class Hands:
    """Carries out an order when it is let, and remembers what it was given."""

    store: Store
    begun: list[str] = field(default_factory=list)
    let: dict[str, asyncio.Event] = field(default_factory=dict)
    broken: bool = False

    async def carry_out(self, order: Order) -> None:
        self.begun.append(order.run_id)
        await self.let.setdefault(order.run_id, asyncio.Event()).wait()
        if self.broken:
            raise TransientError("The database is away.")
        await self.store.write(orders.close, order, OrderState.DONE, {})

    def may(self, run_id: str) -> None:
        self.let.setdefault(run_id, asyncio.Event()).set()


async def place(store: Store, run_id: str) -> Order:
    return await store.write(orders.place, OrderKind.ROLLBACK, "r", {}, {"name": "alice"}, run_id=run_id)


@asynccontextmanager
async def at_work(line: OrderLine) -> AsyncIterator[None]:
    task = asyncio.create_task(line.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(true: object) -> None:
    async with asyncio.timeout(10):
        while not true():  # type: ignore[operator]
            await asyncio.sleep(0.01)


async def test_a_long_one_holds_up_no_other_runs_and_its_own_runs_next_one_waits(store: Store) -> None:
    hands = Hands(store)
    first, second = await place(store, "a"), await place(store, "a")
    other = await place(store, "b")
    hands.may("b")
    async with at_work(OrderLine(store, hands.carry_out, look_seconds=0.02)):
        await until(lambda: store.read_now(orders.find, other.id).state is OrderState.DONE)
        assert hands.begun == ["a", "b"]
        hands.may("a")
        await until(lambda: store.read_now(orders.find, second.id).state is OrderState.DONE)
    assert hands.begun == ["a", "b", "a"]
    assert store.read_now(orders.find, first.id).state is OrderState.DONE


async def test_no_more_are_under_way_than_there_are_places(store: Store) -> None:
    hands = Hands(store)
    for run_id in RUNS:
        await place(store, run_id)
    line = OrderLine(store, hands.carry_out, at_once=3, look_seconds=0.02)
    async with at_work(line):
        await until(lambda: len(hands.begun) == 3)
        await line.look()
        assert hands.begun == ["a", "b", "c"]
        hands.may("b")
        await until(lambda: len(hands.begun) == 4)
        assert hands.begun[3] == "d"


async def test_what_is_under_way_is_held_and_what_was_left_is_taken_up_when_nobody_holds_it(store: Store) -> None:
    hands, others = Hands(store), Hands(store)
    order = await place(store, "a")
    others.may("a")
    async with at_work(OrderLine(store, hands.carry_out, look_seconds=0.02, lease_seconds=0.4)):
        await until(lambda: hands.begun)
        async with at_work(OrderLine(store, others.carry_out, look_seconds=0.02)):
            await asyncio.sleep(1.0)
            assert others.begun == [], "its lease is renewed"
    async with at_work(OrderLine(store, others.carry_out, look_seconds=0.02)):
        await until(lambda: store.read_now(orders.find, order.id).state is OrderState.DONE)
    assert (hands.begun, others.begun) == (["a"], ["a"])


async def test_what_cannot_be_closed_ends_no_worker(store: Store) -> None:
    hands = Hands(store, broken=True)
    await place(store, "a")
    hands.may("a")
    hands.may("b")
    async with at_work(OrderLine(store, hands.carry_out, look_seconds=0.02)):
        await until(lambda: hands.begun == ["a"])
        hands.broken = False
        other = await place(store, "b")
        await until(lambda: store.read_now(orders.find, other.id).state is OrderState.DONE)
