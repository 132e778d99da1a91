"""What GitHub delivers is understood: the stand-in's payloads, which are held to its published description."""

from __future__ import annotations

from bot.webhook.events import (
    Commented,
    InstallationChanged,
    IssueAssigned,
    IssueLabeled,
    IssueOpened,
    PullChanged,
)
from bot.webhook.reading import parse
from tests.fakes.github.scene import REPO, Scene


def test_what_github_sends_is_understood(scene: Scene) -> None:
    number = scene.issue("It is broken", labels=["bug"])
    scene.alice.post(f"{REPO}/issues/{number}/labels", json={"labels": ["pullwright"]}).raise_for_status()
    scene.alice.post(f"{REPO}/issues/{number}/assignees", json={"assignees": ["alice"]}).raise_for_status()
    said = scene.alice.post(f"{REPO}/issues/{number}/comments", json={"body": "/fix"}).raise_for_status().json()
    scene.alice.patch(f"{REPO}/issues/comments/{said['id']}", json={"body": "/plan"}).raise_for_status()
    scene.pull()
    scene.github.settle()
    events = [parse(one["event"], one["payload"]) for one in scene.github.deliveries()]
    found = {type(event) for event in events}
    assert found >= {IssueOpened, IssueLabeled, IssueAssigned, Commented, PullChanged, InstallationChanged}
    labeled = [event for event in events if isinstance(event, IssueLabeled)]
    assert labeled[-1].label == "pullwright"
    assert labeled[-1].place.installation == scene.installation
    comments = [event for event in events if isinstance(event, Commented)]
    assert [(event.body, event.before) for event in comments] == [("/fix", ""), ("/plan", "/fix")]
    assert not any(event.sender.bot for event in comments)
