"""Commits without a number get their pull request's, where its head has the same patch: on real repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.git.history import History
from tests.fakes.real_repository import commit, git, make_repository
from workflows.release_notes.ranges import read_changes


@pytest.fixture
def place(tmp_path: Path) -> Path:
    make_repository(tmp_path / "r", {"a": "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "b": "0\n"})
    git(tmp_path / "r", "tag", "v1")
    return tmp_path / "r"


def proposed(place: Path, number: int, *steps: dict[str, str]) -> None:
    """A pull request of these commits, from the first release on; the branch is main again afterwards."""
    git(place, "switch", "-q", "--detach", "v1")
    for step in steps:
        commit(place, step, "Step")
    git(place, "update-ref", f"refs/pull/{number}/head", "HEAD")
    git(place, "switch", "-q", "main")


def cited(place: Path) -> set[tuple[int, str]]:
    return {(one.number, one.title) for one in read_changes(History(place / ".git"), "v1", "main").changes}


def test_a_squash_that_names_none_has_that_of_the_whole_patch(place: Path) -> None:
    proposed(place, 7, {"a": "one\n2\n3\n4\n5\n6\n7\n8\n9\n"}, {"c": "x\n"}, {"c": "y\n"})
    commit(place, {"b": "1\n"}, "Direct")
    commit(place, {"a": "one\n2\n3\n4\n5\n6\n7\n8\n9\n", "c": "y\n"}, "Begin with one")
    assert cited(place) == {(0, "Direct"), (7, "Begin with one")}


def test_commits_that_were_rebased_are_one_pull_request(place: Path) -> None:
    proposed(place, 7, {"c": "x\n"}, {"d": "y\n"})
    commit(place, {"b": "1\n"}, "Direct (#3)")
    commit(place, {"c": "x\n"}, "Add c")
    commit(place, {"d": "y\n"}, "Add d")
    assert cited(place) == {(3, "Direct"), (7, "Add d")}


def test_a_head_that_is_a_commit_of_the_branch_says_nothing(place: Path) -> None:
    """As where somebody's fork was brought up to date: the pull request is empty by then."""
    commit(place, {"c": "x\n"}, "Add c")
    git(place, "update-ref", "refs/pull/9/head", "HEAD")
    assert cited(place) == {(0, "Add c")}


def test_a_branch_that_copied_commits_of_ours_does_not_own_them(place: Path) -> None:
    proposed(place, 7, {"c": "x\n"}, {"e": "its own\n"})
    commit(place, {"c": "x\n"}, "Add c")
    assert cited(place) == {(0, "Add c")}


def test_of_two_pull_requests_with_one_patch_none_is_taken(place: Path) -> None:
    proposed(place, 7, {"c": "x\n"})
    proposed(place, 8, {"c": "x\n"})
    commit(place, {"c": "x\n"}, "Add c")
    assert cited(place) == {(0, "Add c")}


@pytest.mark.parametrize("change", [{"c": "z\n"}, {"c": "x\n", "d": "x\n"}, {"e": "x\n"}])
def test_another_patch_is_none(place: Path, change: dict[str, str]) -> None:
    proposed(place, 7, {"c": "x\n"})
    commit(place, change, "Something else")
    assert cited(place) == {(0, "Something else")}


def test_a_number_of_its_own_is_kept(place: Path) -> None:
    proposed(place, 7, {"c": "x\n"})
    commit(place, {"c": "x\n"}, "Add c (#12)")
    assert cited(place) == {(12, "Add c")}


def test_odd_names_and_a_commit_without_files_disturb_nothing(place: Path) -> None:
    proposed(place, 7, {"new\nline": "x\n", "ümlaut": "y\n"}, {})
    commit(place, {}, "Nothing")
    commit(place, {"new\nline": "x\n", "ümlaut": "y\n"}, "Add odd names")
    assert cited(place) == {(0, "Nothing"), (7, "Add odd names")}
