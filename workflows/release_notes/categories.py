"""The parts that a repository has its notes in, as `.github/release.yml` says it: by labels, in its own words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

PLACES = (".github/release.yml", ".github/release.yaml")
_MOST = 30


@dataclass(frozen=True, slots=True)
class NotesCategory:
    """One part. `labels` in small letters, of which "*" means any pull request; `without` keeps one out, and so do
    the logins of `nobody_of`."""

    title: str
    labels: frozenset[str]
    without: frozenset[str] = frozenset()
    nobody_of: frozenset[str] = frozenset()

    def takes(self, labels: Collection[str], author: str) -> bool:
        return (
            author not in self.nobody_of
            and not (self.without & set(labels))
            and bool("*" in self.labels or self.labels & set(labels))
        )


@dataclass(frozen=True, slots=True)
class OwnParts:
    """The categories in their order, and the labels and authors that keep a pull request out of the notes.

    Logins are small and without "[bot]", which people write and leave out as they like.
    """

    categories: tuple[NotesCategory, ...] = ()
    left_out: frozenset[str] = frozenset()
    authors_left_out: frozenset[str] = frozenset()

    def excludes(self, labels: Collection[str], author: str = "") -> bool:
        return bool(self.left_out & {label.lower() for label in labels}) or _login(author) in self.authors_left_out

    def of(self, labels: Collection[str], author: str = "") -> str:
        """The title of the first category that takes a pull request with these labels; "" where none does."""
        small = {label.lower() for label in labels}
        return next((one.title for one in self.categories if one.takes(small, _login(author))), "")


def own_parts(text: str) -> OwnParts:
    """What a file says; nothing where it cannot be read, or is about something else."""
    from sandbox.detect.read import yamltree  # with a YAML library that only who writes notes needs

    changelog = yamltree.load(text).get("changelog")
    if not isinstance(changelog, dict):
        return OwnParts()
    listed = changelog.get("categories")
    found = [_category(one) for one in (listed if isinstance(listed, list) else [])[:_MOST]]
    excluded = changelog.get("exclude")
    return OwnParts(tuple(one for one in found if one is not None), _labels(excluded), _authors(excluded))


def _category(data: Any) -> NotesCategory | None:
    title = data.get("title") if isinstance(data, dict) else None
    if not isinstance(title, str) or not title.strip():
        return None
    return NotesCategory(" ".join(title.split())[:100], _labels(data), *_excluded(data.get("exclude")))


def _excluded(data: Any) -> tuple[frozenset[str], frozenset[str]]:
    return _labels(data), _authors(data)


def _authors(data: Any) -> frozenset[str]:
    return frozenset(map(_login, _labels(data, "authors")))


def _login(name: str) -> str:
    return name.lower().removesuffix("[bot]")


def _labels(data: Any, key: str = "labels") -> frozenset[str]:
    given = data.get(key) if isinstance(data, Mapping) else None
    names = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    return frozenset(str(name).strip().lower() for name in names if isinstance(name, str))
