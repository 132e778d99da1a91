"""`pullwright rollback`: soft, hard and partial, on what a real run did."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.files.erase import empty, erase
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.scripted_model import ScriptedModel
from tests.fakes.warm_cli import warm
from tests.stories.conftest import Desk, answers, edit, finish, shell
from tests.stories.github_desk import REPO, github_desk
from tests.stories.samples import PYTHON, PYTHON_ISSUE

# One process, in which they share a run.
pytestmark = pytest.mark.xdist_group("rollback")

WORK = [edit("adder.py", "a - b", "a + b"), shell("mkdir -p docs && echo hello > docs/new.txt"), finish()]


@pytest.fixture(scope="module")
def kept() -> Iterator[tuple[Desk, str, Path]]:
    """What one run did, and a copy of all of it: each test has it as it was, in the same place."""
    folder, copy = (Path(tempfile.mkdtemp(prefix="pullwright-story-")) for _ in range(2))
    folder.chmod(0o711)
    with ScriptedModel(answers(WORK)) as model:
        desk = Desk(folder, model)
        desk.make_repository(PYTHON)
        done = desk.solve(desk.issue(PYTHON_ISSUE))
        assert done.code == 0, done.err
        _copied(folder, copy)
        yield desk, done.data["run"], copy
    for place in (folder, copy):
        erase(place)


@pytest.fixture
def solved(kept: tuple[Desk, str, Path]) -> tuple[Desk, str]:
    desk, run, copy = kept
    empty(desk.folder)
    _copied(copy, desk.folder)
    desk.model.conversations = answers(WORK)
    return desk, run


def _copied(source: Path, target: Path) -> None:
    """Everything that is in a directory, with its times and owners."""
    subprocess.run(["cp", "-a", f"{source}/.", target], check=True)


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
    (text,) = (path.read_text() for path in (desk.data / "pulls").iterdir() if not path.name.endswith(".body.md"))
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
    for name in ("workspaces", "mirrors"):
        shutil.rmtree(desk.data / name)
    done = desk.run("diff", run, "--step", "implement")
    assert done.code == 0, done.err
    assert "+    return a + b" in done.out
    assert "docs/new.txt" in done.out


@pytest.mark.at_length
def test_a_rollback_that_is_killed_half_way_is_taken_up_again_by_its_command_and_by_itself(
    github: GitHub, desk: Desk
) -> None:
    desk.model.conversations = answers(WORK)
    hub = github_desk(github, desk, PYTHON)
    github.roles("octo/adder", max="maintain")
    with hub.serving():
        number = hub.issue()
        hub.say(number, "/fix")
        pull = hub.finished(number)["number"]
    branch, page = f"fix/issue-{number}", f"{REPO}/pulls/{pull}"
    (run,) = hub.runs()

    github.fault(f"{REPO}/issues/{pull}/labels/.*", method="DELETE", kind="hang")
    command = warm().start(["rollback", run["run"], "--hard"], desk.env, desk.folder, desk.folder / "undo.log", None)
    hub.wait("it takes the label away", lambda: _asked(github, "DELETE", f"{REPO}/issues/{pull}/labels/"))
    command.kill()
    command.wait()
    assert hub.alice.get(page).json()["requested_reviewers"] == [], "this came before"
    github.heal()

    github.fault(page, method="PATCH", kind="hang")
    process = hub.start()
    hub.say(number, "/rollback hard", by=github.as_user("max"))
    hub.wait("it closes the pull request", lambda: _asked(github, "PATCH", page))
    process.kill()
    process.wait()
    github.heal()
    shown = hub.alice.get(page).json()
    assert (shown["state"], shown["labels"]) == ("open", []), "this time it came that far"

    with hub.serving():
        hub.wait("it is rolled back", lambda: "### Rolled back" in hub.progress(number)[0]["body"])
        told = "is taken back. Undone:"
        hub.wait("the answer is there", lambda: [one for one in hub.ours(number) if told in one["body"]])
    assert hub.alice.get(page).json()["state"] == "closed"
    assert hub.alice.get(f"{REPO}/branches/{branch}").status_code == 404
    assert len([one for one in hub.ours(number) if told in one["body"]]) == 1
    assert len(hub.ours(pull)) == 1, "one word why it was closed"
    journal = json.loads(desk.run("show", run["run"], "--json").out)["journal"]
    assert "intended" not in {entry["state"] for entry in journal}
    again = desk.run("rollback", run["run"], "--hard")
    assert (again.code, "is left to undo" in again.out) == (0, True), again.err


def _asked(github: GitHub, method: str, path: str) -> bool:
    return any(one["method"] == method and one["path"].startswith(path) for one in github.requests())
