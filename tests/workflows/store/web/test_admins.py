"""Whose account a login meant when it first signed in stays known, whoever has the login later."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fakes.both_databases import either_store, postgres, postgres_url
from workflows.store.database import Store
from workflows.store.web import admins

__all__ = ["either_store", "postgres", "postgres_url"]


@pytest.fixture
def store(either_store: Store) -> Store:
    return either_store


def test_the_first_account_with_a_login_stays_the_one_that_is_meant(store: Store) -> None:
    for account in (5, 6, 5):
        store.write_now(admins.note, "root", account)
    store.write_now(admins.note, "other", 7)
    assert store.read_now(admins.first_of, ["root", "nobody"]) == {"root": 5}
    assert store.read_now(admins.first_of, []) == {}


def test_of_several_who_come_at_once_one_is_the_first(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda account: store.write_now(admins.note, "root", account), range(1, 9)))
    found = store.read_now(admins.first_of, ["root"])
    store.write_now(admins.note, "root", 99)
    assert store.read_now(admins.first_of, ["root"]) == found
    assert found["root"] in range(1, 9)
