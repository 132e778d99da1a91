"""GitHub takes away, in mid-run, what the work stands on: each run ends with what to do, and then can go on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace

import httpx
import pytest

from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.scripted_model import Conversation, Fault
from tests.stories.conftest import Desk, answers, edit, finish
from tests.stories.github_desk import GitHubDesk, github_desk
from tests.stories.samples import PYTHON

LOST = {
    "octo/archived": ("archived", "Unarchive it to go on"),
    "gone/removed": ("This App is not installed there any more", "Install it again to go on"),
    "octo/moved": ("octo/moved is elsewhere/moved now, and this App is not installed there", "Install it there"),
}
"""Repositories, what becomes of each while a run is at work in it, and what its owner is to do."""


@pytest.fixture
def hub(github: GitHub, desk: Desk) -> GitHubDesk:
    made = github_desk(github, desk, PYTHON)
    for name in LOST:
        github.repository(name, source=desk.repository, roles={"alice": "write", "root": "admin"})
    github.install(made.app, "gone")
    desk.model.conversations = _held_in(LOST)
    desk.env |= {"PULLWRIGHT_PLACES": "4"}
    return made


@pytest.mark.at_length
def test_what_goes_away_in_mid_run_is_a_clear_end_and_when_it_is_back_the_run_goes_on(hub: GitHubDesk) -> None:
    with hub.serving() as process:
        numbers = {name: _ask(hub.alice, name) for name in LOST}
        hub.wait("they are at work", lambda: len(_held(hub)) == len(LOST))
        _take_away(hub)
        hub.wait("they have ended", lambda: _statuses(hub) == ["failed"] * len(LOST))
        for run in hub.runs():
            name = run["repository"].partition("/")[2]
            for words in LOST[name]:
                assert words in run["error"], (name, run["error"])
        assert process.poll() is None

        _give_back(hub)
        back = ("octo/archived", "gone/removed")
        for name in back:
            _say(hub.alice, name, numbers[name], "/retry")
        for name in back:
            hub.wait(f"{name} has its pull request", lambda name=name: hub.alice.get(f"/repos/{name}/pulls").json())


def _ask(who: httpx.Client, name: str) -> int:
    given = {"title": f"add() subtracts in {name}", "body": "`add(1, 2)` gives -1."}
    number = int(who.post(f"/repos/{name}/issues", json=given).raise_for_status().json()["number"])
    _say(who, name, number, "/fix")
    return number


def _say(who: httpx.Client, name: str, number: int, words: str) -> None:
    who.post(f"/repos/{name}/issues/{number}/comments", json={"body": words}).raise_for_status()


def _held_in(names: Iterable[str]) -> list[Conversation]:
    """A script in which each repository's run waits a while for the model, with its branch made."""
    *plain, work = answers([edit("adder.py", "a - b", "a + b"), finish()])
    held = [
        Conversation(
            rf"(?s)Resolve this issue.*add\(\) subtracts in {name}",
            (work.turns[0], replace(work.turns[1], faults=(Fault(hang=4),))),
        )
        for name in names
    ]
    return [*plain, *held]


def _held(hub: GitHubDesk) -> set[str]:
    """The tasks for which the model is asked a second time."""
    asked = [one for one in hub.desk.model.requests if "Resolve this issue" in str(one.messages[1:2])]
    return {str(one.messages[1]) for one in asked if len(one.messages) > 2}


def _statuses(hub: GitHubDesk) -> list[str]:
    with closing(sqlite3.connect(hub.desk.data / "app.sqlite")) as db:
        return [status for (status,) in db.execute("SELECT status FROM workflow_runs")]


def _take_away(hub: GitHubDesk) -> None:
    root = hub.github.as_user("root")
    root.patch("/repos/octo/archived", json={"archived": True}).raise_for_status()
    hub.github.transfer("octo/moved", "elsewhere")
    with hub.github.client(hub.app.jwt()) as app:
        (gone,) = [one for one in app.get("/app/installations").json() if one["account"]["login"] == "gone"]
        app.delete(f"/app/installations/{gone['id']}").raise_for_status()
    hub.github.expire_tokens()


def _give_back(hub: GitHubDesk) -> None:
    hub.github.as_user("root").patch("/repos/octo/archived", json={"archived": False}).raise_for_status()
    hub.github.install(hub.app, "gone")
