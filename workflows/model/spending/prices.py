"""What a call costs, from a price list in litellm's form or from a price that was set by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PriceList = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per token. Prompts longer than `threshold` tokens cost `beyond` instead."""

    prompt: float
    completion: float
    cached: float
    written: float
    threshold: int = 0
    beyond: Price | None = None

    def usd(self, prompt: int, completion: int, *, cached: int = 0, written: int = 0) -> float:
        """A call's price; `cached` and `written` are parts of `prompt` that were read from or put into a cache."""
        if self.beyond is not None and prompt > self.threshold:
            return self.beyond.usd(prompt, completion, cached=cached, written=written)
        fresh = max(0, prompt - cached - written)
        return fresh * self.prompt + cached * self.cached + written * self.written + completion * self.completion


def by_hand(prompt: float, completion: float) -> Price:
    """A price given as dollars per million tokens, cached ones counted in full."""
    return Price(prompt / 1e6, completion / 1e6, prompt / 1e6, prompt / 1e6)


def listed(info: Mapping[str, Any]) -> Price | None:
    """The price in a list's entry for a model, None where there is none."""
    price = _read(info)
    for key in info if price is not None else ():
        prefix, _, size = key.partition("_above_")
        if prefix == "input_cost_per_token" and size.endswith("k_tokens") and size[:-8].isdigit():
            beyond = _read(info, f"_above_{size}")
            if price is not None and beyond is not None:
                return Price(price.prompt, price.completion, price.cached, price.written, int(size[:-8]) * 1000, beyond)
    return price


def window(info: Mapping[str, Any]) -> int | None:
    """The size of the model's context window in tokens, None where a list's entry does not say."""
    size = info.get("max_input_tokens") or info.get("max_tokens")
    return int(size) if isinstance(size, int | float) and size > 0 else None


def entry(prices: PriceList, name: str) -> Mapping[str, Any]:
    """The list's entry for a name, with or without its provider before it; empty where there is none."""
    while name not in prices and "/" in name:
        name = name.partition("/")[2]
    return prices.get(name, {})


def _read(info: Mapping[str, Any], suffix: str = "") -> Price | None:
    prompt, completion = info.get(f"input_cost_per_token{suffix}"), info.get(f"output_cost_per_token{suffix}")
    if not isinstance(prompt, int | float) or not isinstance(completion, int | float):
        return None
    cached = info.get(f"cache_read_input_token_cost{suffix}")
    written = info.get(f"cache_creation_input_token_cost{suffix}")
    return Price(
        float(prompt),
        float(completion),
        float(cached) if isinstance(cached, int | float) else float(prompt),
        float(written) if isinstance(written, int | float) else float(prompt),
    )
