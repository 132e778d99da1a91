"""Bad input gets one clear sentence and a non-zero exit, and loses nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.stories.conftest import Desk, answers, edit, finish
from tests.stories.samples import PYTHON, PYTHON_ISSUE


@pytest.fixture
def ready(desk: Desk) -> Desk:
    desk.make_repository(PYTHON)
    desk.model.conversations = answers([edit("adder.py", "a - b", "a + b"), finish()])
    return desk


def refused(desk: Desk, *words: str | Path, **env: str) -> str:
    done = desk.run(*words, **env)
    assert done.code == 1, done.out + done.err
    sentences = [line for line in done.err.splitlines() if line.strip()]
    assert len(sentences) == 1, done.err
    assert "Traceback" not in done.err
    return sentences[0]


def test_a_folder_that_is_no_repository(desk: Desk) -> None:
    (desk.folder / "plain").mkdir()
    said = refused(desk, "solve", desk.folder / "plain", "--issue", desk.issue(PYTHON_ISSUE))
    assert "not a git repository" in said


def test_an_empty_issue(ready: Desk) -> None:
    assert "empty" in refused(ready, "solve", ready.repository, "--issue", ready.issue("\n \n"))


def test_an_issue_file_that_is_not_there(ready: Desk) -> None:
    assert "nowhere.md" in refused(ready, "solve", ready.repository, "--issue", ready.folder / "nowhere.md")


def test_a_repository_with_uncommitted_changes_keeps_them(ready: Desk) -> None:
    (ready.repository / "adder.py").write_text("changed\n")
    assert "adder.py" in refused(ready, "solve", ready.repository, "--issue", ready.issue(PYTHON_ISSUE))
    assert (ready.repository / "adder.py").read_text() == "changed\n"


def test_a_bare_repository(ready: Desk) -> None:
    ready.git("clone", "-q", "--bare", ".", "../bare.git")
    assert "bare" in refused(ready, "solve", ready.folder / "bare.git", "--issue", ready.issue(PYTHON_ISSUE))


def test_a_detached_head(ready: Desk) -> None:
    ready.git("checkout", "-q", "--detach")
    assert "detached" in refused(ready, "solve", ready.repository, "--issue", ready.issue(PYTHON_ISSUE))


def test_a_branch_that_exists_already_is_left_as_it_is(ready: Desk) -> None:
    ready.git("branch", "fix/issue-7")
    before = ready.branches()
    assert "fix/issue-7 exists" in refused(ready, "solve", ready.repository, "--issue", ready.issue(PYTHON_ISSUE))
    assert ready.branches() == before


@pytest.mark.skipif(os.geteuid() != 0, reason="hiding a program from one process takes root")
def test_no_bubblewrap_names_the_package(ready: Desk) -> None:
    hide = 'mount --bind /dev/null "$(command -v bwrap)" && exec "$@"'
    ready.prefix = ("unshare", "--mount", "--propagation", "private", "sh", "-c", hide, "sh")
    said = refused(ready, "solve", ready.repository, "--issue", ready.issue(PYTHON_ISSUE))
    assert "apt-get install" in said
    assert "bubblewrap" in said


def test_no_model(ready: Desk) -> None:
    said = refused(ready, "solve", ready.repository, "--issue", ready.issue(PYTHON_ISSUE), PULLWRIGHT_MODEL="")
    assert "PULLWRIGHT_MODEL" in said


def test_no_model_key(ready: Desk) -> None:
    env = {
        "PULLWRIGHT_API_KEY": "",
        "PULLWRIGHT_API_BASE": "",
        "PULLWRIGHT_MODEL": "openai/gpt-4o",
        "OPENAI_API_KEY": "",
    }
    assert "OPENAI_API_KEY" in refused(ready, "solve", ready.repository, "--issue", ready.issue(PYTHON_ISSUE), **env)


def test_a_wrong_model_name_fails_the_run_with_what_to_do(ready: Desk) -> None:
    done = ready.solve(ready.issue(PYTHON_ISSUE), "--model", "nonsense")
    assert done.code == 1
    assert "nonsense" in done.err
    assert "Traceback" not in done.err


def test_a_data_directory_that_cannot_be_written(ready: Desk) -> None:
    (ready.folder / "file").write_text("")
    said = refused(
        ready,
        *("solve", ready.repository, "--issue", ready.issue(PYTHON_ISSUE)),
        PULLWRIGHT_DATA=str(ready.folder / "file" / "data"),
    )
    assert "data directory" in said


def test_a_damaged_database_is_left_as_it_is(ready: Desk) -> None:
    ready.data.mkdir()
    (ready.data / "app.sqlite").write_bytes(b"this is no database" * 1000)
    assert "database" in refused(ready, "solve", ready.repository, "--issue", ready.issue(PYTHON_ISSUE))
    assert (ready.data / "app.sqlite").read_bytes() == b"this is no database" * 1000


@pytest.mark.parametrize("command", ["show", "diff", "resume", "approve"])
def test_an_unknown_run(ready: Desk, command: str) -> None:
    assert "no run 'nonsense'" in refused(ready, command, "nonsense")


def test_an_unknown_setting_names_the_closest_one(ready: Desk) -> None:
    assert "PULLWRIGHT_MODEL" in refused(ready, "runs", PULLWRIGHT_MODLE="x")


def test_a_wrong_repository_configuration_fails_with_file_and_line(ready: Desk) -> None:
    (ready.repository / ".github/pullwright.yml").write_text("setup: false\ntset: pytest\n")
    ready.git("commit", "-q", "-a", "-m", "slip")
    done = ready.solve(ready.issue(PYTHON_ISSUE))
    assert done.code == 1
    assert ".github/pullwright.yml:2" in done.err
    assert "'test'" in done.err
