"""`pullwright solve`, as a user runs it: real git, sandbox, database and model wire."""

from pathlib import Path

import pytest

from tests.fakes.scripted_model import Turn
from tests.stories.conftest import Desk, answers, edit, finish, shell
from tests.stories.samples import NODE, PYTHON, PYTHON_ISSUE

RIGHT = edit("adder.py", "a - b", "a + b")


def test_a_python_repository_is_fixed_and_verified(desk: Desk) -> None:
    desk.cold = True
    desk.make_repository(PYTHON)
    desk.git("config", "user.name", "A User")
    desk.git("config", "user.email", "user@example.org")
    desk.model.conversations = answers([RIGHT, shell("pytest -q"), finish()])
    before = desk.git("rev-parse", "HEAD")
    solved = desk.solve(desk.issue(PYTHON_ISSUE))
    assert solved.code == 0, solved.err
    assert desk.file_on("fix/issue-7", "adder.py") == "def add(a, b):\n    return a + b"
    assert desk.git("rev-parse", "HEAD") == before
    assert desk.git("status", "--porcelain") == ""
    assert desk.git("rev-parse", "fix/issue-7^") == before
    assert desk.git("log", "-1", "--format=%an", "fix/issue-7") == "Pullwright"
    assert "Co-authored-by: A User <user@example.org>" in desk.git("log", "-1", "--format=%B", "fix/issue-7")
    text = Path(solved.data["pull"]).read_text()
    assert "2 passed, 0 failed" in text
    assert "1 passed, 1 failed" in text
    assert "Fixes #7" in text
    (mirror,) = (desk.data / "mirrors").glob("*.git")
    pinned = desk.git(f"--git-dir={mirror}", "for-each-ref", "--format=%(refname)", "refs/pullwright/runs")
    assert pinned == f"refs/pullwright/runs/{solved.data['run']}", "scratch trees let go of what they held"
    assert list((desk.data / "scratch").iterdir()) == []


@pytest.mark.at_length
def test_what_each_command_printed_is_shown_whole_by_step(desk: Desk) -> None:
    desk.make_repository({**PYTHON, ".github/pullwright.yml": "setup: seq 30000; echo set up\ntest: pytest\n"})
    desk.model.conversations = answers([RIGHT, shell("echo by the agent"), finish()])
    solved = desk.solve(desk.issue(PYTHON_ISSUE))
    run = solved.data["run"]
    prepared = desk.run("show", run, "--step", "prepare", "--output").out
    assert prepared.startswith("prepare: $ seq 30000; echo set up\n1\n2\n")
    assert "\n29999\n30000\nset up\n(exit code 0, " in prepared
    assert "by the agent\n(exit code 0" in desk.run("show", run, "--step", "implement", "--output").out
    verified = desk.run("show", run, "--step", "verify", "--output").out
    assert verified.count("$ pytest ") >= 2, verified
    assert "PULLWRIGHT" not in verified, "lines of ours before a command are not the repository's"
    assert "2 passed" in verified
    assert "has no step 'nothing'" in desk.run("show", run, "--step", "nothing", "--output").err
    assert "Add --output" in desk.run("show", run, "--step", "verify").err


@pytest.mark.at_length
def test_a_node_repository_is_fixed_and_verified(desk: Desk) -> None:
    desk.make_repository(NODE)
    desk.model.conversations = answers([edit("adder.js", "a - b", "a + b"), shell("npm test"), finish()])
    solved = desk.solve(desk.issue(PYTHON_ISSUE))
    assert solved.code == 0, solved.err
    assert "2 passed, 0 failed" in Path(solved.data["pull"]).read_text()


@pytest.mark.at_length
def test_a_check_that_fails_goes_back_to_the_agent_and_passes_in_the_second_round(desk: Desk) -> None:
    desk.make_repository(PYTHON)
    wrong = edit("adder.py", "return a - b", "return abs(a) + abs(b) + 1")
    mend = edit("adder.py", "return abs(a) + abs(b) + 1", "return a + b")
    desk.model.conversations = answers([wrong, finish()], [mend, finish(summary="Now it adds.")])
    solved = desk.solve(desk.issue(PYTHON_ISSUE))
    assert solved.code == 0, solved.err
    shown = desk.run("show", solved.data["run"])
    assert shown.out.count("Verify the change") >= 2


@pytest.mark.at_length
def test_a_wrong_patch_ends_not_verified_and_says_which_test_is_new_in_failing(desk: Desk) -> None:
    desk.make_repository(PYTHON)
    wrong = edit("adder.py", "return a - b", "return 7")
    desk.model.conversations = answers([wrong, finish(), finish(), finish()])
    solved = desk.solve(desk.issue(PYTHON_ISSUE))
    assert solved.code == 2, solved.err
    text = Path(solved.data["pull"]).read_text()
    assert "test_zero" in text
    assert "Not verified" in solved.err + solved.out + text


@pytest.mark.at_length
def test_a_budget_that_runs_out_keeps_the_partial_work_and_says_so(desk: Desk) -> None:
    desk.make_repository(PYTHON)
    dear = Turn(calls=RIGHT.calls, prompt_tokens=1000, completion_tokens=200_000)
    desk.model.conversations = answers([dear, shell("true"), shell("true"), shell("true")])
    solved = desk.solve(desk.issue(PYTHON_ISSUE), "--max-cost", "0.5", PULLWRIGHT_PRICE="1,50")
    assert solved.code == 2, solved.err
    assert "a + b" in desk.file_on("fix/issue-7", "adder.py")
    assert "budget" in Path(solved.data["pull"]).read_text()


@pytest.mark.at_length
def test_a_dry_run_leaves_nothing_in_the_repository_and_shows_what_would_be(desk: Desk) -> None:
    desk.make_repository(PYTHON)
    desk.model.conversations = answers([RIGHT, finish()])
    refs = desk.git("for-each-ref")
    solved = desk.run("solve", desk.repository, "--issue", desk.issue(PYTHON_ISSUE), "--dry-run")
    assert solved.code == 0, solved.err
    assert desk.git("for-each-ref") == refs
    assert desk.git("status", "--porcelain") == ""
    assert not list((desk.data / "pulls").glob("*")) if (desk.data / "pulls").exists() else True
    assert "+    return a + b" in solved.out
    assert "## Verification" in solved.out
    assert "1. Edit the file." in solved.out


@pytest.mark.at_length
def test_an_approval_is_waited_for_and_goes_on_in_another_process(desk: Desk) -> None:
    desk.make_repository(PYTHON)
    desk.model.conversations = answers([RIGHT, finish()])
    waiting = desk.solve(desk.issue(PYTHON_ISSUE), "--approve")
    assert waiting.code == 3, waiting.err
    assert "approve" in waiting.err
    assert desk.branches().keys() == {"main", "fix/issue-7"}
    done = desk.run("approve", waiting.data["run"], "--json")
    assert done.code == 0, done.err
    assert "a + b" in desk.file_on("fix/issue-7", "adder.py")


def test_a_rejected_plan_is_written_anew_with_the_reason(desk: Desk) -> None:
    desk.make_repository(PYTHON)
    desk.model.conversations = answers([RIGHT, finish()])
    waiting = desk.solve(desk.issue(PYTHON_ISSUE), "--approve")
    again = desk.run("reject", waiting.data["run"], "use operator.add", "--json")
    assert again.code == 3, again.err
    plans = [r for r in desk.model.requests if "Write the plan" in str(r.messages[-1]["content"])]
    assert "use operator.add" in str(plans[-1].messages[-1]["content"])
