"""What is taken up as a task: what people who may write have asked since we spoke, and what fails at present."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from bot.github.repository import RepositoryClient
from tests.bot.conftest import scene as scene
from tests.bot.github.connecting import connected
from tests.fakes.github.fixture import github as github
from tests.fakes.github.scene import REPO, Scene
from workflows.issue_to_pr.follow_up.gathering import asked_by_people, ended, unanswered

PATH = "one.txt"


class Talk:
    """People about one of our pull requests."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.pull = scene.pull()
        self.at = f"{REPO}/pulls/{self.pull['number']}"

    @property
    def number(self) -> int:
        return int(self.pull["number"])

    def begin(self, by: httpx.Client, body: str) -> int:
        given = {"body": body, "commit_id": self.pull["head"]["sha"], "path": PATH, "line": 1, "side": "RIGHT"}
        return int(by.post(f"{self.at}/comments", json=given).raise_for_status().json()["id"])

    def reply(self, by: httpx.Client, thread: int, body: str) -> None:
        by.post(f"{self.at}/comments/{thread}/replies", json={"body": body}).raise_for_status()

    def review(self, by: httpx.Client, event: str, body: str) -> None:
        by.post(f"{self.at}/reviews", json={"event": event, "body": body}).raise_for_status()


@pytest.fixture
def talk(scene: Scene) -> Talk:
    return Talk(scene)


@pytest.fixture
async def forge(scene: Scene) -> AsyncIterator[RepositoryClient]:
    async with connected(scene) as client:
        yield client


async def test_what_others_say_behind_it_takes_nothing_from_what_was_asked(talk: Talk, forge: RepositoryClient) -> None:
    scene = talk.scene
    thread = talk.begin(scene.alice, "Say what it does.")
    talk.reply(scene.bob, thread, "I think so, too.")
    (found,) = await unanswered(forge, talk.number)
    assert (found.number, found.by) == (thread, "alice")
    assert found.text == "alice: Say what it does.", "whose words may become a rule"
    assert found.label == f"{PATH}:1: alice: Say what it does."


async def test_what_was_answered_is_asked_again_only_by_somebody_who_may(talk: Talk, forge: RepositoryClient) -> None:
    scene = talk.scene
    thread = talk.begin(scene.alice, "Say what it does.")
    talk.reply(scene.bot, thread, "Done.")
    assert await unanswered(forge, talk.number) == []
    talk.reply(scene.bob, thread, "Not really.")
    assert await unanswered(forge, talk.number) == []
    talk.reply(scene.alice, thread, "Bob is right.")
    (found,) = await unanswered(forge, talk.number)
    assert (found.by, "bob: Not really." in found.text) == ("alice", True)


async def test_what_somebody_has_approved_since_is_not_asked_any_more(talk: Talk, forge: RepositoryClient) -> None:
    scene = talk.scene
    scene.github.roles("octo/sample", max="write")
    talk.review(scene.alice, "REQUEST_CHANGES", "Name it otherwise.")
    talk.review(scene.github.as_user("max"), "REQUEST_CHANGES", "Not as alice says.")
    assert [one.by for one in await asked_by_people(forge, talk.number)] == ["alice", "max"]
    talk.review(scene.alice, "APPROVE", "It is fine as it is.")
    assert [one.by for one in await asked_by_people(forge, talk.number)] == ["max"]


@pytest.mark.parametrize(("how", "why"), [("closed", "was closed meanwhile"), ("merged", "was merged meanwhile")])
async def test_nothing_is_pushed_to_what_was_closed_meanwhile(
    talk: Talk, forge: RepositoryClient, how: str, why: str
) -> None:
    ctx: Any = SimpleNamespace(
        forge=SimpleNamespace(operations=lambda run: forge),
        run=SimpleNamespace(id="r", subject=SimpleNamespace(number=talk.number)),
        state={"commit": "a" * 40},
    )
    assert await ended(ctx) == ""
    if how == "merged":
        talk.scene.alice.put(f"{talk.at}/merge", json={}).raise_for_status()
    else:
        talk.scene.alice.patch(talk.at, json={"state": "closed"}).raise_for_status()
    assert why in await ended(ctx)
    ctx.state["commit"] = talk.pull["head"]["sha"]
    assert await ended(ctx) == "", "an attempt before has pushed it already"
