"""A maintainer on the bus: linked by a comment on GitHub, asked and answering in a chat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.fakes.telegram.server import address, new_world
from tests.fakes.telegram.world import Said, TelegramWorld
from tests.stories.conftest import Desk, answers, edit, finish, shell
from tests.stories.github_desk import GitHubDesk, github_desk
from tests.stories.samples import PYTHON

ALICE = 41


@pytest.fixture
def hub(github: GitHub, desk: Desk) -> GitHubDesk:
    # at work until somebody aborts it, however fast the machine is
    desk.model.conversations = answers([edit("adder.py", "a - b", "a + b"), shell("sleep 600"), finish()])
    return github_desk(github, desk, PYTHON)


@pytest.fixture
def world(hub: GitHubDesk) -> TelegramWorld:
    world = new_world()
    hub.desk.env |= {"PULLWRIGHT_TELEGRAM_TOKEN": world.token, "PULLWRIGHT_TELEGRAM_URL": address()}
    return world


@pytest.mark.at_length
def test_work_is_asked_for_approved_and_aborted_in_a_chat(hub: GitHubDesk, world: TelegramWorld) -> None:
    number = hub.issue()
    with hub.serving():
        world.says(ALICE, "/start")
        code = shown(hub, world, "/link ").text.partition("/link ")[2].split()[0]
        hub.say(number, f"/link {code}")
        shown(hub, world, "You are alice on GitHub")
        world.says(ALICE, "/subscribe octo/adder")
        shown(hub, world, "This chat hears of every run")
        world.says(ALICE, f"/plan octo/adder#{number} keep the name")
        message = shown(hub, world, "Waiting for an answer")
        assert "octo/adder#" in message.text
        press = world.presses(ALICE, message, "Approve")
        hub.wait("the press is answered", lambda: world.answered(press))
        assert world.answered(press) == ["Approved."]
        assert shown(hub, world, "Approve: alice").id == message.id, "it is one message, edited"
        press = world.presses(ALICE, shown(hub, world, "Approve: alice", lambda one: "At work" in one.text), "Abort")
        hub.wait("the press is answered", lambda: world.answered(press))
        shown(hub, world, "Abort: alice")
        hub.wait("GitHub tells of it, too", lambda: "### Aborted" in hub.progress(number)[0]["body"])
    said = (hub.desk.data / "pullwright.log").read_text() + (hub.desk.folder / "serve.log").read_text()
    assert world.token.partition(":")[2] not in said


def shown(hub: GitHubDesk, world: TelegramWorld, text: str, fits: Callable[[Said], Any] = bool) -> Said:
    """The newest message of alice's chat that holds a text, as soon as there is one."""

    def found() -> list[Said]:
        return [one for one in world.messages(ALICE) if text in one.text and fits(one)]

    return hub.wait(f"{text!r} is shown", found)[-1]  # type: ignore[no-any-return]
