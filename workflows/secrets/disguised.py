"""Other readings of a line: what an encoding, an escape or a sum of texts hides of a secret's shape.

A manifest of Kubernetes holds its secrets in base64, a script puts one together from two halves, an editor saves
UTF-16. Only shapes are looked for in these readings: there is too much in base64 that merely looks random.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

_UNSEEN = re.compile("[\x00\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_ESCAPE = re.compile(
    r"\\x([0-9a-fA-F]{2})|\\u\{?([0-9a-fA-F]{2,6})\}?|%([0-7][0-9a-fA-F])|&#(\d{2,7});|&#[xX]([0-9a-fA-F]{2,6});"
)
_SUM = re.compile(r"([\"'`])\s{0,20}(?:\+|\.{1,2}|<>|&|\\)?\s{0,20}[rRbBuUfF]{0,2}\1")
"""Where one text in quotes ends and the next one begins, with nothing or a sign for a sum in between."""
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX = re.compile(r"(?<![A-Za-z0-9])(?:[0-9a-fA-F]{2}){16,}(?![A-Za-z0-9])")
_DECIMAL = 4
_LAST = 0x10FFFF


def readings(text: str) -> Iterator[str]:
    """The line as it reads without each of these, where it has any; in time linear in its length."""
    plain = _UNSEEN.sub("", text)
    if plain != text:
        yield plain
    unescaped = _ESCAPE.sub(_character, plain) if "\\" in plain or "%" in plain or "&#" in plain else plain
    summed = _SUM.sub("", unescaped)
    if summed != plain:
        yield summed
    for found in _BASE64.finditer(summed):
        yield from _decoded(found[0])
    for found in _HEX.finditer(summed):
        yield from _printable(bytes.fromhex(found[0]))


def _character(found: re.Match[str]) -> str:
    digits = found[found.lastindex or 0]
    code = int(digits) if found.lastindex == _DECIMAL else int(digits, 16)
    return chr(code) if 0 < code <= _LAST and not 0xD800 <= code < 0xE000 else found[0]


def _decoded(text: str) -> Iterator[str]:
    bare = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        yield from _printable(base64.b64decode(bare[: len(bare) - (len(bare) % 4 == 1)] + "=" * (-len(bare) % 4)))
    except (binascii.Error, ValueError):
        return


def _printable(data: bytes) -> Iterator[str]:
    """What was decoded, where it is a text; UTF-16 is one, too."""
    try:
        text = data.replace(b"\0", b"").decode("ascii")
    except UnicodeDecodeError:
        return
    if text.replace("\n", "").replace("\r", "").replace("\t", "").isprintable():
        yield text
