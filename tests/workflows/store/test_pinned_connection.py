"""A kept connection: what it wrote is there for all at once, and that it died meanwhile is nobody's trouble."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.fakes.postgres import postgres as postgres
from tests.fakes.postgres import postgres_url as postgres_url
from workflows.errors import StoreError, TransientError
from workflows.store.database import Store
from workflows.store.pinned_connection import PinnedConnection


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{request.getfixturevalue('tmp_path')}/app.sqlite"


def _make(db: sa.Connection) -> None:
    db.execute(sa.text("CREATE TABLE words (word TEXT PRIMARY KEY)"))


def _add(db: sa.Connection, word: str) -> None:
    db.exec_driver_sql(f"INSERT INTO words VALUES ('{word}')")


def _words(db: sa.Connection) -> list[str]:
    return sorted(db.execute(sa.text("SELECT word FROM words")).scalars())


@pytest.mark.parametrize("url", ["sqlite", "postgres"], indirect=True)
def test_each_statement_is_there_for_others_when_it_returns_and_a_refused_one_leaves_nothing(url: str) -> None:
    store = Store(url)
    kept = PinnedConnection(store)
    store.write_now(_make)
    kept.write_now(_add, "one")
    assert store.read_now(_words) == ["one"]
    with pytest.raises(sa.exc.IntegrityError):
        kept.write_now(_add, "one")
    with pytest.raises(StoreError):
        kept.write_now(lambda db: db.exec_driver_sql("INSERT INTO nowhere VALUES (1)"))
    kept.write_now(_add, "two")
    assert store.read_now(_words) == ["one", "two"]
    store.write_now(_add, "three")
    kept.close()
    kept.write_now(_add, "four")
    assert store.read_now(_words) == ["four", "one", "three", "two"]
    kept.close()
    store.close()


def test_a_connection_that_died_since_its_last_use_is_made_anew_and_one_that_cannot_be_is_told(
    postgres_url: str,
) -> None:
    store, other = Store(postgres_url), Store(postgres_url)
    kept = PinnedConnection(store)
    other.write_now(_make)
    kept.write_now(_add, "one")
    cut_off = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'INSERT INTO words%'")
    assert other.read_now(lambda db: db.execute(cut_off).scalars().all()) == [True]
    kept.write_now(_add, "two")
    assert other.read_now(_words) == ["one", "two"]
    with pytest.raises(TransientError):
        kept.write_now(lambda db: db.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())"))
    kept.write_now(_add, "three")
    assert other.read_now(_words) == ["one", "three", "two"]
    for one in (kept, store, other):
        one.close()
