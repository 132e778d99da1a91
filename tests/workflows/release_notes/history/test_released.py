"""What releases on branches of their own had already is no news: on real repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.git.history import History
from tests.fakes.real_repository import ENV, commit, git, make_repository
from workflows.release_notes.history.released import released_beside
from workflows.release_notes.ranges import read_changes


@pytest.fixture
def place(tmp_path: Path) -> Path:
    make_repository(tmp_path / "r", {"a": "0\n"})
    git(tmp_path / "r", "tag", "v1.0.0")
    return tmp_path / "r"


def beside(place: Path, since: str, name: str) -> list[str]:
    history = History(place / ".git")
    return released_beside(history, since, history.resolve(name), name)


def titles(place: Path, since: str, name: str) -> list[str]:
    history = History(place / ".git")
    refs = [f"refs/tags/{tag}" for tag in beside(place, since, name)]
    return [one.title for one in read_changes(history, since, history.resolve(name), refs).changes]


def on_branch(place: Path, tag: str, start: str, *files: str) -> None:
    """A release of a branch of its own."""
    git(place, "switch", "-q", "-c", f"stable-{tag}", start)
    for name in files:
        commit(place, {name: f"{name}\n"}, f"Add {name}")
    git(place, "tag", tag)
    git(place, "switch", "-q", "main")


def test_what_a_branch_released_meanwhile_is_left_out_and_the_branch_is_named(place: Path) -> None:
    commit(place, {"x": "x\n"}, "Add x")
    on_branch(place, "v1.1.0", "main", "release")
    commit(place, {"y": "y\n"}, "Add y")
    git(place, "tag", "v1.2.0")
    assert beside(place, "v1.0.0", "v1.2.0") == ["v1.1.0"]
    assert titles(place, "v1.0.0", "v1.2.0") == ["Add y"]


def test_a_fix_that_was_carried_over_to_a_branch_is_released(place: Path) -> None:
    commit(place, {"x": "x\n"}, "Add x (#1)")
    commit(place, {"a": "1\n"}, "Mend a (#2)")
    git(place, "switch", "-q", "-c", "stable", "v1.0.0")
    commit(place, {"a": "1 and more\n"}, "Mend a (#2)")  # not the very same patch, since it was in conflict
    git(place, "tag", "v1.0.1")
    git(place, "switch", "-q", "main")
    git(place, "tag", "v1.1.0")
    assert titles(place, "v1.0.0", "v1.1.0") == ["Add x"]


def test_a_fix_that_the_branch_took_back_is_not_released(place: Path) -> None:
    commit(place, {"a": "1\n"}, "Mend a (#2)")
    git(place, "switch", "-q", "-c", "stable", "v1.0.0")
    commit(place, {"a": "1 and more\n"}, "Mend a (#2)")
    git(place, "revert", "--no-edit", "HEAD")
    git(place, "tag", "v1.0.1")
    git(place, "switch", "-q", "main")
    git(place, "tag", "v1.1.0")
    assert titles(place, "v1.0.0", "v1.1.0") == ["Mend a"]


def test_only_the_last_of_a_branch_is_named_and_no_pre_release_beside_a_final_one(place: Path) -> None:
    on_branch(place, "v1.0.1", "main", "one")
    on_branch(place, "v1.0.2", "v1.0.1", "two")
    on_branch(place, "v1.1.0rc1", "main", "three")
    commit(place, {"y": "y\n"}, "Add y")
    git(place, "tag", "v1.1.0")
    assert beside(place, "v1.0.0", "v1.1.0") == ["v1.0.2"]
    assert beside(place, "v1.0.0", "main") == ["v1.0.2"]


def test_greater_versions_other_packages_and_those_of_another_line_do_not_count(place: Path) -> None:
    on_branch(place, "v2.0.0", "main", "two")
    on_branch(place, "tools-v1.0.5", "main", "tools")
    git(place, "switch", "-q", "--orphan", "strange")
    commit(place, {"z": "z\n"}, "Begin anew")
    git(place, "tag", "v1.0.3")
    git(place, "switch", "-q", "main")
    commit(place, {"y": "y\n"}, "Add y")
    git(place, "tag", "v1.1.0")
    assert beside(place, "v1.0.0", "v1.1.0") == []


def test_a_smaller_version_that_came_later_holds_nothing_back(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(place, {"x": "x\n"}, "Add x")
    git(place, "tag", "v1.1.0")
    monkeypatch.setitem(ENV, "GIT_COMMITTER_DATE", "@1800000000 +0000")
    on_branch(place, "v1.0.1", "v1.0.0", "x")
    assert titles(place, "v1.0.0", "v1.1.0") == ["Add x"]


def test_names_that_are_no_versions_have_nothing_beside_them(place: Path) -> None:
    git(place, "tag", "nightly")
    on_branch(place, "v1.0.1", "main", "one")
    assert beside(place, "nightly", "main") == []
