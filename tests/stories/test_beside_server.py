"""Whoever sits at the machine steers a server's runs from the command line while the server is at work."""

from __future__ import annotations

import json

import pytest

from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.stories.conftest import Desk, answers, edit, finish, shell
from tests.stories.github_desk import GitHubDesk, github_desk
from tests.stories.samples import PYTHON


@pytest.fixture
def hub(github: GitHub, desk: Desk) -> GitHubDesk:
    desk.model.conversations = answers([edit("adder.py", "a - b", "a + b"), shell("pytest -q"), finish()])
    return github_desk(github, desk, PYTHON)


@pytest.mark.at_length
def test_a_servers_run_is_approved_aborted_and_gone_on_with_at_the_terminal(hub: GitHubDesk) -> None:
    number = hub.issue()
    with hub.serving():
        hub.say(number, "/plan", by=hub.alice)
        (run,) = hub.wait("the plan waits", lambda: [one for one in hub.runs() if one["status"] == "waiting"])
        wrong = hub.desk.run("answer", run["run"], "yes")
        assert (wrong.code, "asks for a yes or a no" in wrong.err) == (1, True), wrong.err
        rejected = hub.desk.run("reject", run["run"], "smaller")
        assert rejected.code == 0, rejected.err
        assert "It is taken: run" in rejected.out
        assert "The server here (process" in rejected.out
        hub.wait("the next plan waits", lambda: hub.runs()[0]["status"] == "waiting")
        assert hub.desk.run("abort", run["run"]).code == 0
        gone_on = hub.desk.run("resume", run["run"], "--json")
        assert (gone_on.code, json.loads(gone_on.out)["run"]) == (0, run["run"]), gone_on.err
        hub.wait("it asks once more", lambda: hub.runs()[0]["status"] == "waiting")
        nothing = hub.desk.run("resume", run["run"])
        assert (nothing.code, "waits for an answer" in nothing.out) == (0, True), nothing.out
        assert f"pullwright approve {run['run']}" in nothing.out
        assert hub.desk.run("approve", run["run"]).code == 0
        hub.finished(number)
