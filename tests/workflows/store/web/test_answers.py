"""Idempotency keys: what is sent twice is carried out once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from tests.fakes.both_databases import either_store, postgres, postgres_url
from workflows.store.database import Store
from workflows.store.tables import api_answers
from workflows.store.web import answers
from workflows.store.web.answers import Kept

__all__ = ["either_store", "postgres", "postgres_url"]


@pytest.fixture
def store(either_store: Store) -> Store:
    return either_store


def begin(store: Store, who: str = "alice", request: str = "hash") -> Kept | None:
    return store.write_now(answers.begin, who, "key", request)


def later(store: Store, seconds: float) -> None:
    def age(db: sa.Connection) -> None:
        db.execute(api_answers.update().values(at=time.time() - seconds))

    store.write_now(age)


def test_the_second_is_told_what_the_first_was_answered(store: Store) -> None:
    assert begin(store) is None
    assert begin(store) == Kept("hash", 0, None)
    store.write_now(answers.keep, "alice", "key", 201, {"run": "a"})
    assert begin(store, request="another") == Kept("hash", 201, {"run": "a"})
    assert begin(store, who="bob") is None


def test_of_several_at_once_one_carries_it_out(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        begun = list(pool.map(lambda _: begin(store), range(16)))
    assert begun.count(None) == 1


def test_one_of_which_nothing_came_may_be_sent_again(store: Store) -> None:
    assert begin(store) is None
    store.write_now(answers.forget, "alice", "key")
    assert begin(store) is None


def test_who_died_over_it_keeps_nobody_from_it_and_an_answer_is_kept_for_a_day(store: Store) -> None:
    assert begin(store) is None
    later(store, 61)
    assert begin(store) is None
    store.write_now(answers.keep, "alice", "key", 201, None)
    later(store, 23 * 3600)
    assert begin(store) == Kept("hash", 201, None)
    later(store, answers.KEPT_SECONDS + 1)
    assert begin(store) is None
