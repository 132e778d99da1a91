"""Each bench can be loaded: they run seldom, and what they use moves."""

from __future__ import annotations

import importlib

import pytest

from tests.bench.__main__ import BENCHES


@pytest.mark.parametrize("name", BENCHES)
def test_a_bench_loads(name: str) -> None:
    assert importlib.import_module(f"tests.bench.{name}").figures
