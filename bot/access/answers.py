"""Answers whose text may hold what cannot be sent: half of a character, of a model or of a name of a file.

JSON brings such halves (`"\\ud83d"`), and our database keeps them; where they are shown a replacement stands for each.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse


def sound(text: str) -> str:
    """The text with halves that belong together joined, and others replaced."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class PageAnswer(HTMLResponse):
    """A page."""

    def render(self, content: Any) -> bytes:
        return sound(content).encode()


class TextAnswer(PlainTextResponse):
    """Text, of bytes as they are."""

    def render(self, content: Any) -> bytes:
        return content if isinstance(content, bytes) else sound(content).encode()


class JsonAnswer(JSONResponse):
    """JSON in UTF-8."""

    def render(self, content: Any) -> bytes:
        return sound(json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))).encode()
