"""JSON as people and models write it: with comments, with a comma too many or too few, or in Python's or no quotes."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

_MOST_CODE = 20_000
_FIRST = frozenset('{["0123456789-tfnTFN')
_STRING = r'"(?:\\.|[^"\\])*+"'
_COMMENTS = re.compile(rf"({_STRING}|'(?:\\.|[^'\\\n])*+')|//[^\n]*|/\*[^*]{{0,500}}\*/|\u00a0", re.DOTALL)
_COMMAS = re.compile(rf"({_STRING})([ \t]*\n\s*+(?=\"))?|,(?=\s*[}}\]])", re.DOTALL)
_KEYS = re.compile(rf"({_STRING})|(?<=[{{,\s])([A-Za-z_]\w*)(?=\s*:)", re.DOTALL)
_CURLY_QUOTES = str.maketrans({"\u201c": '"', "\u201d": '"'})


def loosely(text: str, otherwise: Any = None) -> Any:
    """A value as people write JSON; else `otherwise`."""
    text = text.strip()
    if not text[:1] or (text[0] not in _FIRST and not text.startswith(("//", "/*"))):
        return otherwise
    for attempt in _attempts(text):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    try:
        value = ast.literal_eval(text) if len(text) <= _MOST_CODE else otherwise
        json.dumps(value)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return otherwise
    return value


def braced(text: str) -> Iterator[tuple[int, int]]:
    """Where pieces in braces begin and end that are in no other; braces within quotation marks in them do not count."""
    start, depth, quote, skip = -1, 0, "", False
    for at, character in enumerate(text):
        if skip:
            skip = False
        elif quote:
            skip = character == "\\"
            quote = "" if character == quote else quote
        elif character == "{":
            start, depth = (at, 1) if not depth else (start, depth + 1)
        elif depth and character == '"':
            quote = character
        elif depth and character == "}":
            depth -= 1
            if not depth:
                yield start, at + 1


def _attempts(text: str) -> Iterator[str]:
    yield text
    if '"' not in text:
        text = text.translate(_CURLY_QUOTES)
    bare = _COMMENTS.sub(lambda found: found[1] or " ", text)
    commas = _COMMAS.sub(lambda found: (found[1] + (f",{found[2]}" if found[2] else "")) if found[1] else "", bare)
    yield bare
    yield commas
    yield _KEYS.sub(lambda found: found[1] or f'"{found[2]}"', commas)
