"""Keeps secrets out of every text that leaves: comments, pull requests, logs, kept transcripts.

A secret is found by its value, as it is, in base64 (wherever in the encoded text it begins), in hexadecimal
and percent-encoded; what lasts, a key, also in base32, in base64 twice, reversed, and with each character
written by its number. Beside that, whatever has the unmistakable shape of a token or of a private key,
and every password in an address that is no placeholder, is taken out, known or not.
"""

from __future__ import annotations

import base64
import codecs
import json
import logging
import re
import threading
from collections import OrderedDict, deque
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import quote, quote_plus

from workflows.secrets.addresses import Password, passwords_in
from workflows.secrets.placeholders import is_placeholder
from workflows.secrets.shapes import shaped

MARK = "[redacted]"

_SHORTEST = 8
"""Shorter values would take pieces out of ordinary words."""
_MOST_VALUES = 512
"""Tokens are renewed every hour; the oldest ones have long expired when they are forgotten."""
_FORGE = re.compile(r"\bgh[pousr]_[A-Za-z0-9_.\-]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}")
_KEY = re.compile(r"-----(?:(BEGIN)|END) [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_LONGEST_KEY = 20_000
_PIECE, _OVERLAP = 16_384, 1_024
"""Characters that are searched for shapes at a time, and how many of them the next time again."""


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
            values = [(one, one in self._lasting) for one in sorted(self._values, key=len, reverse=True)]
        # Neither the ends of lines (of `base64`, of mail, in YAML) nor what makes a text harmless hide a secret.
        flat = _BETWEEN.sub("", text)
        for value, lasting in values:
            for form in (*_forms(value), *(_rarer_forms(value) if lasting else ())):
                if form in flat:
                    text = _across_lines(form).sub(MARK, text)
        return _without_shapes(text)


def _without_shapes(text: str) -> str:
    """The text without keys, tokens of a known shape, and passwords in addresses that are no placeholders."""
    text = _FORGE.sub(MARK, _without_keys(text))
    spans: list[tuple[int, int]] = []
    for start in range(0, max(len(text) - _OVERLAP, 1), _PIECE - _OVERLAP):
        piece = text[start : start + _PIECE]
        spans += [(start + one.start, start + one.end) for one in shaped(piece)]
        spans += [(start + one.start, start + one.end) for one in passwords_in(piece) if _is_password(one)]
    parts, at = [], 0
    for begin, end in sorted(spans):
        if end > at:
            parts += [text[at:begin], MARK] if begin >= at else []
            at = end
    return "".join([*parts, text[at:]])


def _is_password(password: Password) -> bool:
    """Certain ones are passwords by where they stand; what is taken out already is none."""
    value = password.value
    return password.certain and MARK not in value and not is_placeholder(value, password.user, password.host)


def _without_keys(text: str) -> str:
    """Private keys go from their first line to their last, or to where the text ends before it."""
    parts: list[str] = []
    at, begun = 0, deque[int]()
    for match in _KEY.finditer(text):
        while begun and match.start() - begun[0] > _LONGEST_KEY:
            begun.popleft()
        if match[1]:
            begun.append(match.start())
        elif begun:
            parts += [text[at : begun[0]], MARK]
            at = match.end()
            begun.clear()
    while begun and len(text) - begun[0] > _LONGEST_KEY:
        begun.popleft()
    return "".join([*parts, text[at : begun[0]], MARK] if begun else [*parts, text[at:]])


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
    forms |= set(_in_base64(raw))
    return tuple(sorted(forms, key=len, reverse=True))


@lru_cache(maxsize=_MOST_VALUES)
def _rarer_forms(value: str) -> tuple[str, ...]:
    """Those in which nobody writes a value but to get it past a filter, longest first."""
    raw = value.encode("utf-8", "surrogateescape")
    forms = {value[::-1], codecs.encode(value, "rot13")}
    for digits in ("x", "X"):
        numbers = [format(byte, f"02{digits}") for byte in raw]
        forms |= {"".join(f"{before}{one}{after}" for one in numbers) for before, after in _NUMBERED}
        forms |= {between.join(numbers) for between in _SEPARATED}
    forms |= {
        "".join(f"&#{byte};" for byte in raw),
        ", ".join(map(str, raw)),
        ",".join(map(str, raw)),
        " ".join(map(str, raw)),
    }
    for offset in range(5):
        first, last = -(-offset * 8 // 5), (offset + len(raw)) * 8 // 5
        encoded = base64.b32encode(b"\0" * offset + raw).decode()[first:last]
        forms |= {encoded, encoded.lower()}
    for once in _in_base64(raw):
        forms |= set(_in_base64(once.encode()))
    return tuple(sorted(forms, key=len, reverse=True))


_NUMBERED = (("\\x", ""), ("\\u00", ""), ("\\u{", "}"), ("%", ""), ("&#x", ";"), ("U+00", ""), ("=", ""))
_SEPARATED = (" ", ":", "-", ", 0x", ",0x", " 0x")


def _in_base64(raw: bytes) -> Iterator[str]:
    """In either alphabet, only the characters in which no neighbour has a bit: these stand whatever is around them."""
    for offset in range(3):
        first, last = -(-offset * 8 // 6), (offset + len(raw)) * 8 // 6
        encoded = base64.b64encode(b"\0" * offset + raw).decode()[first:last]
        yield encoded
        yield encoded.replace("+", "-").replace("/", "_")


@lru_cache(maxsize=64)
def _across_lines(form: str) -> re.Pattern[str]:
    return re.compile(f"(?:{_BETWEEN.pattern})*".join(re.escape(character) for character in form))
