"""A base that moves and people who push to our branch: nothing of theirs is lost, and the change is verified again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.errors import RepositoryError
from sandbox.trees.rebuild import journal_diff
from tests.fakes.real_repository import git
from tests.fakes.steps_by_hand import ByHand, by_hand
from workflows.definition import Done, Exit, Failed
from workflows.issue_to_pr.branch.updating import MOST_UPDATES, update
from workflows.issue_to_pr.publishing import open_pull
from workflows.store.run_rows import runs

LINES = "".join(f"line {number}\n" for number in range(1, 21))
FILES: dict[str, str | bytes] = {"a.txt": LINES, "b.txt": "b\n"}
OURS = LINES.replace("line 2\n", "our line 2\n")
BRANCH = "fix/issue-7"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[ByHand]:
    with by_hand(tmp_path, FILES) as made:
        made.change(a__txt=OURS)
        assert isinstance(made.commit(), Done)
        yield made


def pushed(run: ByHand) -> None:
    result = run.take(open_pull, "pull")
    assert isinstance(result, Done), result


def test_where_nothing_moved_nothing_is_done(run: ByHand) -> None:
    base = run.head("main")
    assert isinstance(run.take(update), Done)
    pushed(run)
    assert git(run.repository, "log", "--format=%P", "-1", BRANCH) == base


def test_a_change_is_carried_over_to_a_base_that_moved_and_verified_again(run: ByHand) -> None:
    theirs = run.moves("a.txt", LINES.replace("line 19\n", "their line 19\n"))
    result = run.take(update)
    assert isinstance(result, Exit)
    assert result.name == "carried over"
    assert (run.tree / "a.txt").read_text() == OURS.replace("line 19\n", "their line 19\n")
    assert run.state["base_commit"] == theirs
    assert run.state["base_tree"] == git(run.repository, "rev-parse", "main^{tree}")
    assert isinstance(run.commit(), Done)
    assert isinstance(run.take(update), Done)
    pushed(run)
    assert git(run.repository, "log", "--format=%P", "-1", BRANCH) == theirs
    assert git(run.repository, "diff", "--name-only", "main", BRANCH) == "a.txt"


def test_the_run_s_diff_does_not_show_what_others_changed_in_other_files(run: ByHand) -> None:
    run.moves("new.txt", "new\n")
    assert isinstance(run.take(update), Exit)
    ledger = run.services.ledger
    diff = journal_diff(ledger.entries(run.run.id), ledger)
    assert "our line 2" in diff
    assert "new.txt" not in diff
    assert "new.txt" in journal_diff(ledger.entries(run.run.id), ledger, "update")


def test_a_workspace_that_was_lost_after_the_base_moved_is_rebuilt_from_the_journal(run: ByHand) -> None:
    run.moves("new.txt", "new\n")
    assert isinstance(run.take(update), Exit)
    before = (run.tree / "a.txt").read_text()
    shutil.rmtree(run.tree.parent)
    run.services.workspaces._open.clear()
    assert isinstance(run.commit(), Done)
    assert (run.tree / "a.txt").read_text() == before
    assert (run.tree / "new.txt").read_text() == "new\n"


def test_a_conflict_with_the_base_names_the_files_and_the_choice_and_resuming_makes_the_change_again(
    run: ByHand,
) -> None:
    theirs = run.moves("a.txt", LINES.replace("line 2\n", "their line 2\n"))
    result = run.take(update)
    assert isinstance(result, Failed)
    assert "a.txt" in result.reason
    assert "Resume the run" in result.reason
    assert "skip this step" in result.reason
    assert (run.tree / "a.txt").read_text() == OURS, "until somebody chooses, the change is kept as it is"
    again = run.take(update)
    assert isinstance(again, Exit)
    assert again.name == "rework"
    assert (run.tree / "a.txt").read_text() == LINES.replace("line 2\n", "their line 2\n")
    assert run.state["base_commit"] == theirs
    assert run.state["task"]["kind"] == "moved"
    assert run.state["task"]["paths"] == ["a.txt"]


def test_a_conflict_that_is_skipped_opens_the_pull_request_as_it_is_with_a_warning(run: ByHand) -> None:
    base = run.head("main")
    run.moves("a.txt", LINES.replace("line 2\n", "their line 2\n"))
    assert isinstance(run.take(update), Failed)
    pushed(run)
    assert git(run.repository, "log", "--format=%P", "-1", BRANCH) == base
    assert "main has moved meanwhile, and conflicts with this change in: a.txt." in run.state["pull_body"]


def test_commits_of_a_person_on_our_branch_stay_and_ours_comes_after_them(run: ByHand) -> None:
    theirs = run.moves("b.txt", "a person's b\n", branch=BRANCH)
    result = run.take(update)
    assert isinstance(result, Exit)
    assert result.name == "carried over"
    assert (run.tree / "b.txt").read_text() == "a person's b\n"
    assert isinstance(run.commit(), Done)
    assert isinstance(run.take(update), Done)
    pushed(run)
    assert git(run.repository, "log", "--format=%P", "-1", BRANCH) == theirs
    assert git(run.repository, "show", f"{BRANCH}:b.txt") == "a person's b"
    assert git(run.repository, "show", f"{BRANCH}:a.txt") == OURS.strip()
    assert "Commits that others pushed" in run.state["pull_body"]


def test_a_person_who_is_quicker_than_our_push_is_not_overwritten(run: ByHand) -> None:
    assert isinstance(run.take(update), Done)
    theirs = run.moves("b.txt", "a person's b\n", branch=BRANCH)
    result = run.take(open_pull, "pull")
    assert isinstance(result, Exit)
    assert result.name == "moved"
    assert run.head(BRANCH) == theirs
    assert isinstance(run.take(update), Exit)
    assert isinstance(run.commit(), Done)
    pushed(run)
    assert git(run.repository, "show", f"{BRANCH}:b.txt") == "a person's b"
    assert ("push", "failed") in run.effects()
    assert ("push", "done") in run.effects()


def test_a_person_and_the_base_may_both_move(run: ByHand) -> None:
    base = run.moves("c.txt", "c\n")
    theirs = run.moves("b.txt", "a person's b\n", branch=BRANCH)
    assert isinstance(run.take(update), Exit)
    assert isinstance(run.commit(), Done)
    assert isinstance(run.take(update), Done)
    pushed(run)
    assert git(run.repository, "log", "--format=%P", "-1", BRANCH) == f"{theirs} {base}"
    assert git(run.repository, "diff", "--name-only", "main", BRANCH).split() == ["a.txt", "b.txt"]


def test_a_conflict_with_a_person_stops_the_run_and_leaves_theirs(run: ByHand) -> None:
    theirs = run.moves("a.txt", LINES.replace("line 2\n", "a person's line 2\n"), branch=BRANCH)
    result = run.take(update)
    assert isinstance(result, Failed)
    assert "a.txt" in result.reason
    assert run.head(BRANCH) == theirs


def test_a_branch_that_somebody_rewrote_or_deleted_is_left_so(run: ByHand) -> None:
    git(run.repository, "branch", "-q", "-f", BRANCH, git(run.repository, "commit-tree", "main^{tree}", "-m", "other"))
    rewritten = run.take(update)
    assert isinstance(rewritten, Failed)
    assert "rewrote" in rewritten.reason
    git(run.repository, "branch", "-q", "-D", BRANCH)
    deleted = run.take(update)
    assert isinstance(deleted, Failed)
    assert "deleted" in deleted.reason


def test_our_own_earlier_commit_is_built_upon_where_the_step_is_repeated(run: ByHand) -> None:
    pushed(run)
    first = run.head(BRANCH)
    run.store.write_now(runs.merge_state, run.run.id, {"tip": ""})
    run.change(a__txt=OURS + "and one more\n")
    assert isinstance(run.commit(), Done)
    result = run.take(update)
    assert isinstance(result, Exit)
    assert result.name == "commit again"
    assert isinstance(run.commit(), Done)
    assert isinstance(run.take(update), Done)
    pushed(run)
    assert git(run.repository, "log", "--format=%P", "-1", BRANCH) == first


def test_a_base_that_never_rests_is_not_chased_for_ever(run: ByHand) -> None:
    for number in range(MOST_UPDATES):
        run.moves(f"n{number}.txt", "n\n")
        assert isinstance(run.take(update), Exit)
        assert isinstance(run.commit(), Done)
    run.moves("last.txt", "n\n")
    assert isinstance(run.take(update), Done)
    pushed(run)


def test_on_a_forge_a_taken_name_gets_a_number_and_at_home_it_is_refused(tmp_path: Path) -> None:
    with by_hand(tmp_path / "forge", FILES, forge="github", taken=BRANCH) as made:
        assert made.state["branch"] == f"{BRANCH}-2"
    with (
        pytest.raises(RepositoryError, match="exists already"),
        by_hand(tmp_path / "home", FILES, taken=BRANCH),
    ):
        pass
