"""Steps that run at once share one budget: together they do not pass it, on SQLite as on Postgres."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fakes.both_databases import either_store, postgres, postgres_url
from workflows.errors import BudgetSpent
from workflows.ports import Usage
from workflows.store.database import Store
from workflows.store.records import DefinitionRecord, Run
from workflows.store.run_rows import definition_rows, runs, sharing, spending
from workflows.values import Bounds, Options, RunStatus

__all__ = ["either_store", "postgres", "postgres_url"]

AT_WORK = Run("r", "w", 1, RunStatus.RUNNING, "r", "t", {}, Options(), {}, "a", 0, 0)
NO_BOUND = Bounds(usd=None, tokens=None, turns=None, minutes=None)


@pytest.fixture
def store(either_store: Store) -> Store:
    either_store.write_now(definition_rows.define, DefinitionRecord("w", 1, "W", (("a", "A"),)))
    either_store.write_now(runs.insert_run, AT_WORK)
    return either_store


def opened(store: Store, step: str, most: Usage, bounds: Bounds) -> int | None:
    return store.write_now(sharing.open_call, "r", step, "m", most, bounds)


def booked(store: Store, step: str, usd: float) -> None:
    store.write_now(spending.add_call, "r", step, "agent", "m", Usage(10, 10, usd=usd))


def test_a_call_waits_for_what_a_sibling_has_begun_and_is_made_when_that_took_little(store: Store) -> None:
    bounds, most = Bounds(usd=1.0), Usage(100, 100, usd=0.6)
    assert opened(store, "left", most, bounds) is not None
    assert opened(store, "right", most, bounds) is None
    booked(store, "left", 0.1)
    assert opened(store, "right", most, bounds) is not None
    assert opened(store, "left", most, bounds) is None
    booked(store, "right", 0.5)
    with pytest.raises(BudgetSpent, match="dollars"):
        opened(store, "left", most, bounds)


@pytest.mark.parametrize(
    ("bounds", "which"),
    [(Bounds(tokens=300), "tokens"), (Bounds(turns=1), "turns"), (Bounds(usd=0.5), "dollars")],
)
def test_whatever_is_bound_is_bound_for_all_together(store: Store, bounds: Bounds, which: str) -> None:
    most = Usage(100, 100, usd=0.3)
    assert opened(store, "left", most, bounds) is not None
    assert opened(store, "right", most, bounds) is None
    store.write_now(spending.add_call, "r", "left", "agent", "m", Usage(100, 100, usd=0.3))
    with pytest.raises(BudgetSpent, match=which):
        opened(store, "right", most, bounds)


def test_a_call_of_its_own_that_was_cut_off_is_not_waited_for(store: Store) -> None:
    most = Usage(100, 100, usd=0.6)
    assert opened(store, "left", most, Bounds(usd=1.0)) is not None
    with pytest.raises(BudgetSpent, match="dollars"):
        opened(store, "left", most, Bounds(usd=1.0))


def test_without_bounds_and_without_a_price_nothing_is_waited_for(store: Store) -> None:
    assert opened(store, "left", Usage(100, 100), NO_BOUND) is not None
    assert opened(store, "right", Usage(100, 100), Bounds(usd=0.1)) is not None


def test_of_many_that_ask_in_the_same_moment_only_as_many_may_as_fit(store: Store) -> None:
    most, bounds = Usage(10, 10, usd=0.3), Bounds(usd=1.0)
    steps = [f"step {number}" for number in range(12)]
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda step: opened(store, step, most, bounds), steps))
    assert sum(number is not None for number in found) == 3
