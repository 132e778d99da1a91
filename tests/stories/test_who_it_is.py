"""On a whole server it counts who somebody is: not by which way they come, nor what they are called."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.stories.conftest import Desk, answers, edit, finish, shell
from tests.stories.github_desk import GitHubDesk, github_desk
from tests.stories.samples import PYTHON

RULES = "setup: false\ntest: pytest -q\napproval: {not_requester: true}\n"
Json = Any


@pytest.fixture
def hub(github: GitHub, desk: Desk) -> GitHubDesk:
    desk.model.conversations = answers([edit("adder.py", "a - b", "a + b"), shell("pytest -q"), finish()])
    found = github_desk(github, desk, {**PYTHON, ".github/pullwright.yml": RULES})
    github.roles("octo/adder", carol="write")
    return found


def made(hub: GitHubDesk, login: str = "") -> httpx.Client:
    """A script with a key of every scope."""
    scopes = [word for scope in ("read", "start", "steer", "approve") for word in ("--scope", scope)]
    done = hub.desk.run("keys", "create", "script", *scopes, *(("--login", login) if login else ()))
    assert done.code == 0, done.err
    key = done.out.split()[-1]
    url = f"http://127.0.0.1:{hub.port}/api/v1"
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=40)


def asks(hub: GitHubDesk, script: httpx.Client, number: int) -> Json:
    """A run that the script has started, as soon as its plan waits."""
    wanted = {"repository": "octo/adder", "number": number, "approve": True, "wait": True}
    order = script.post("/runs", json=wanted).raise_for_status().json()
    assert order["state"] == "done", order

    def waits() -> Json:
        run = script.get(f"/runs/{order['run']}").raise_for_status().json()
        return run if run["status"] == "waiting" else None

    return hub.wait("the plan waits", waits)


def yes(script: httpx.Client, run: Mapping[str, Any]) -> httpx.Response:
    question = run["question"]
    return script.post(f"/runs/{run['run']}/approve", json={"binding": question["binding"]})


@pytest.mark.at_length
def test_a_key_that_started_a_run_does_not_approve_it_nor_does_the_terminal_but_a_person_does(hub: GitHubDesk) -> None:
    number = hub.issue()
    with hub.serving(), made(hub) as script, made(hub) as other, made(hub, "carol") as carol:
        run = asks(hub, script, number)
        for one in (script, other):
            refused = yes(one, run)
            assert refused.status_code == 409, refused.text
            assert "does not say who that is" in refused.json()["detail"]
        terminal = hub.desk.run("approve", run["run"])
        assert terminal.code == 1
        assert "Whoever asked for a run does not approve its plan here" in terminal.err
        assert yes(carol, run).status_code == 200
        requests = json.loads(hub.desk.run("show", run["run"], "--json").out)["requests"]
    done = [(one["what"], one["who"].partition(" (")[0]) for one in requests if not one.get("refused")]
    assert done[:2] == [("start", "operator"), ("answer:approve", "carol")]


def test_who_asked_by_a_comment_does_not_approve_under_another_login_or_by_a_key(hub: GitHubDesk) -> None:
    number = hub.issue(by=hub.github.as_user("carol"))
    with hub.serving(), made(hub, "alice") as script:
        hub.say(number, "/plan", by=hub.alice)
        (found,) = hub.wait("the run waits", lambda: [one for one in hub.runs() if one["status"] == "waiting"])
        run = script.get(f"/runs/{found['run']}").json()
        hub.github.rename_account("alice", "alicia")
        refused = yes(script, run)
        assert (refused.status_code, "does not approve its plan" in refused.text) == (409, True), refused.text
        hub.say(number, "/approve", by=hub.alice)
        hub.wait("she is told so", lambda: any("does not approve its plan" in one["body"] for one in hub.ours(number)))
        hub.github.account("alice")  # somebody takes the login that is free now
        hub.github.roles("octo/adder", alicia="none", alice="write")
        assert yes(script, run).status_code == 404, "her key is hers, and she may not see it any more"
        hub.say(number, "/approve", by=hub.github.as_user("carol"))
        hub.wait("it goes on", lambda: script and hub.runs()[0]["status"] != "waiting")


def test_a_key_is_made_out_to_somebody_there_is(hub: GitHubDesk) -> None:
    done = hub.desk.run("keys", "create", "script", "--login", "nobody-at-all")
    assert done.code == 1
    assert "GitHub knows no 'nobody-at-all'" in done.err
