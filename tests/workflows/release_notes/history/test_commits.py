"""What holds at the end of a range, and which pull request each commit belongs to: on real repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.git.history import History
from tests.fakes.real_repository import commit, git, make_repository
from workflows.release_notes.history.commits import LoggedCommit, of_merge, paths_of, pull_of, read_range, standing
from workflows.release_notes.history.pulls import ReleasedChange, changes_of
from workflows.release_notes.ranges import read_changes


@pytest.fixture
def place(tmp_path: Path) -> Path:
    make_repository(tmp_path / "r", {"a": "0"})
    git(tmp_path / "r", "tag", "v1")
    return tmp_path / "r"


def history(place: Path) -> History:
    return History(place / ".git")


def written(place: Path, number: int, message: str) -> str:
    return commit(place, {f"f{number}": f"{number}"}, message)


def merged(place: Path, name: str, number: int, title: str, *steps: str) -> str:
    """A pull request of some commits that is merged; the merge's id."""
    git(place, "switch", "-q", "-c", name)
    for step in steps:
        commit(place, {f"{name}-{step}": step}, step)
    git(place, "switch", "-q", "main")
    git(place, "merge", "-q", "--no-ff", "-m", f"Merge pull request #{number} from x/{name}\n\n{title}", name)
    return git(place, "rev-parse", "HEAD")


def read(place: Path) -> tuple[list[tuple[int, str]], list[tuple[str, str, str]]]:
    """The changes of the range by number and title, and what was taken back."""
    found = read_changes(history(place), "v1", "main")
    told = sorted((one.number, one.title) for one in found.changes)
    return told, [(one.title, one.key, one.by) for one in found.reverted]


def alive(place: Path) -> list[str]:
    return [one.subject for one in standing(read_range(history(place), "v1", "main"))[0]]


def changes(place: Path, titles: dict[int, str] | None = None) -> list[ReleasedChange]:
    found = history(place)
    return changes_of(read_range(found, "v1", "main"), lambda merge: of_merge(found, merge), {}, titles or {})


def test_a_revert_takes_away_what_it_names_and_a_second_one_brings_it_back(place: Path) -> None:
    first = written(place, 1, "Add a (#1)")
    revert = written(place, 2, f'Revert "Add a (#1)" (#2)\n\nThis reverts commit {first}.')
    written(place, 3, "Add b (#3)")
    assert alive(place) == ["Add b (#3)"]
    written(place, 4, f'Revert "Revert "Add a (#1)" (#2)" (#4)\n\nThis reverts commit {revert}.')
    assert alive(place) == ["Add a (#1)", "Add b (#3)"]


def test_what_a_merge_brought_is_gone_with_it_and_so_is_the_merge_of_its_revert(place: Path) -> None:
    merge = merged(place, "cache", 12, "Add the cache", "part one", "part two")
    written(place, 1, "Other work (#11)")
    merged(
        place,
        "revert-12",
        13,
        'Revert "Add the cache"',
        f'Revert "Merge #12"\n\nThis reverts commit {merge}, reversing',
    )
    assert read(place) == ([(11, "Other work")], [("Add the cache", "#12", "#13")])
    revert = git(place, "rev-parse", "HEAD^2")
    merged(place, "again-12", 14, "Add the cache again", f'Revert "x"\n\nThis reverts commit {revert}.')
    assert read(place) == ([(11, "Other work"), (12, "Add the cache")], [])


def test_a_merge_that_takes_back_a_step_of_its_own_is_a_change_all_the_same(place: Path) -> None:
    merged(place, "topic", 7, "Try it", "a step", 'Revert "a step"', "what stays")
    merged(place, "empty", 8, "Measure", "another step", 'Revert "another step"')
    assert read(place)[0] == [(7, "Try it"), (8, "Measure")]


@pytest.mark.parametrize(
    "said", ["Reverts octo/repo#14", "Reverts #14", "Why.\n\nReverts octo/repo#14\n\nMore.", "Reverts !14"]
)
def test_a_revert_names_a_pull_request_as_well(place: Path, said: str) -> None:
    written(place, 1, "Add dark mode (#14)")
    written(place, 2, f"Back out dark mode (#15)\n\n{said}")
    assert read(place) == ([], [("Add dark mode", "#14", "#15")])


@pytest.mark.parametrize("said", ["It is like #14.", "Reverts #14 in part", "See what Reverts #14", "Reverts #140"])
def test_a_number_beside_other_words_takes_nothing_back(place: Path, said: str) -> None:
    written(place, 1, "Add dark mode (#14)")
    written(place, 2, f"Back out of the page (#15)\n\n{said}")
    assert [number for number, _ in read(place)[0]] == [14, 15]


def test_a_revert_that_only_quotes_a_subject_counts_and_reapply_too(place: Path) -> None:
    written(place, 1, "Add a (#1)")
    written(place, 2, 'Revert "Add a" (#2)')
    assert alive(place) == []
    written(place, 3, 'Reapply "Add a" (#3)')
    assert alive(place) == ["Add a (#1)"]


def test_a_revert_of_what_was_released_is_news(place: Path) -> None:
    written(place, 1, 'Revert "Something old" (#1)\n\nThis reverts commit 0123456789012345678901234567890123456789.')
    assert alive(place) == ['Revert "Something old" (#1)']


def test_a_revert_on_the_way_to_a_squash_takes_nothing_back(place: Path) -> None:
    first = written(place, 1, "Support state (#60)")
    written(place, 2, f'Deprecate (#70)\n\n* Revert "Support state"\n\nThis reverts commit {first}.\n\n* new')
    assert alive(place) == ["Support state (#60)", "Deprecate (#70)"]


@pytest.mark.parametrize(
    "message",
    ["Enable it (revert #60) (#70)\n\n* Tidy\n\n{}", "Back out state\n\nIt broke.\n\n{}", "Without state (#7)\n\n{}"],
)
def test_a_revert_by_any_other_name_takes_back_what_it_names(place: Path, message: str) -> None:
    first = written(place, 1, "Support state (#60)")
    written(place, 2, message.format(f"This reverts commit {first}."))
    assert alive(place) == []


def test_of_two_commits_with_one_subject_the_named_one_goes(place: Path) -> None:
    first = written(place, 1, "Tidy")
    written(place, 2, "Tidy")
    written(place, 3, f'Revert "Tidy"\n\nThis reverts commit {first}.')
    (left,) = standing(read_range(history(place), "v1", "main"))[0]
    assert left.id != first


def test_what_was_carried_over_to_the_earlier_release_is_no_news(place: Path) -> None:
    fix = written(place, 1, "Fix it (#1)")
    written(place, 2, "Add b (#2)")
    git(place, "switch", "-q", "-c", "stable", "v1")
    git(place, "cherry-pick", "-x", fix)
    git(place, "tag", "v1.0.1")
    found = read_range(history(place), "v1.0.1", "main")
    assert [one.subject for one in found] == ["Add b (#2)"]


def test_a_merge_owns_the_commits_that_it_brings(place: Path) -> None:
    git(place, "switch", "-q", "-c", "topic")
    written(place, 1, "wip")
    written(place, 2, "more")
    git(place, "switch", "-q", "main")
    written(place, 3, "Direct")
    git(place, "merge", "-q", "--no-ff", "-m", "Merge pull request #7 from x/topic\n\nAdd the topic", "topic")
    found = changes(place)
    assert {(one.number, one.title, len(one.commits)) for one in found} == {(0, "Direct", 1), (7, "Add the topic", 3)}


def test_a_merge_of_ones_own_branches_is_no_change(place: Path) -> None:
    git(place, "switch", "-q", "-c", "topic")
    written(place, 1, "Add a (#1)")
    git(place, "switch", "-q", "main")
    written(place, 2, "Add b (#2)")
    git(place, "merge", "-q", "--no-ff", "-m", "Merge branch 'topic'", "topic")
    assert {one.number for one in changes(place)} == {1, 2}


def test_titles_of_the_forge_come_before_those_of_commits(place: Path) -> None:
    written(place, 1, "fixx (#1)")
    assert changes(place, {1: "Fix the parser"})[0].title == "Fix the parser"


@pytest.mark.parametrize(
    ("message", "number", "backport"),
    [
        ("[1.x] Backport of #12 (#40)", 40, 12),
        ("Backport #12 to stable", 12, 0),
        ("Fix (#9)\n\n(cherry picked from commit 0123456789)", 9, 0),
        ("Closes #5 for good", 0, 0),
        ("Fix it (#5007) (#5023)", 5023, 5007),
        ("Handle #5 (#6)", 6, 0),
    ],
)
def test_numbers_are_read_where_they_mean_the_pull_request(
    place: Path, message: str, number: int, backport: int
) -> None:
    written(place, 1, message)
    (found,) = changes(place)
    assert (found.number, found.backport) == (number, backport)


def test_subjects_of_others_hold_no_commands() -> None:
    one = LoggedCommit("a" * 40, ("b" * 40,), "Ada", "a@x", 0, "Merge pull request #7 from x\n\nt")
    assert pull_of(one) is None, "only a merge can be one"


def test_the_first_release_has_all_commits(place: Path) -> None:
    written(place, 1, "Add a")
    assert [one.subject for one in read_range(history(place), "", "main")] == ["Change", "Add a"]


def test_the_paths_of_a_commit_whatever_they_are_called(place: Path) -> None:
    strange = f"commit {'a' * 40}"
    commit(place, {strange: "x", "M": "y", "new\nline": "z"}, "Odd names")
    found = history(place)
    (one,) = read_range(found, "v1", "main")
    assert set(paths_of(found, [one])[one.id]) == {strange, "M", "new\nline"}
