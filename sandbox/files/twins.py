"""Paths that are one file where case, or the way in which accents are put together, makes no difference."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def twins(paths: Iterable[str], new: Iterable[str]) -> list[tuple[str, str]]:
    """Each new path that macOS or Windows would take for another one of `paths`, with that one."""
    by_fold: dict[str, list[str]] = {}
    for path in paths:
        by_fold.setdefault(_folded(path), []).append(path)
    return [(path, other) for path in sorted(new) for other in by_fold.get(_folded(path), ()) if other != path][:20]


def _folded(path: str) -> str:
    return (
        path.casefold()
        if path.isascii()
        else unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
    )
