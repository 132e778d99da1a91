"""Runs of a toy workflow over a real database, with an engine that only writes down what it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.tables import make_tables
from tests.fakes.toy_workflow import TOY, RememberingReporter
from tests.workflows.engine.test_admission import Heard
from workflows.runs.control import Runs
from workflows.store.database import Store


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Runs]:
    store = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
    make_tables(store)
    yield Runs(store, Heard(), {"toy": TOY}, RememberingReporter())
    store.close()
