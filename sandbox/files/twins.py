"""Paths that are one file where case, or the way in which accents are put together, makes no difference, or that
nobody can tell apart."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def twins(paths: Iterable[str], new: Iterable[str]) -> list[tuple[str, str]]:
    """Each new path that macOS, Windows or a reader would take for another one of `paths`, with that one.

    A directory that is spelled in another way than one that is there counts by its own path.
    """
    by_fold: dict[str, set[str]] = {}
    paths, made = list(paths), set(new)
    there = {place for path in paths if path not in made for place in _places(path)}
    for path in paths:
        for place in _places(path):
            by_fold.setdefault(folded(place), set()).add(place)
    found: dict[tuple[str, str], None] = {}
    for path in sorted(made):
        for place in reversed(_places(path)):
            others = [] if place in there else sorted(by_fold[folded(place)] - {place})
            found.update(dict.fromkeys((place, other) for other in others))
            if others and place == path:
                break  # the directories above it need no word of their own
    return list(found)[:20]


def _places(path: str) -> list[str]:
    """A path, and the directories above it."""
    parts = path.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]


def folded(path: str) -> str:
    """What a path is where neither case, accents, invisible characters nor look-alikes make a difference."""
    if path.isascii():
        return "/".join(part.rstrip(" .") for part in path.casefold().split("/"))
    seen = "".join(c for c in unicodedata.normalize("NFKC", path) if unicodedata.category(c) != "Cf")
    plain = unicodedata.normalize("NFC", seen.casefold()).translate(_ALIKE)
    return "/".join(part.rstrip(" .") for part in plain.split("/"))


_ALIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u03bf\u03bd\u0131", "aeopcyxijshdovi"
)
"""Letters of Cyrillic and Greek that look like Latin ones."""
