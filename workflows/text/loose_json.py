"""JSON as people and models write it: with comments, with a comma at the end, or in Python's quotes."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

_MOST_CODE = 20_000


def loosely(text: str, otherwise: Any = None) -> Any:
    """A value as people write JSON: with comments, with a comma at the end, or in Python's quotes; else `otherwise`."""
    if not text.strip()[:1] or text.strip()[:1] not in '{["0123456789-tfnTFN':
        return otherwise
    bare = re.sub(r"(?m)^\s*//[^\n]*$|/\*.*?\*/", "", text) if "/" in text else text
    for attempt in (text, bare, re.sub(r",(\s*[}\]])", r"\1", bare)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    try:
        value = ast.literal_eval(text.strip()) if len(text) <= _MOST_CODE else otherwise
        json.dumps(value)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return otherwise
    return value
