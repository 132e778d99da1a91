"""Noticing that a model goes in circles: the same again and again, to and fro, or only errors."""

from __future__ import annotations

import hashlib
import re
from collections import deque

SAME = 4
PAIRS = 3
ERRORS = 3
FORGIVEN = 20
"""After so many tool calls without trouble a nudge is forgotten."""

_NOISE = re.compile(r"\b\d+(?:\.\d+)? ?m?s\b|0x[0-9a-f]{4,16}")
"""What differs between two runs of the same command and means nothing: durations and addresses."""


class Watch:
    """Sees every tool call with its result. `trouble` is a sentence while the model goes in circles."""

    def __init__(self) -> None:
        self.trouble = ""
        self._seen: deque[bytes] = deque(maxlen=2 * PAIRS)
        self._errors = 0
        self._since_nudge: int | None = None

    @property
    def stuck(self) -> bool:
        """Whether it goes in circles although it was nudged."""
        return bool(self.trouble) and self._since_nudge is not None

    def see(self, action: str, result: str, *, failed: bool) -> None:
        """`failed` means that the tool could not do what was asked; a command's exit code is no failure."""
        self._errors = self._errors + 1 if failed else 0
        self._seen.append(hashlib.blake2b(f"{action}\0{_NOISE.sub('#', result)}".encode(errors="replace")).digest())
        self.trouble = self._judge()
        if self._since_nudge is not None and not self.trouble:
            self._since_nudge += 1
            if self._since_nudge >= FORGIVEN:
                self._since_nudge = None

    def nudged(self) -> None:
        """The model was told; what it did before no longer counts."""
        self.trouble = ""
        self._seen.clear()
        self._errors = 0
        self._since_nudge = 0

    def _judge(self) -> str:
        seen = list(self._seen)
        if len(seen) >= SAME and len(set(seen[-SAME:])) == 1:
            return f"the same call gave the same result {SAME} times"
        if len(seen) == 2 * PAIRS and len(set(seen)) == 2 and len(set(seen[::2])) == 1 and len(set(seen[1::2])) == 1:
            return f"the same two calls alternate, {PAIRS} times now"
        if self._errors >= ERRORS:
            return f"{ERRORS} calls in a row failed"
        return ""
