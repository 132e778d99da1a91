"""Deliveries are kept once, claimed oldest first by one worker at a time, and end once; on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.fakes.both_databases import either_store, postgres, postgres_url
from tests.fakes.tables import make_tables
from workflows.store import deliveries
from workflows.store.database import Store
from workflows.store.deliveries import Delivery, DeliveryStatus
from workflows.store.tables import metadata

__all__ = ["either_store", "postgres", "postgres_url"]


@pytest.fixture
def store(either_store: Store) -> Store:
    return either_store


def arrived(guid: str, at: float = 1.0) -> Delivery:
    return Delivery(guid, "issues", b'{"action": "opened"}', at)


def rows(store: Store) -> list[tuple[str, str, int]]:
    query = sa.text("SELECT guid, status, attempts FROM deliveries ORDER BY guid")
    return store.read_now(lambda db: [tuple(row) for row in db.execute(query)])


def test_the_oldest_are_claimed_first_and_only_once(store: Store) -> None:
    store.write_now(deliveries.keep, [arrived("new", 3.0), arrived("old", 1.0), arrived("middle", 2.0)])
    first = store.write_now(deliveries.claim, 2, 60.0)
    assert [(one.guid, one.attempts) for one in first] == [("old", 1), ("middle", 1)]
    assert [one.guid for one in store.write_now(deliveries.claim, 5, 60.0)] == ["new"]
    assert store.write_now(deliveries.claim, 5, 60.0) == []


def test_payloads_are_kept_small_and_those_that_an_earlier_release_kept_as_they_came_are_read_all_the_same(
    store: Store,
) -> None:
    long = b'{"text": "' + b"word " * 2000 + b'"}'
    small = deliveries.packed(Delivery("long", "issues", long, 1.0))
    assert len(small.payload) < len(long) / 5
    store.write_now(deliveries.keep, [small, arrived("plain", 2.0)])
    claimed = store.write_now(deliveries.claim, 5, 60.0)
    assert [one.payload for one in claimed] == [long, b'{"action": "opened"}']


def test_what_a_worker_took_along_into_death_is_claimed_again_when_its_time_is_over(store: Store) -> None:
    store.write_now(deliveries.keep, [arrived("one")])
    store.write_now(deliveries.claim, 1, -1.0)
    assert [one.attempts for one in store.write_now(deliveries.claim, 1, 60.0)] == [2]


def test_a_single_worker_takes_back_at_its_start_what_the_one_before_it_had_claimed(store: Store) -> None:
    store.write_now(deliveries.keep, [arrived("one")])
    store.write_now(deliveries.claim, 1, 600.0)
    store.write_now(deliveries.release)
    assert len(store.write_now(deliveries.claim, 1, 60.0)) == 1


def test_a_replay_of_a_known_delivery_changes_nothing(store: Store) -> None:
    store.write_now(deliveries.keep, [arrived("one"), arrived("two")])
    store.write_now(deliveries.claim, 2, 60.0)
    store.write_now(deliveries.close, "one", DeliveryStatus.HANDLED)
    store.write_now(deliveries.keep, [arrived("one", 9.0), arrived("two", 9.0), arrived("two", 9.5)])
    assert rows(store) == [("one", "handled", 1), ("two", "stored", 1)]
    assert store.write_now(deliveries.claim, 5, 60.0) == []


def test_a_failed_delivery_that_comes_again_is_due_again_from_the_beginning(store: Store) -> None:
    store.write_now(deliveries.keep, [arrived("one")])
    store.write_now(deliveries.claim, 1, 600.0)
    store.write_now(deliveries.close, "one", DeliveryStatus.FAILED, "no model")
    store.write_now(deliveries.keep, [arrived("one", 9.0)])
    assert [(one.guid, one.attempts) for one in store.write_now(deliveries.claim, 1, 60.0)] == [("one", 1)]


def test_what_is_put_off_is_not_due_before_its_time(store: Store) -> None:
    store.write_now(deliveries.keep, [arrived("one")])
    store.write_now(deliveries.claim, 1, 0.0)
    store.write_now(deliveries.put_off, "one", 60.0, "GitHub is away")
    assert store.write_now(deliveries.claim, 1, 60.0) == []
    store.write_now(deliveries.put_off, "one", -1.0, "GitHub is away")
    assert len(store.write_now(deliveries.claim, 1, 60.0)) == 1


def test_known_are_those_that_need_not_be_asked_for_again(store: Store) -> None:
    store.write_now(deliveries.keep, [arrived("stored"), arrived("failed")])
    store.write_now(deliveries.close, "failed", DeliveryStatus.FAILED, "x")
    assert store.read_now(deliveries.known, ["stored", "failed", "never seen"]) == {"stored"}
    assert store.read_now(deliveries.counts) == {"stored": 1, "failed": 1}


def test_two_workers_on_postgres_pass_over_what_the_other_is_claiming(postgres_url: str) -> None:
    one, other = Store(postgres_url), Store(postgres_url)
    make_tables(one)
    one.write_now(deliveries.keep, [arrived(str(number), number) for number in range(4)])
    with one.engine.begin() as connection:
        mine = deliveries.claim(connection, 2, 60.0)
        theirs = other.write_now(deliveries.claim, 4, 60.0)  # would wait for ever on locked rows
    assert {one.guid for one in mine} == {"0", "1"}
    assert {one.guid for one in theirs} == {"2", "3"}
    one.close()
    other.close()


def test_the_tables_on_postgres_are_the_declared_ones(postgres_url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    store = Store(postgres_url)
    make_tables(store)
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    store.close()
