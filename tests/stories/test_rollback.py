"""`pullwright rollback`: soft, hard and partial, on what a real run did."""

import json

import pytest

from tests.stories.conftest import Desk, answers, edit, finish, shell
from tests.stories.samples import PYTHON, PYTHON_ISSUE

WORK = [edit("adder.py", "a - b", "a + b"), shell("mkdir -p docs && echo hello > docs/new.txt"), finish()]


@pytest.fixture
def solved(desk: Desk) -> tuple[Desk, str]:
    desk.make_repository(PYTHON)
    desk.model.conversations = answers(WORK)
    done = desk.solve(desk.issue(PYTHON_ISSUE))
    assert done.code == 0, done.err
    return desk, done.data["run"]


def status(desk: Desk, run: str) -> str:
    (found,) = [row for row in json.loads(desk.run("runs", "--json").out) if row["run"] == run]
    return str(found["status"])


def test_a_hard_rollback_leaves_the_repository_as_before_the_run(solved: tuple[Desk, str]) -> None:
    desk, run = solved
    assert set(desk.branches()) == {"main", "fix/issue-7"}
    done = desk.run("rollback", run, "--hard")
    assert done.code == 0, done.err
    assert set(desk.branches()) == {"main"}
    assert not list((desk.data / "pulls").iterdir())
    assert status(desk, run) == "rolled_back"
    assert desk.run("rollback", run, "--hard").code in (0, 1)


def test_a_soft_rollback_keeps_branch_and_work(solved: tuple[Desk, str]) -> None:
    desk, run = solved
    done = desk.run("rollback", run, "--soft")
    assert done.code == 0, done.err
    assert "a + b" in desk.file_on("fix/issue-7", "adder.py")


def test_a_partial_rollback_undoes_the_last_steps_and_the_run_can_go_on_from_there(solved: tuple[Desk, str]) -> None:
    desk, run = solved
    pushed = desk.branches()["fix/issue-7"]
    done = desk.run("rollback", run, "--steps", "3")
    assert done.code == 0, done.err
    assert desk.git("diff", "main", "fix/issue-7") == ""
    assert desk.git("rev-parse", "fix/issue-7^") == pushed, "taken back by a commit, never by force"
    assert not list((desk.data / "pulls").iterdir())
    again = desk.run("resume", run, "--json")
    assert again.code == 0, again.err
    assert "a + b" in desk.file_on("fix/issue-7", "adder.py")
    (text,) = (path.read_text() for path in (desk.data / "pulls").iterdir())
    assert "others" not in text, "its own commits are known to it"
    assert desk.run("rollback", run, "--hard").code == 0
    assert set(desk.branches()) == {"main"}


def test_a_rollback_that_would_destroy_a_humans_commit_undoes_nothing_and_says_what_stands_in_the_way(
    solved: tuple[Desk, str],
) -> None:
    desk, run = solved
    desk.git("checkout", "-q", "fix/issue-7")
    (desk.repository / "human.txt").write_text("mine\n")
    desk.git("add", "-A")
    desk.git("commit", "-q", "-m", "mine")
    desk.git("checkout", "-q", "main")
    head = desk.git("rev-parse", "fix/issue-7")
    done = desk.run("rollback", run, "--hard")
    assert done.code == 1
    assert "fix/issue-7" in done.err
    assert desk.git("rev-parse", "fix/issue-7") == head
    assert list((desk.data / "pulls").iterdir())


def test_a_dry_rollback_lists_what_would_be_undone_and_undoes_nothing(solved: tuple[Desk, str]) -> None:
    desk, run = solved
    done = desk.run("rollback", run, "--hard", "--dry-run")
    assert done.code == 0, done.err
    assert "fix/issue-7" in done.out
    assert set(desk.branches()) == {"main", "fix/issue-7"}


def test_the_diff_of_a_step_is_shown_from_the_journal_alone(solved: tuple[Desk, str]) -> None:
    desk, run = solved
    import shutil

    for name in ("workspaces", "mirrors"):
        shutil.rmtree(desk.data / name)
    done = desk.run("diff", run, "--step", "implement")
    assert done.code == 0, done.err
    assert "+    return a + b" in done.out
    assert "docs/new.txt" in done.out
