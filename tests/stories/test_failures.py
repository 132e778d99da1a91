"""A step fails: it is tried again by itself as the repository wants, and then the user reads what can be done."""

from __future__ import annotations

import re

import pytest

from tests.fakes.scripted_model import Turn, call
from tests.stories.conftest import Desk, answers, edit, finish, shell
from tests.stories.samples import PYTHON, PYTHON_ISSUE

RULES = """\
setup: false
workflows:
  issue_to_pr:
    steps: {implement: retry}
    retries: 1
    pause: 1
"""


@pytest.mark.at_length
def test_a_model_that_gives_up_is_asked_once_more_and_then_the_user_is_told_what_can_be_done(desk: Desk) -> None:
    desk.make_repository({**PYTHON, ".github/pullwright.yml": RULES})
    gives_up = Turn(calls=(call("give_up", reason="I cannot."),))
    work = [edit("adder.py", "a - b", "a + b"), shell("pytest -q"), finish()]
    desk.model.conversations = answers([shell("echo this is what it saw"), gives_up], [gives_up])
    failed = desk.run("solve", desk.repository, "--issue", desk.issue(PYTHON_ISSUE))
    assert failed.code == 1, failed.err
    assert "The model gave up: I cannot; trying again in 1.0 s (2 of 2)" in failed.out
    assert re.search(r"The end of its output:\n\n(    .*\n)*    .*this is what it saw", failed.out)
    found = re.search(r"next     (pullwright retry (\S+) plan)\n", failed.out)
    assert found, failed.out
    desk.model.conversations = answers(work)
    retried = desk.run(*found[1].split()[1:])
    assert retried.code == 0, retried.out + retried.err
    assert "a + b" in desk.file_on("fix/issue-7", "adder.py")


def test_rules_for_steps_that_there_are_not_are_refused_before_anything_runs(desk: Desk) -> None:
    desk.make_repository({**PYTHON, ".github/pullwright.yml": RULES.replace("implement", "implemnt")})
    refused = desk.solve(desk.issue(PYTHON_ISSUE))
    assert refused.code == 1
    assert (
        "pullwright.yml:4: There is no step 'implemnt' in workflows.issue_to_pr.steps. Did you mean 'implement'?"
        in refused.data["error"]
    )
    assert desk.run("runs").out.startswith("There are no runs yet.")
