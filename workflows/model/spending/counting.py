"""What a provider's answer says that it took: tokens, and where it tells it, dollars.

Nothing here is believed beyond its shape: whatever stands behind an address may write any number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

MOST_USD = 1000.0
"""What no single call costs: a larger number is a mistake, or in another unit."""
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
    return Counted(
        prompt=_tokens(usage, "prompt_tokens"),
        completion=_tokens(usage, "completion_tokens"),
        cached=_tokens(details, "cached_tokens"),
        written=written,
        usd=_told(response, usage),
    )


def _told(response: Any, usage: Any) -> float | None:
    """The cost that the provider names, in its answer or in a header; not one that litellm worked out itself."""
    own = _dollars(getattr(usage, "cost", None))
    if own is not None:
        with_own_key = getattr(usage, "is_byok", None) is True  # then `cost` is only what the go-between takes
        return own + (_dollars(_member(usage, "cost_details", "upstream_inference_cost")) or 0.0 if with_own_key else 0)
    headers = (getattr(response, "_hidden_params", None) or {}).get("additional_headers") or {}
    try:
        return _dollars(float(headers[_HEADER]))
    except (KeyError, TypeError, ValueError):
        return None


def _member(source: Any, name: str, key: str) -> Any:
    value = getattr(source, name, None)
    return value.get(key) if isinstance(value, dict) else getattr(value, key, None)


def _dollars(value: Any) -> float | None:
    """A number of dollars that one call can have cost, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 <= value <= MOST_USD else None


def _tokens(source: Any, name: str) -> int:
    value = getattr(source, name, None)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if math.isfinite(value) and value > 0 else 0
