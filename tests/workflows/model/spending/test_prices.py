"""Prices, as lists give them."""

from __future__ import annotations

import pytest

from workflows.model.spending.prices import PriceList, by_hand, entry, listed, window

LIST: PriceList = {
    "plain": {"input_cost_per_token": 2e-6, "output_cost_per_token": 8e-6, "max_input_tokens": 1000},
    "cached": {
        "input_cost_per_token": 3e-6,
        "output_cost_per_token": 15e-6,
        "cache_read_input_token_cost": 0.3e-6,
        "cache_creation_input_token_cost": 3.75e-6,
        "input_cost_per_token_above_200k_tokens": 6e-6,
        "output_cost_per_token_above_200k_tokens": 22.5e-6,
    },
    "maker/own": {"input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6},
    "free": {"input_cost_per_token": 0.0, "output_cost_per_token": 0.0, "max_tokens": 77},
    "image": {"output_cost_per_image": 1.0, "max_tokens": "many"},
}


def dollars(name: str, prompt: int, completion: int, **parts: int) -> float:
    price = listed(entry(LIST, name))
    assert price is not None
    return price.usd(prompt, completion, **parts)


def test_a_price_is_found_with_or_without_the_provider_in_front() -> None:
    assert dollars("openai/plain", 1_000_000, 0) == pytest.approx(2.0)
    assert dollars("router/maker/own", 1_000_000, 0) == pytest.approx(1.0)
    assert listed(entry(LIST, "nobody/knows")) is None
    assert listed(entry(LIST, "image")) is None


def test_tokens_from_and_into_the_cache_have_prices_of_their_own() -> None:
    assert dollars("cached", 100_000, 0, cached=60_000, written=30_000) == pytest.approx(0.03 + 0.018 + 0.1125)
    assert dollars("plain", 1000, 0, cached=500) == pytest.approx(0.002)


def test_long_prompts_can_be_dearer() -> None:
    assert dollars("cached", 200_000, 1000) == pytest.approx(0.6 + 0.015)
    assert dollars("cached", 200_001, 1000) == pytest.approx(1.200006 + 0.0225)


def test_free_is_a_price() -> None:
    assert dollars("free", 1000, 1000) == 0


def test_a_price_by_hand_is_per_million() -> None:
    assert by_hand(3, 15).usd(1_000_000, 1_000_000, cached=500_000) == pytest.approx(18)


def test_windows_are_read_where_they_are_numbers() -> None:
    assert [window(entry(LIST, name)) for name in ("openai/plain", "free", "image")] == [1000, 77, None]
