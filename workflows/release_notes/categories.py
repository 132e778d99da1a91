"""The parts that a repository has its notes in, as `.github/release.yml` says it: by labels, in its own words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.detect.read import yamltree

PLACES = (".github/release.yml", ".github/release.yaml")
_MOST = 30


@dataclass(frozen=True, slots=True)
class NotesCategory:
    """One part. `labels` in small letters, of which "*" means any pull request; `without` keeps one out."""

    title: str
    labels: frozenset[str]
    without: frozenset[str] = frozenset()

    def takes(self, labels: Collection[str]) -> bool:
        return not (self.without & set(labels)) and bool("*" in self.labels or self.labels & set(labels))


@dataclass(frozen=True, slots=True)
class OwnParts:
    """The categories in their order, and the labels that keep a pull request out of the notes."""

    categories: tuple[NotesCategory, ...] = ()
    left_out: frozenset[str] = frozenset()

    def excludes(self, labels: Collection[str]) -> bool:
        return bool(self.left_out & {label.lower() for label in labels})

    def of(self, labels: Collection[str]) -> str:
        """The title of the first category that takes a pull request with these labels; "" where none does."""
        small = {label.lower() for label in labels}
        return next((one.title for one in self.categories if one.takes(small)), "")


def own_parts(text: str) -> OwnParts:
    """What a file says; nothing where it cannot be read, or is about something else."""
    changelog = yamltree.load(text).get("changelog")
    if not isinstance(changelog, dict):
        return OwnParts()
    listed = changelog.get("categories")
    found = [_category(one) for one in (listed if isinstance(listed, list) else [])[:_MOST]]
    return OwnParts(tuple(one for one in found if one is not None), _labels(changelog.get("exclude")))


def _category(data: Any) -> NotesCategory | None:
    title = data.get("title") if isinstance(data, dict) else None
    if not isinstance(title, str) or not title.strip():
        return None
    return NotesCategory(" ".join(title.split())[:100], _labels(data), _labels(data.get("exclude")))


def _labels(data: Any) -> frozenset[str]:
    given = data.get("labels") if isinstance(data, Mapping) else None
    names = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    return frozenset(str(name).strip().lower() for name in names if isinstance(name, str))
