"""Keeps secrets out of every text that leaves: comments, pull requests, logs, kept transcripts.

A secret is found by its value, as it is, in base64 (wherever in the encoded text it begins)
and percent-encoded. Beside that, whatever has the unmistakable shape of a token of the
forge or of a private key is taken out, known or not.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import threading
from collections import OrderedDict
from functools import lru_cache
from urllib.parse import quote, quote_plus

MARK = "[redacted]"

_SHORTEST = 8
"""Shorter values would take pieces out of ordinary words."""
_MOST_VALUES = 512
"""Tokens are renewed every hour; the oldest ones have long expired when they are forgotten."""
_SHAPES = re.compile(
    r"\bgh[pousr]_[A-Za-z0-9_.\-]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}"
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.{0,20000}?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)",
    re.DOTALL,
)


class Redactor:
    """Knows the secrets of this process and takes them out of texts. Safe from several threads."""

    def __init__(self, *values: str) -> None:
        self._lock = threading.Lock()
        self._values: OrderedDict[str, None] = OrderedDict()
        self._lasting: set[str] = set()
        for value in values:
            self.add(value, lasting=True)

    def add(self, value: str, *, lasting: bool = False) -> None:
        """Learn a secret. One that is `lasting` (a key, not a token) is never forgotten; short ones are ignored."""
        parts = [part.strip() for part in value.splitlines()] if "\n" in value.strip() else [value.strip()]
        with self._lock:
            for part in parts:
                if len(part) < _SHORTEST or part.startswith("-----"):
                    continue
                self._values[part] = None
                self._values.move_to_end(part)
                if lasting:
                    self._lasting.add(part)
            while len(self._values) - len(self._lasting) > _MOST_VALUES:
                del self._values[next(old for old in self._values if old not in self._lasting)]

    def __call__(self, text: str) -> str:
        """The text with every known secret, in every form, replaced by a mark."""
        with self._lock:
            values = sorted(self._values, key=len, reverse=True)
        # Neither the ends of lines (of `base64`, of mail, in YAML) nor what makes a text harmless hide a secret.
        flat = _BETWEEN.sub("", text)
        for value in values:
            for form in _forms(value):
                if form in flat:
                    text = _across_lines(form).sub(MARK, text)
        return _SHAPES.sub(MARK, text)


class RedactingFilter(logging.Filter):
    """Takes secrets out of log records, of their tracebacks too. Belongs on every handler."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self._redact(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self._redact(record.exc_text)
        if record.stack_info:
            record.stack_info = self._redact(record.stack_info)
        return True


_BETWEEN = re.compile("[\r\n][ \t]*|\u200b")


@lru_cache(maxsize=2 * _MOST_VALUES)
def _forms(value: str) -> tuple[str, ...]:
    """The ways in which a value may stand in a text, longest first."""
    raw = value.encode("utf-8", "surrogateescape")
    forms = {value, json.dumps(value)[1:-1], quote(value, safe=""), quote_plus(value), raw.hex(), raw.hex().upper()}
    forms |= {re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), form) for form in set(forms)}
    for offset in range(3):
        # Only the characters that no neighbour has a bit in: they are there whatever stands around.
        first, last = -(-offset * 8 // 6), (offset + len(raw)) * 8 // 6
        encoded = base64.b64encode(b"\0" * offset + raw).decode()[first:last]
        forms |= {encoded, encoded.replace("+", "-").replace("/", "_")}
    return tuple(sorted(forms, key=len, reverse=True))


@lru_cache(maxsize=64)
def _across_lines(form: str) -> re.Pattern[str]:
    return re.compile(f"(?:{_BETWEEN.pattern})*".join(re.escape(character) for character in form))
