"""A duty is one process's at a time, and another's when its lease is over or it has left."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fakes.both_databases import either_store, postgres, postgres_url
from workflows.store import leases
from workflows.store.database import Store
from workflows.store.tables import workers

__all__ = ["either_store", "postgres", "postgres_url"]


@pytest.fixture
def store(either_store: Store) -> Store:
    return either_store


def take(store: Store, who: str, now: float) -> bool:
    return store.write_now(leases.take, "duty", who, now, 10.0)


def test_it_is_had_until_it_is_over_or_given_back(store: Store) -> None:
    assert take(store, "a", 1.0)
    assert not take(store, "b", 2.0)
    assert take(store, "a", 8.0), "one goes on having it"
    assert not take(store, "b", 17.0)
    assert take(store, "b", 18.0)
    store.write_now(leases.give_back, "duty", "a")
    assert not take(store, "a", 19.0), "only who has it gives it back"
    store.write_now(leases.give_back, "duty", "b")
    assert take(store, "a", 20.0)


def test_who_left_has_nothing_any_more(store: Store) -> None:
    left = {"id": "dead", "host": "h", "process": 1, "places": 2, "started_at": 0, "seen_at": 0, "left_at": 1.0}
    store.write_now(lambda db: db.execute(workers.insert(), [left]))
    store.write_now(leases.take, "duty", "dead", 1.0, 1e12)
    assert take(store, "a", 2.0)


def test_of_many_at_once_one_has_it(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(lambda who: take(store, who, 1.0), "abcdefgh")) == 1
