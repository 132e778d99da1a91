"""What was asked for at the trigger is what is worked on, whatever becomes of the issue's text afterwards."""

from __future__ import annotations

import pytest

from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.stories.conftest import Desk, answers, edit, finish
from tests.stories.github_desk import REPO, github_desk
from tests.stories.samples import PYTHON


@pytest.mark.at_length
def test_an_issue_that_is_edited_after_the_trigger_does_not_change_the_run(github: GitHub, desk: Desk) -> None:
    desk.model.conversations = answers([edit("adder.py", "a - b", "a + b"), finish()])
    hub = github_desk(github, desk, PYTHON)
    with hub.serving():
        hidden = "add() subtracts <!-- HIDDEN ORDER -->"
        number = hub.issue(hidden, by=hub.bob, body="It does.\n\n<!-- HIDDEN ORDER -->\n")
        hub.alice.post(f"{REPO}/issues/{number}/labels", json={"labels": ["pullwright"]}).raise_for_status()
        hub.wait("the run has begun", lambda: hub.progress(number))
        edited = {"title": "LATER ORDER", "body": "LATER ORDER"}
        hub.bob.patch(f"{REPO}/issues/{number}", json=edited).raise_for_status()  # whose words nobody need ask about
        pull = hub.finished(number)
    asked = " ".join(str(request.messages) for request in desk.model.requests)
    assert "add() subtracts" in asked
    assert "HIDDEN ORDER" not in asked
    assert "LATER ORDER" not in asked
    assert "LATER ORDER" not in pull["body"] + pull["title"]
    assert [label["name"] for label in pull["labels"]] == ["pullwright"]
