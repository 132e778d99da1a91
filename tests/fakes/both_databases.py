"""A store with its tables on each database that is supported, for the tests of what both must do alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.postgres import postgres, postgres_url
from tests.fakes.tables import make_tables
from workflows.store.database import Store

__all__ = ["either_store", "postgres", "postgres_url"]


@pytest.fixture(params=["sqlite", "postgres"])
def either_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """With nothing in it. Import `postgres` and `postgres_url` beside it."""
    file = f"sqlite:///{tmp_path / 'app.sqlite'}"
    store = Store(file if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    make_tables(store)
    yield store
    store.close()
