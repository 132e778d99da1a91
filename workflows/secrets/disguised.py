"""Other readings of a line: what an encoding, an escape or a sum of texts hides of a secret's shape.

A manifest of Kubernetes holds its secrets in base64, a script puts one together from two halves, an editor saves
UTF-16. Only shapes are looked for in these readings: there is too much in base64 that merely looks random.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Iterator

_UNSEEN = re.compile("[\x00\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_ESCAPE = re.compile(
    r"\\x([0-9a-fA-F]{2})|\\u\{([0-9a-fA-F]{2,6})\}|\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|%([0-7][0-9a-fA-F])"
    r"|\\([01][0-7]{2})(?!\d)|&#(\d{2,7});|&#[xX]([0-9a-fA-F]{2,6});"
)
_SUM = re.compile(r"([\"'`])\s{0,20}(?:\+|\.{1,2}|<>|&|\\)?\s{0,20}[rRbBuUfF]{0,2}\1")
"""Where one text in quotes ends and the next one begins, with nothing or a sign for a sum in between."""
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX = re.compile(r"(?<![A-Za-z0-9])(?:[0-9a-fA-F]{2}){16,}(?![A-Za-z0-9])")
_BASE32 = re.compile(r"(?<![A-Za-z0-9])[A-Z2-7]{32,}")
_CODES = re.compile(
    r"(?<![\w.])(?:(?:0[xX][0-9a-fA-F]{2}|\d{2,3})\s{0,3},\s{0,3}){15,}(?:0[xX][0-9a-fA-F]{2}|\d{2,3})(?![\w.])"
)
"""Characters by their numbers."""
_INNER = re.compile(r"\$?\{\s{0,3}([\"'`])([^\"'`{}]{0,200})\1\s{0,3}\}")
"""A text that is put into another one where it stands."""
_LITERAL = re.compile(r"\"([^\"\n]{0,300})\"|'([^'\n]{0,300})'|`([^`\n]{0,300})`")
_GAP = re.compile(r"\{\d?\}|%s")
_MOST_LITERALS = 200
_BACKWARDS = re.compile(r"\[::-1\]|revers|\brev\b", re.IGNORECASE)
_ROTATED = re.compile(r"rot_?13|N-ZA-M", re.IGNORECASE)
_OCTAL, _DECIMAL = 6, 7
"""The groups of `_ESCAPE` that are no hexadecimal numbers."""
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
    yield from _put_together(unescaped)
    for found in _BASE64.finditer(summed):
        for decoded in _decoded(found[0]):
            yield decoded
            for again in _BASE64.finditer(decoded):
                yield from _decoded(again[0])
    for found in _BASE32.finditer(summed):
        yield from _printable(base64.b32decode(found[0][: len(found[0]) // 8 * 8]))
    for found in _HEX.finditer(summed):
        yield from _printable(bytes.fromhex(found[0]))


def _put_together(text: str) -> Iterator[str]:
    """The line with its texts in one, as a call would put them together, and with characters for their numbers."""
    inner = _INNER.sub(lambda found: found[2], text)
    if inner != text:
        yield inner
    literals = [next(filter(None, found.groups()), "") for found in _LITERAL.finditer(text)]
    if 1 < len(literals) <= _MOST_LITERALS:
        yield _GAP.sub("", "".join(literals))
    for found in _CODES.finditer(text):
        codes = [int(one, 0) for one in re.findall(r"0[xX][0-9a-fA-F]+|[1-9]\d*", found[0])]
        yield "".join(map(chr, codes))
    if _BACKWARDS.search(text):
        yield text[::-1]
    if _ROTATED.search(text):
        yield codecs.encode(text, "rot13")


def _character(found: re.Match[str]) -> str:
    digits = found[found.lastindex or 0]
    code = int(digits, {_DECIMAL: 10, _OCTAL: 8}.get(found.lastindex or 0, 16))
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
