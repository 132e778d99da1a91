"""A shallow clone: what is missing of a range is said, and only where something is."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.git.history import History
from tests.fakes.real_repository import commit, git, make_repository
from workflows.release_notes.history.cut_off import is_cut_off, missing_in


@pytest.fixture
def places(tmp_path: Path) -> dict[str, History]:
    """A repository with two releases, and clones of it with fewer and fewer commits."""
    whole = tmp_path / "whole"
    make_repository(whole, {"a": "0"})
    git(whole, "tag", "v1.0.0")
    for number in range(4):
        commit(whole, {f"f{number}": "x"}, f"Add f{number} (#{number + 1})")
        if number == 1:
            git(whole, "tag", "v1.1.0")
    found = {"whole": History(whole / ".git")}
    for depth in (2, 3, 50):
        clone = tmp_path / f"{depth}"
        git(tmp_path, "clone", "-q", "--depth", f"{depth}", f"file://{whole}", str(clone))
        found[f"{depth}"] = History(clone / ".git")
    return found


@pytest.mark.parametrize(
    ("place", "since", "until", "missing", "cut"),
    [
        ("whole", "", "main", False, False),
        ("whole", "v1.0.0", "v1.1.0", False, False),
        ("50", "", "main", False, False),
        ("3", "v1.1.0", "main", False, True),
        ("3", "", "main", True, True),
        ("3", "", "v1.1.0", True, True),
        ("2", "", "main", True, True),
    ],
)
def test_what_is_missing_of_a_range_is_said(
    places: dict[str, History], place: str, since: str, until: str, missing: bool, cut: bool
) -> None:
    history = places[place]
    assert bool(missing_in(history, since, until)) is missing
    assert is_cut_off(history) is cut
