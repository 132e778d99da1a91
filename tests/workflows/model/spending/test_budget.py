"""The room that a budget leaves."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from workflows.model.spending.budget import ALL, WORK, Budget
from workflows.ports import Usage
from workflows.values import Bounds, Spent

FREE = Bounds(usd=None, turns=None, minutes=None)


def priced(prompt: int, completion: int) -> float:
    return prompt * 3e-6 + completion * 15e-6


def unpriced(prompt: int, completion: int) -> None:
    return None


def test_without_bounds_there_is_all_the_room_that_was_asked_for() -> None:
    assert Budget(FREE, Spent(), unpriced).room(1_000_000, WORK, most=8192).tokens == 8192


def test_the_tightest_bound_counts_and_is_named() -> None:
    bounds = replace(FREE, usd=0.1, tokens=50_000)
    room = Budget(bounds, Spent(), priced).room(1000, WORK, most=8192)
    assert (room.tokens, room.tightest) == (5800, "dollars")


def test_without_a_price_what_was_told_of_earlier_calls_binds() -> None:
    bounds = replace(FREE, usd=1.0)
    assert Budget(bounds, Spent(usd=0.89), unpriced).room(1000, WORK, most=8192).tokens == 8192
    assert Budget(bounds, Spent(usd=0.9), unpriced).room(1000, WORK, most=8192).tokens == 0
    assert Budget(bounds, Spent(usd=0.9), unpriced).room(1000, ALL, most=8192).tokens == 8192
    assert Budget(bounds, Spent(usd=1.0), unpriced).room(1000, ALL, most=8192).tokens == 0


def test_the_last_turn_is_kept_for_the_report() -> None:
    budget = Budget(replace(FREE, turns=10), Spent(turns=9), unpriced)
    assert budget.room(1, WORK, most=100).tokens == 0
    assert budget.room(1, ALL, most=100).tokens == 100
    budget.charge(Usage())
    assert budget.room(1, ALL, most=100) == budget.room(1, WORK, most=100)
    assert budget.room(1, ALL, most=100).tightest == "turns"


def test_minutes_go_on_from_what_was_spent_before() -> None:
    now = [100.0]
    budget = Budget(replace(FREE, minutes=10), Spent(seconds=300), unpriced, clock=lambda: now[0])
    assert budget.seconds_left() == 300
    assert budget.seconds_left(WORK) == 240
    now[0] += 250
    assert budget.room(1, WORK, most=100).tokens == 0
    assert budget.room(1, ALL, most=100).tokens == 100
    assert budget.spent.seconds == 550


def test_what_was_charged_is_what_was_spent() -> None:
    budget = Budget(FREE, Spent(usd=1.0, tokens=5, turns=1), priced)
    budget.charge(Usage(10, 20, 5, 0.5))
    budget.charge(Usage(1, 2, 0, None))
    assert replace(budget.spent, seconds=0) == Spent(usd=1.5, tokens=38, turns=3, unpriced=1)


@given(
    usd=st.floats(min_value=0.001, max_value=10),
    prompts=st.lists(st.integers(min_value=1, max_value=200_000), max_size=40),
    share=st.sampled_from([WORK, ALL]),
)
def test_whatever_the_prompts_calls_that_had_room_never_cost_more_than_the_bound(
    usd: float, prompts: list[int], share: float
) -> None:
    budget = Budget(replace(FREE, usd=usd), Spent(), priced)
    for prompt in prompts:
        room = budget.room(prompt, share, most=8192)
        if room.tokens:
            budget.charge(Usage(prompt, room.tokens, 0, priced(prompt, room.tokens)))
    assert budget.spent.usd <= usd * share + 1e-9
