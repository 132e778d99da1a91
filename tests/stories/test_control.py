"""A maintainer steers a run from comments: approves, answers, stops, goes on, and takes it back."""

from __future__ import annotations

import pytest

from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.processes import processes
from tests.fakes.scripted_model import Turn, call
from tests.stories.conftest import Desk, answers, edit, finish, shell
from tests.stories.github_desk import REPO, GitHubDesk, github_desk
from tests.stories.samples import PYTHON

RIGHT = edit("adder.py", "a - b", "a + b")
SCRIPT = [RIGHT, shell("pytest -q"), finish()]


@pytest.fixture
def hub(github: GitHub, desk: Desk) -> GitHubDesk:
    desk.model.conversations = answers(SCRIPT)
    hub = github_desk(github, desk, PYTHON)
    github.roles("octo/adder", max="maintain")
    return hub


@pytest.mark.at_length
def test_a_plan_is_approved_by_a_comment_but_not_for_an_issue_that_was_edited_since(hub: GitHubDesk) -> None:
    with hub.serving():
        number, edited = hub.issue(), hub.issue("Another")
        for one in (number, edited):
            hub.say(one, "/plan")
            _headline(hub, one, "Waiting for an answer")
            assert "/approve" in hub.progress(one)[0]["body"]
        assert not hub.pulls()
        hub.alice.patch(f"{REPO}/issues/{edited}", json={"body": "Something else."}).raise_for_status()
        hub.say(number, "/approve", by=hub.bob)
        hub.say(edited, "/approve")
        _told(hub, edited, "The issue was edited")
        hub.say(number, "/approve")
        assert hub.finished(number)["head"]["ref"] == f"fix/issue-{number}"
        _headline(hub, edited, "Waiting for an answer")
        hub.say(edited, "/abort")
        _headline(hub, edited, "Aborted")
        assert len(hub.pulls()) == 1


@pytest.mark.at_length
def test_what_the_agent_asks_is_answered_by_the_next_comment(hub: GitHubDesk) -> None:
    ask = Turn(calls=(call("ask", question="Should add() take more than two numbers?"),))
    hub.desk.model.conversations = answers([ask, *SCRIPT])
    with hub.serving():
        number = hub.issue()
        hub.say(number, "/fix")
        hub.wait("it asks", lambda: [one for one in hub.progress(number) if "more than two numbers?" in one["body"]])
        hub.say(number, "No idea.", by=hub.bob)
        said = hub.say(number, "No, two are enough.")
        hub.finished(number)
        assert "eyes" in hub.reactions(said)
    asked = str([one.messages for one in hub.desk.model.requests])
    assert "two are enough" in asked
    assert "No idea" not in asked


def test_abort_stops_a_running_command_and_retry_goes_on_from_a_step(hub: GitHubDesk) -> None:
    hub.desk.model.conversations = answers([RIGHT, shell("sleep 98765"), finish()])
    with hub.serving():
        number = hub.issue()
        hub.say(number, "/fix")
        hub.wait("the command runs", lambda: processes("98765"))
        hub.say(number, "/rollback soft")
        _told(hub, number, "/abort it first")
        hub.say(number, "/abort this takes too long")
        hub.wait("the command is gone", lambda: not processes("98765"), 20)
        _headline(hub, number, "Aborted")
        assert "Aborted by alice: this takes too long" in hub.progress(number)[0]["body"]
        hub.desk.model.conversations = answers(SCRIPT)
        hub.say(number, "/retry implement")
        hub.wait("it goes on", lambda: "/retry" not in hub.progress(number)[0]["body"])
        pull = hub.finished(number)
        assert not pull["draft"]
        assert len(hub.runs()) == len(hub.progress(number)) == 1
    assert "Traceback" not in hub.log(), "to abort is no error"


@pytest.mark.at_length
def test_rollback_takes_everything_back_unless_somebody_built_on_it(hub: GitHubDesk) -> None:
    maintainer = hub.github.as_user("max")
    with hub.serving():
        mine, theirs = hub.issue(), hub.issue("Another")
        for one in (mine, theirs):
            hub.say(one, "/fix")
        pull, kept = hub.finished(mine), hub.finished(theirs)
        head = hub.push("notes.md", "Mine.\n", branch=f"fix/issue-{theirs}")
        hub.say(theirs, "/rollback hard", by=maintainer)
        _told(hub, theirs, head[:12])
        assert _state(hub, kept) == "open"
        assert hub.alice.get(f"{REPO}/branches/fix/issue-{theirs}").json()["commit"]["sha"] == head
        hub.say(theirs, "/rollback soft")
        _told(hub, theirs, "It is yours")
        assert hub.alice.get(f"{REPO}/pulls/{kept['number']}").json()["draft"]

        hub.say(mine, "/rollback 2")
        _told(hub, mine, "The last 2 steps")
        assert _state(hub, pull) == "closed"
        reverted = hub.alice.get(f"{REPO}/branches/fix/issue-{mine}").json()["commit"]
        assert [parent["sha"] for parent in reverted["parents"]] == [pull["head"]["sha"]]
        assert hub.file("adder.py", f"fix/issue-{mine}") == PYTHON["adder.py"]
        hub.say(mine, "/retry")
        hub.wait("it goes on", lambda: "/retry" not in hub.progress(mine)[0]["body"])
        pull = hub.finished(mine)
        assert not pull["draft"]

        hub.say(pull["number"], "/rollback hard", by=maintainer)  # on the pull request, this time
        _headline(hub, mine, "Rolled back")
        _told(hub, pull["number"], "is taken back")
        assert _state(hub, pull) == "closed"
        assert hub.alice.get(f"{REPO}/branches/fix/issue-{mine}").status_code == 404
    assert sorted(one["status"] for one in hub.runs()) == ["completed", "rolled_back"]


def _headline(hub: GitHubDesk, number: int, words: str) -> None:
    hub.wait(f"#{number}: {words}", lambda: [one for one in hub.progress(number) if f"### {words}" in one["body"]])


def _told(hub: GitHubDesk, number: int, words: str) -> None:
    hub.wait(f"#{number} is told: {words}", lambda: [one for one in hub.ours(number) if words in one["body"]])


def _state(hub: GitHubDesk, pull: dict[str, object]) -> str:
    return str(hub.alice.get(f"{REPO}/pulls/{pull['number']}").raise_for_status().json()["state"])
