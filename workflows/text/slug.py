"""A piece of a title as part of a name in ASCII: in whatever script it is written, and never the same for all."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_MOST = 40
_LETTERS = {
    **dict(zip("абвгдеёзийклмнопрстуфхыэ", "abvgdeezijklmnoprstufhye", strict=True)),
    **{"ж": "zh", "ц": "c", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "yu", "я": "ya"},
    **{
        "і": "i",
        "ї": "yi",
        "є": "ye",
        "ґ": "g",
        "ў": "u",
        "ђ": "dj",
        "ј": "j",
        "љ": "lj",
        "њ": "nj",
        "ћ": "c",
        "џ": "dz",
    },
    **dict(zip("αβγδεζηικλμνξοπρσςτυφω", "abgdeziiklmnxoprsstyfo", strict=True)),
    **{"θ": "th", "χ": "ch", "ψ": "ps"},
    **{"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ŋ": "n"},
}
_SPELT = re.compile(r"(?:HANGUL SYLLABLE|(?:HIRAGANA|KATAKANA) LETTER)(?: SMALL)? (\w+)$")
"""Scripts in whose characters' names the sound stands."""


def slug(title: str, most: int = _MOST) -> str:
    """Words of the title with hyphens between them; where letters were left out, a few digits that only it has.

    "" for no title at all.
    """
    plain, lost = [], False
    for character in unicodedata.normalize("NFKC", title).lower():
        for part in unicodedata.normalize("NFD", character) if character not in _LETTERS else character:
            spelt = _spelt(character if character in _LETTERS else part, character)
            lost = lost or (spelt is None and unicodedata.category(part)[0] in "LN")
            plain.append(spelt if spelt is not None else "" if unicodedata.combining(part) else " ")
    text = "-".join(re.findall(r"[a-z0-9]+", "".join(plain)))
    if (text and not lost) or not title.strip():
        return text[:most].strip("-")
    digits = hashlib.sha256(unicodedata.normalize("NFC", title.strip()).encode(errors="replace")).hexdigest()[:8]
    return f"{text[: most - 9].strip('-')}-{digits}".strip("-")


def _spelt(part: str, whole: str) -> str | None:
    """A character in ASCII, None where there is no way."""
    if part.isascii():
        return part if part.isalnum() else " "
    if part in _LETTERS:
        return _LETTERS[part]
    found = _SPELT.match(unicodedata.name(whole, ""))
    return (found[1].lower() if part == unicodedata.normalize("NFD", whole)[0] else "") if found else None
