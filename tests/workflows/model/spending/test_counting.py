"""Counting an answer as litellm hands it on, whatever of it is there."""

from __future__ import annotations

from types import SimpleNamespace as Thing

import pytest

from workflows.model.spending.counting import Counted, counted, readable


@pytest.mark.parametrize("name", ["cache_write_tokens", "cache_creation_tokens"])
def test_each_name_of_what_is_written_to_a_cache_is_enough(name: str) -> None:
    details = Thing(cached_tokens=1, **{name: 7})
    usage = Thing(prompt_tokens=10, completion_tokens=2, prompt_tokens_details=details)
    assert counted(Thing(usage=usage)) == Counted(prompt=10, completion=2, cached=1, written=7, usd=None)


def test_numbers_of_tokens_that_cannot_be_count_as_none() -> None:
    usage = Thing(prompt_tokens=float("inf"), completion_tokens=True, cache_creation_input_tokens=-5)
    assert counted(Thing(usage=usage)) == counted(Thing()) == Counted(0, 0, 0, 0, None)


@pytest.mark.parametrize(
    ("cost", "usd"),
    [
        ("0.02", 0.02),
        ({"total_cost": 0.02, "request_cost": 0.01}, 0.02),
        ({"total": "0.02"}, 0.02),
        ("free", None),
        ([0.02], None),
        ({}, None),
        (-1, None),
        (True, None),
        (float("nan"), None),
        (10**400, None),
        ("1" * 5000, None),
    ],
)
def test_a_cost_is_read_in_whatever_form_it_is_told(cost: object, usd: float | None) -> None:
    assert counted(Thing(usage=Thing(prompt_tokens=1, cost=cost))).usd == usd


def test_ticks_of_a_dollar_are_a_cost() -> None:
    assert counted(Thing(usage=Thing(cost_in_usd_ticks=37_756_000))).usd == pytest.approx(0.0037756)
    assert counted(Thing(usage=Thing(cost_in_usd_ticks="x"))).usd is None


def test_no_call_takes_more_than_a_thousand_million_tokens_and_what_was_cached_is_a_part_of_it() -> None:
    details = Thing(cached_tokens=100, cache_write_tokens=100)
    usage = Thing(prompt_tokens=7, completion_tokens=10**400, prompt_tokens_details=details)
    assert counted(Thing(usage=usage)) == Counted(7, 1_000_000_000, 7, 0, None)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"prompt_tokens": "12", "completion_tokens": 1.5}, {"prompt_tokens": 12, "completion_tokens": 1}),
        ({"prompt_tokens": {"a": 1}, "total_tokens": "x"}, {"prompt_tokens": None, "total_tokens": None}),
        (
            {"prompt_tokens_details": {"cached_tokens": "x", "audio_tokens": -1}},
            {"prompt_tokens_details": {"cached_tokens": None, "audio_tokens": 0}},
        ),
        ({"prompt_tokens_details": [1], "server_tool_use": "x", "service_tier": "a"}, None),
        ("x", {}),
        ([], {}),
    ],
)
def test_what_is_said_under_usage_is_read_as_far_as_it_can_be(given: object, read: object) -> None:
    assert readable(given) == ({"prompt_tokens_details": None, "service_tier": "a"} if read is None else read)
