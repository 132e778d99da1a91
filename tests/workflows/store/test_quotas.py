"""What is left of GitHub's limits is the newest word of any process."""

from __future__ import annotations

import pytest

from tests.fakes.both_databases import either_store, postgres, postgres_url
from workflows.store import quotas
from workflows.store.database import Store
from workflows.store.quotas import QuotaLine

__all__ = ["either_store", "postgres", "postgres_url"]


@pytest.fixture
def store(either_store: Store) -> Store:
    return either_store


def test_what_is_newer_is_kept_whoever_writes_last(store: Store) -> None:
    line = QuotaLine("installation 7", "core", 5000, 100, 2000.0, 1000.0)
    store.write_now(quotas.keep, [line, QuotaLine("app", "core", 60, 5, 900.0, 990.0)], 1000.0)
    store.write_now(quotas.keep, [QuotaLine("installation 7", "core", 5000, 300, 2000.0, 999.0)], 1000.0)
    assert store.read_now(quotas.all_of_them, 1500.0) == [
        QuotaLine("app", "core", 60, 60, 900.0, 990.0),
        line,
    ], "of a limit that was reset meanwhile nothing is spent"
    store.write_now(quotas.keep, [], 1000.0 + 86401.0)
    assert store.read_now(quotas.all_of_them, 1500.0) == []
