"""What a later review knows of earlier ones holds over rebases, squashes, merges of the base, and moved lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.git.history import History
from tests.fakes.real_repository import commit, git, make_repository
from workflows.review_pr.diff.changes import merge_base, read_changes
from workflows.review_pr.diff.placing import PlacedFinding, Placement
from workflows.review_pr.findings import Finding
from workflows.review_pr.history.earlier import as_record, hunk_ids, is_repeated, key_in, mark, new_in, patch_id, stands

LONG = "".join(f"line {number}\n" for number in range(1, 41))
EDITED = LONG.replace("line 20\n", "line twenty\n")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A repository with a branch `topic` of two commits, and a main that went on."""
    place = tmp_path / "repository"
    make_repository(place, {"a.txt": LONG, "b.txt": "b\n"})
    git(place, "switch", "-q", "-c", "topic")
    commit(place, {"a.txt": EDITED})
    commit(place, {"c.txt": "new\n"})
    git(place, "switch", "-q", "main")
    commit(place, {"b.txt": "changed\n", "a.txt": "before\n" * 5 + LONG})
    return place


def seen(place: Path, head: str) -> tuple[str, list[str]]:
    history = History(place / ".git")
    commit_ = history.resolve(head)
    base = merge_base(history, history.resolve("main"), commit_)
    return patch_id(history, base, commit_), hunk_ids(read_changes(history, base, commit_))


def test_a_rebase_a_squash_and_a_merge_of_the_base_are_the_same_change(place: Path) -> None:
    before = seen(place, "topic")
    assert before[0]
    git(place, "switch", "-q", "-c", "rebased", "topic")
    git(place, "rebase", "-q", "main")
    assert seen(place, "rebased") == before
    git(place, "switch", "-q", "-c", "squashed", "main")
    git(place, "merge", "-q", "--squash", "topic")
    git(place, "commit", "-q", "-m", "all at once")
    assert seen(place, "squashed") == before
    git(place, "switch", "-q", "-c", "merged", "topic")
    git(place, "merge", "-q", "-m", "Merge main", "main")
    assert seen(place, "merged") == before


def test_more_work_is_another_change_of_which_only_the_new_hunks_count(place: Path) -> None:
    history = History(place / ".git")
    patch, hunks = seen(place, "topic")
    git(place, "switch", "-q", "topic")
    commit(place, {"a.txt": EDITED.replace("line 35\n", "line thirty-five\n"), "d.txt": "d\n"})
    head, base = history.resolve("topic"), merge_base(history, history.resolve("main"), history.resolve("topic"))
    assert seen(place, "topic")[0] != patch
    fresh, known = new_in(read_changes(history, base, head), frozenset(hunks))
    assert known == ["c.txt"]
    added = {one.path: [line.text for hunk in one.hunks for line in hunk.lines if line.mark == "+"] for one in fresh}
    assert added == {"a.txt": ["line thirty-five"], "d.txt": ["d"]}


def test_lines_that_only_moved_to_another_depth_are_another_change(place: Path) -> None:
    """git's own id of a patch leaves white space out."""
    git(place, "switch", "-q", "-c", "deep", "main")
    commit(place, {"d.py": "if x:\n    a()\n    b()\n"})
    before = seen(place, "deep")
    commit(place, {"d.py": "if x:\n    a()\nb()\n"})
    assert seen(place, "deep")[0] != before[0]


def test_a_base_that_changed_two_lines_away_leaves_a_change_the_same(place: Path) -> None:
    before = seen(place, "topic")[0]
    text = (place / "a.txt").read_text().split("\n")
    edited = EDITED.split("\n")
    at = next(n for n, (one, other) in enumerate(zip(LONG.split("\n"), edited, strict=False)) if one != other)
    text[at + 5 - 2] += " of the base"
    commit(place, {"a.txt": "\n".join(text)})
    git(place, "switch", "-q", "-c", "rebased", "topic")
    git(place, "rebase", "-q", "main")
    assert seen(place, "rebased")[0] == before


@pytest.mark.parametrize(
    ("path", "quote", "repeated"),
    [
        ("a.py", "total = first - second", True),
        ("a.py", "    total = first - second", True),
        ("a.py", "total = first - second\n    return total", True),
        ("a.py", "def add(first, second):\n    total = first - second", True),
        ("a.py", "return total", False),
        ("a.py", "total = first - third", False),
        ("a.py", "one\ntwo\ntotal = first - second", False),
        ("renamed.py", "total = first - second", False),
        ("b.py", "other_thing = gone_by_now()", True),
        ("a.py", "}", False),
        ("a.py", "", False),
    ],
)
def test_what_was_said_of_the_same_lines_is_not_said_again(path: str, quote: str, repeated: bool) -> None:
    posted = {
        "1": {"path": "a.py", "lines": "    total = first - second"},
        "2": {"path": "gone.py", "lines": "other_thing = gone_by_now()"},
        "3": {"path": "a.py", "lines": "}\n"},
        "4": {"path": "a.py", "lines": ""},
    }
    assert is_repeated(Finding(path, quote, "t", "r"), posted, {"a.py", "b.py", "renamed.py"}) is repeated


def test_no_change_has_no_id(place: Path) -> None:
    head = History(place / ".git").resolve("main")
    assert patch_id(History(place / ".git"), head, head) == ""


def test_a_comment_tells_which_finding_it_is_about() -> None:
    assert key_in(f"{mark('abc123')}\nWords.") == "abc123"
    assert key_in("Words.") == ""


def test_lines_stand_wherever_they_moved_to_and_no_others_do_for_them() -> None:
    placed = PlacedFinding(Finding("a.txt", "quote", "t", "r"), Placement("a.txt", 2, 3))
    record = as_record(placed, "one\n  two\nthree\nfour")
    assert record == {"path": "a.txt", "lines": "  two\nthree"}
    assert stands(record, "zero\nzero\none\n  two\nthree")
    assert stands(record, "  two\nthree\n  two\nthree")
    assert not stands(record, "one\n  too\nthree")
    assert not stands(record, "  two\nbetween\nthree")
    assert not stands(record, None)


@pytest.mark.parametrize("at", [None, Placement("a.txt", 1, 1, "LEFT")])
def test_what_has_no_lines_of_its_own_stands(at: Placement | None) -> None:
    record = as_record(PlacedFinding(Finding("a.txt", "quote", "t", "r"), at), "one")
    assert record["lines"] == ""
    assert stands(record, None)
