"""Rolling back what a run did: real branches, real files, and nobody's work destroyed."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.forge.local import checked_out
from bot.local.detached import NoReporter
from bot.local.operator import OPERATOR
from bot.local.rollback import roll_back
from sandbox.errors import RollbackRefused
from sandbox.trees.rollback import Mode
from tests.fakes.finished_run import BRANCH, FILES, RUN, FinishedRun, finished_run
from tests.fakes.real_repository import commit, git, make_repository
from workflows.store.records import Snapshot
from workflows.values import RunStatus

FIXED = {"adder.py": "def add(a, b):\n    return a + b\n", "new.txt": "new\n"}


@pytest.fixture
def done(tmp_path: Path) -> Iterator[FinishedRun]:
    with finished_run(tmp_path) as run:
        yield run


def rolled_back(done: FinishedRun, mode: Mode, count: int = 0, dry_run: bool = False) -> tuple[Snapshot, list[str]]:
    said: list[str] = []
    snapshot = asyncio.run(
        roll_back(done.settings, RUN[:8], mode, count, principal=OPERATOR, dry_run=dry_run, say=said.append)
    )
    return snapshot, said


def test_hard_leaves_the_repository_as_before_the_run(done: FinishedRun) -> None:
    assert done.head() == done.commit
    assert done.tree == FIXED
    snapshot, said = rolled_back(done, Mode.HARD)
    assert done.refs() == f"refs/heads/main {done.base}"
    assert not list(done.settings.pulls.iterdir())
    assert done.tree == {}, "a workspace that nobody needs is not kept"
    assert snapshot.run.status is RunStatus.ROLLED_BACK
    assert "  push fix/issue-7" in said
    assert "  modified adder.py" in said


def test_hard_can_be_repeated(done: FinishedRun) -> None:
    rolled_back(done, Mode.HARD)
    assert rolled_back(done, Mode.HARD)[1] == [f"Nothing of run {RUN} is left to undo."]


def test_soft_keeps_everything_and_says_what(done: FinishedRun) -> None:
    snapshot, said = rolled_back(done, Mode.SOFT)
    assert said == ["Kept for you to go on with: fix/issue-7.", "  git switch fix/issue-7"]
    assert (done.head(), done.tree, snapshot.run.status) == (done.commit, FIXED, RunStatus.COMPLETED)


def test_a_dry_run_says_the_same_and_undoes_nothing(done: FinishedRun) -> None:
    refs = done.refs()
    said = rolled_back(done, Mode.HARD, dry_run=True)[1]
    assert (done.refs(), done.tree, done.run.status) == (refs, FIXED, RunStatus.COMPLETED)
    assert said == rolled_back(done, Mode.HARD)[1]


def test_the_last_steps_alone_bring_the_branch_back_and_keep_the_tree(done: FinishedRun) -> None:
    snapshot, _ = rolled_back(done, Mode.STEPS, 2)
    assert git(done.repository, "rev-parse", f"{BRANCH}^") == done.commit, "by a commit on top, never by force"
    assert (
        git(done.repository, "rev-parse", f"{BRANCH}^{{tree}}", "main^{tree}").split()
        == [git(done.repository, "rev-parse", f"{done.base}^{{tree}}")] * 2
    )
    assert not list(done.settings.pulls.iterdir())
    assert done.tree == FIXED
    assert (snapshot.run.status, snapshot.run.current_step) == (RunStatus.ABORTED, "pull")
    assert "verified" not in snapshot.run.state


def test_going_back_further_brings_the_tree_back_too(done: FinishedRun) -> None:
    rolled_back(done, Mode.STEPS, 2)
    snapshot, _ = rolled_back(done, Mode.STEPS, 2)
    assert snapshot.run.current_step == "implement"
    assert done.tree == FILES
    assert git(done.repository, "rev-parse", f"{BRANCH}^") == done.commit, "the second one finds nothing more to revert"
    rolled_back(done, Mode.HARD)
    assert done.refs() == f"refs/heads/main {done.base}", "what the rollback itself pushed is ours too"


def test_more_steps_than_there_are_is_refused(done: FinishedRun) -> None:
    with pytest.raises(RollbackRefused, match="Give 1 to 6"):
        rolled_back(done, Mode.STEPS, 7)


def test_where_a_person_built_on_the_branch_nothing_is_undone(done: FinishedRun) -> None:
    git(done.repository, "switch", "-q", BRANCH)
    theirs = commit(done.repository, {"mine.txt": "mine"})
    git(done.repository, "switch", "-q", "main")
    refs = done.refs()
    for mode, count in ((Mode.HARD, 0), (Mode.STEPS, 2)):
        with pytest.raises(RollbackRefused, match=f"{theirs[:12]}, which is not a commit of this run"):
            rolled_back(done, mode, count)
    assert (done.refs(), done.tree) == (refs, FIXED)
    assert list(done.settings.pulls.iterdir())


def test_where_the_branch_is_checked_out_nothing_is_undone(done: FinishedRun, tmp_path: Path) -> None:
    git(done.repository, "worktree", "add", "-q", str(tmp_path / "linked"), BRANCH)
    with pytest.raises(RollbackRefused, match="is checked out"):
        rolled_back(done, Mode.HARD)
    assert list(done.settings.pulls.iterdir())
    git(done.repository, "worktree", "remove", str(tmp_path / "linked"))
    rolled_back(done, Mode.HARD)


def test_a_branch_that_a_person_deleted_already_is_no_obstacle(done: FinishedRun) -> None:
    git(done.repository, "branch", "-q", "-D", BRANCH)
    assert rolled_back(done, Mode.HARD)[0].run.status is RunStatus.ROLLED_BACK


def test_a_run_that_still_counts_as_live_is_ended_first(tmp_path: Path) -> None:
    with finished_run(tmp_path, RunStatus.WAITING) as done:
        assert rolled_back(done, Mode.STEPS, 1)[0].run.status is RunStatus.ABORTED


def test_a_workspace_that_is_gone_is_rebuilt_to_go_back(done: FinishedRun) -> None:
    asyncio.run(done.services.workspaces.remove(done.run))
    rolled_back(done, Mode.STEPS, 4)
    assert done.tree == FILES


def test_all_checked_out_branches_are_seen(tmp_path: Path) -> None:
    make_repository(tmp_path / "repo", {"a": "a"})
    git(tmp_path / "repo", "worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    assert checked_out(tmp_path / "repo") == {"main", "side"}
    assert checked_out(tmp_path / "linked") == {"main", "side"}


async def test_nothing_is_reported_where_nobody_looks() -> None:
    await NoReporter().changed(RUN)
    await NoReporter().ended(RUN)
