"""More work is asked for than there are places: who waits is told so, and goes on as soon as one is free."""

from __future__ import annotations

import pytest

from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.scripted_model import Conversation, Fault, Turn
from tests.stories.conftest import Desk
from tests.stories.github_desk import GitHubDesk, github_desk
from tests.stories.samples import PYTHON


@pytest.fixture
def hub(github: GitHub, desk: Desk) -> GitHubDesk:
    desk.model.conversations = [Conversation("", (Turn("{}", faults=(Fault(hang=600),) * 20),))]
    desk.env |= {"PULLWRIGHT_REPOSITORY_RUNS": "1", "PULLWRIGHT_DRAIN_SECONDS": "0"}
    return github_desk(github, desk, PYTHON)


def test_who_waits_in_line_sees_it_and_follows_when_the_one_before_has_ended(hub: GitHubDesk) -> None:
    with hub.serving():
        first, second, third = (hub.issue(title) for title in ("One", "Two", "Three"))
        for number in (first, second, third):
            hub.say(number, "/fix")
            _headline(hub, number, "")
        _headline(hub, first, "At work")
        _headline(hub, second, "Waiting for a free place to work: it is the next")
        _headline(hub, third, "Waiting for a free place to work: 1 before it")
        hub.say(third, "/status")
        hub.wait("the status tells it", lambda: [one for one in hub.ours(third) if "1 before it**" in one["body"]])
        hub.say(first, "/abort")
        _headline(hub, second, "At work")
        _headline(hub, third, "Waiting for a free place to work: it is the next")
        hub.say(third, "/abort not needed any more")
        _headline(hub, third, "Aborted")
    status = {one["title"]: one["status"] for one in hub.runs()}
    assert status == {"One": "aborted", "Two": "running", "Three": "aborted"}
    assert "Traceback" not in hub.log()


def _headline(hub: GitHubDesk, number: int, words: str) -> None:
    hub.wait(f"#{number}: {words}", lambda: [one for one in hub.progress(number) if f"### {words}" in one["body"]])
