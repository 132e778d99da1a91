"""A larger budget for a run that has spent its own."""

from __future__ import annotations

import pytest

from workflows.errors import RunError
from workflows.runs.raising import Raise
from workflows.store.records import Run
from workflows.values import Bounds, Options, RunStatus, Spent


def run(bounds: Bounds) -> Run:
    return Run("a", "w", 1, RunStatus.FAILED, "r", "t", {}, Options(bounds=bounds), {}, "a", 0, 0)


def raised(given: str, bounds: Bounds, most: float | None = None) -> Bounds:
    return Raise(given, most, lambda *_: None).options(run(bounds), Spent()).bounds


def test_all_bounds_grow_alike_since_any_may_have_been_met() -> None:
    bounds = raised("$5", Bounds(usd=2.0, tokens=1001, turns=3, minutes=10.0))
    assert bounds == Bounds(usd=5.0, tokens=2503, turns=8, minutes=25.0)
    assert raised("5", Bounds(usd=2.0, tokens=None, turns=None, minutes=None)).tokens is None


@pytest.mark.parametrize("given", ["", "lots", "nan", "inf", "-1", "0", "$"])
def test_what_is_no_amount_is_refused_with_an_example(given: str) -> None:
    with pytest.raises(RunError, match="is no number of dollars") as refused:
        raised(given, Bounds(usd=2.0))
    assert "/retry budget=5" in refused.value.remedy


def test_it_is_larger_and_within_what_the_server_allows() -> None:
    with pytest.raises(RunError, match="is \\$2 already"):
        raised("2", Bounds(usd=2.0))
    with pytest.raises(RunError, match="can be raised to \\$4"):
        raised("5", Bounds(usd=2.0), most=4.0)
    with pytest.raises(RunError, match="no budget in dollars"):
        raised("5", Bounds(usd=None))


def test_a_budget_that_no_price_would_bind_is_refused() -> None:
    def unknown(*_: object) -> None:
        raise RunError("No price is known.")

    with pytest.raises(RunError, match="No price is known"):
        Raise("5", None, unknown).options(run(Bounds(usd=2.0)), Spent())
