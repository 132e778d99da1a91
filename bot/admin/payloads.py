"""A webhook's payload as text to read."""

from __future__ import annotations

import json

_MOST = 200_000


def pretty(payload: bytes) -> str:
    """Indented where it is JSON; cut where it is long."""
    text = payload.decode("utf-8", "replace")
    try:
        text = json.dumps(json.loads(text), indent=1, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text[:_MOST]
    return text if len(text) <= _MOST else f"{text[:_MOST]}\n…"
