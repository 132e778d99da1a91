"""Directories of mirrors."""

from __future__ import annotations

import pytest

from workflows.workspace.mirrors import mirror_name


def test_a_person_knows_the_repository_by_its_directory() -> None:
    assert mirror_name("github.com/o/r").startswith("github.com-o-r-")


def test_names_that_look_the_same_when_made_safe_are_told_apart() -> None:
    assert len({mirror_name(name) for name in ("a/b-c", "a-b/c", "a/b/c", "a b c", "A/b-c")}) == 5


@pytest.mark.parametrize("name", ["../../etc", "/", "..", "", "a\0b", "a\nb", "é" * 300, "-rf", "x" * 5000])
def test_whatever_a_repository_is_called_its_directory_is_one_short_name(name: str) -> None:
    made = mirror_name(name)
    assert "/" not in made
    assert "\0" not in made
    assert not made.startswith(".")
    assert made.endswith(".git")
    assert len(made) < 64
