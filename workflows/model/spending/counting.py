"""What a provider's answer says that it took: tokens, and where it tells it, dollars.

Nothing here is believed beyond its shape: whatever stands behind an address may write any number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

MOST_USD = 1000.0
"""What no single call costs: a larger number is a mistake, or in another unit."""
MOST_TOKENS = 1_000_000_000
"""What no single call takes."""
_TICKS = 10_000_000_000
"""xAI's, in a dollar."""
_LONGEST = 40
"""Characters of a number that is told as a text."""
_HEADER = "llm_provider-x-litellm-response-cost"
"""How litellm hands on the header of a proxy that is a litellm itself."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Tokens, of which `cached` and `written` are parts of `prompt`; `usd` None where the provider tells no cost."""

    prompt: int
    completion: int
    cached: int
    written: int
    usd: float | None


def counted(response: Any) -> Counted:
    """Count an answer in litellm's form."""
    usage = getattr(response, "usage", None)
    details = getattr(usage, "prompt_tokens_details", None)
    # The same tokens under the names of Anthropic, OpenRouter and litellm: of several that are there, one counts.
    written = max(
        _tokens(usage, "cache_creation_input_tokens"),
        _tokens(details, "cache_write_tokens"),
        _tokens(details, "cache_creation_tokens"),
    )
    prompt = _tokens(usage, "prompt_tokens")
    cached = min(_tokens(details, "cached_tokens"), prompt)
    return Counted(
        prompt=prompt,
        completion=_tokens(usage, "completion_tokens"),
        cached=cached,
        written=min(written, prompt - cached),
        usd=_told(response, usage),
    )


def readable(given: Any) -> dict[str, Any]:
    """What an answer says under `usage`, as far as litellm can read it; empty where it is no object.

    It refuses a whole answer, which was paid for, where one number of it is a text, a fraction, or something nested.
    """
    if not isinstance(given, dict):
        return {}
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name.endswith("_details"):
            found[name] = readable(value) or None
        elif name.endswith("_tokens"):
            found[name] = whole(value)
        elif name == "cost":
            found[name] = dollars(value)
        elif name not in _NESTED or isinstance(value, dict):
            found[name] = value
    return found


_NESTED = ("server_tool_use", "cache_creation", "inference_geo")


def _told(response: Any, usage: Any) -> float | None:
    """The cost that the provider names, in its answer or in a header; not one that litellm worked out itself."""
    own = dollars(getattr(usage, "cost", None))
    if own is None and (ticks := whole(getattr(usage, "cost_in_usd_ticks", None))):
        own = dollars(ticks / _TICKS)
    if own is not None:
        with_own_key = getattr(usage, "is_byok", None) is True  # then `cost` is only what the go-between takes
        return own + (dollars(_member(usage, "cost_details", "upstream_inference_cost")) or 0.0 if with_own_key else 0)
    headers = (getattr(response, "_hidden_params", None) or {}).get("additional_headers") or {}
    try:
        return dollars(float(headers[_HEADER]))
    except (KeyError, TypeError, ValueError):
        return None


def _member(source: Any, name: str, key: str) -> Any:
    value = getattr(source, name, None)
    return value.get(key) if isinstance(value, dict) else getattr(value, key, None)


def dollars(value: Any) -> float | None:
    """A number of dollars that one call can have cost, or None; a text that is one counts, and a sum of several."""
    if isinstance(value, dict):  # Perplexity tells each part, and the sum
        value = value.get("total_cost", value.get("total"))
    number = _number(value)
    return number if number is not None and 0 <= number <= MOST_USD else None


def whole(value: Any) -> int | None:
    """A number of tokens, or None where it is none; more than any call takes is a mistake, and counts as that much."""
    number = _number(value)
    return None if number is None else int(min(max(number, 0), MOST_TOKENS))


def _number(value: Any) -> float | None:
    if isinstance(value, str) and len(value) <= _LONGEST:
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int):
        value = min(max(value, -MOST_TOKENS - 1), MOST_TOKENS + 1)
    return float(value) if math.isfinite(value) else None


def _tokens(source: Any, name: str) -> int:
    return whole(getattr(source, name, None)) or 0
