"""What GitHub delivers is understood: the stand-in's payloads, which are held to its published description."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.github import features
from bot.webhook.events.code import (
    CheckCompleted,
    ChecksCompleted,
    Deployed,
    PullChanged,
    ReleaseChanged,
    ReviewCommented,
    Reviewed,
    TagPushed,
)
from bot.webhook.events.conversation import Commented, InstallationChanged, IssueAssigned, IssueLabeled, IssueOpened
from bot.webhook.events.reading import parse
from tests.fakes.github import GitHub
from tests.fakes.github.scene import REPO, Scene
from workflows.subject import SubjectKind


@pytest.fixture
def heard(github: GitHub) -> Iterator[Scene]:
    """An App as app.yml has it."""
    github.repository("octo/sample", roles={"alice": "write", "carol": "write", "root": "admin"})
    app = github.app(secret="s", permissions=features.permissions(), events=features.events())
    installation = github.install(app, "octo")
    with github.client(github.token(app, installation)) as bot:
        yield Scene(github, app, installation, bot, github.as_user("alice"), github.as_user("carol"))


def told(scene: Scene) -> list[object]:
    scene.github.settle()
    assert scene.github.own_violations() == []
    return [parse(one["event"], one["payload"]) for one in scene.github.deliveries() if one["event"] != "ping"]


def test_what_github_sends_is_understood(scene: Scene) -> None:
    number = scene.issue("It is broken", labels=["bug"])
    scene.alice.post(f"{REPO}/issues/{number}/labels", json={"labels": ["pullwright"]}).raise_for_status()
    scene.alice.post(f"{REPO}/issues/{number}/assignees", json={"assignees": ["alice"]}).raise_for_status()
    said = scene.alice.post(f"{REPO}/issues/{number}/comments", json={"body": "/fix"}).raise_for_status().json()
    scene.alice.patch(f"{REPO}/issues/comments/{said['id']}", json={"body": "/plan"}).raise_for_status()
    scene.pull()
    events = told(scene)
    found = {type(event) for event in events}
    assert found >= {IssueOpened, IssueLabeled, IssueAssigned, Commented, PullChanged, InstallationChanged}
    labeled = [event for event in events if isinstance(event, IssueLabeled)]
    assert labeled[-1].label == "pullwright"
    assert labeled[-1].place.installation == scene.installation
    comments = [event for event in events if isinstance(event, Commented)]
    assert [(event.body, event.before) for event in comments] == [("/fix", ""), ("/plan", "/fix")]
    assert not any(event.sender.bot for event in comments)


def test_what_happens_to_a_pull_request_is_understood(heard: Scene) -> None:
    pull = heard.pull(draft=False)
    number, head = pull["number"], pull["head"]["sha"]
    asked = heard.alice.post(f"{REPO}/pulls/{number}/requested_reviewers", json={"reviewers": ["carol"]})
    asked.raise_for_status()
    file = {"message": "More", "content": "b25lCg==", "branch": "fix/issue-1"}
    heard.alice.put(f"{REPO}/contents/two.txt", json=file).raise_for_status()
    comments = [{"path": "one.txt", "line": 1, "side": "RIGHT", "body": "Why?"}]
    review = {"event": "REQUEST_CHANGES", "body": "Not yet.", "comments": comments}
    heard.alice.post(f"{REPO}/pulls/{number}/reviews", json=review).raise_for_status()
    heard.alice.patch(f"{REPO}/pulls/{number}", json={"state": "closed"}).raise_for_status()
    events = told(heard)
    changed = [event for event in events if isinstance(event, PullChanged)]
    assert [one.action for one in changed] == ["opened", "review_requested", "synchronize", "closed"]
    assert (changed[0].pull.head_commit, changed[0].pull.head_repository) == (head, "octo/sample")
    assert (changed[1].requested, changed[2].before, changed[3].closed) == ("carol", head, True)
    assert all(one.subject.kind is SubjectKind.PULL and one.subject.number == number for one in changed)
    (reviewed,) = (event for event in events if isinstance(event, Reviewed))
    assert (reviewed.state, reviewed.body, reviewed.closed) == ("changes_requested", "Not yet.", False)
    (commented,) = (event for event in events if isinstance(event, ReviewCommented))
    assert (commented.body, commented.path, commented.line, commented.thread) == ("Why?", "one.txt", 1, 0)


def test_checks_are_understood_and_are_about_the_pull_request_of_their_head(heard: Scene) -> None:
    pull = heard.pull()
    ci = heard.github.app(name="CI", permissions={"checks": "write"}, events=[])
    where = heard.github.install(ci, "octo")
    with heard.github.client(heard.github.token(ci, where)) as runner:
        made = {"name": "lint", "head_sha": pull["head"]["sha"], "status": "in_progress"}
        slow = runner.post(f"{REPO}/check-runs", json=made).raise_for_status().json()
        red = made | {"name": "test", "status": "completed", "conclusion": "failure"}
        runner.post(f"{REPO}/check-runs", json=red).raise_for_status()
        runner.patch(f"{REPO}/check-runs/{slow['id']}", json={"conclusion": "success"}).raise_for_status()
    events = told(heard)
    checks = [event.check for event in events if isinstance(event, CheckCompleted)]
    assert [(one.name, one.app, one.conclusion) for one in checks] == [
        ("test", "ci", "failure"),
        ("lint", "ci", "success"),
    ]
    (all_of_them,) = (event for event in events if isinstance(event, ChecksCompleted))
    assert (all_of_them.check.conclusion, all_of_them.subject.number) == ("failure", pull["number"])
    assert all_of_them.sender.bot


def test_tags_releases_and_deployments_are_understood(heard: Scene) -> None:
    first = heard.branch("work", "one.txt")
    second = heard.branch("more", "two.txt")
    tag = f"{REPO}/git/refs/tags/v1.0"
    heard.alice.post(f"{REPO}/git/refs", json={"ref": "refs/tags/v1.0", "sha": first}).raise_for_status()
    heard.alice.patch(tag, json={"sha": second, "force": True}).raise_for_status()
    draft = {"tag_name": "v1.0", "draft": True, "name": "One"}
    made = heard.alice.post(f"{REPO}/releases", json=draft).raise_for_status().json()
    heard.alice.patch(f"{REPO}/releases/{made['id']}", json={"draft": False}).raise_for_status()
    heard.alice.delete(tag).raise_for_status()
    root = heard.github.as_user("root")
    given = {"ref": "work", "required_contexts": [], "environment": "staging"}
    deployed = root.post(f"{REPO}/deployments", json=given).raise_for_status().json()
    state = {"state": "failure", "description": "It fell over."}
    root.post(f"{REPO}/deployments/{deployed['id']}/statuses", json=state).raise_for_status()
    events = told(heard)
    tags = [event for event in events if isinstance(event, TagPushed)]
    assert [(one.tag, one.before, one.after) for one in tags] == [
        ("v1.0", "", first),
        ("v1.0", first, second),
        ("v1.0", second, ""),
    ]
    assert {one.subject.label for one in tags} == {"octo/sample@v1.0"}
    releases = [event for event in events if isinstance(event, ReleaseChanged)]
    assert [(one.action, one.draft, one.tag) for one in releases] == [
        ("created", True, "v1.0"),
        ("published", False, "v1.0"),
    ]
    (status,) = (event for event in events if isinstance(event, Deployed))
    assert (status.state, status.environment, status.ref, status.commit) == ("failure", "staging", "work", first)


def test_what_the_owner_has_not_granted_is_not_heard_and_all_else_is(heard: Scene) -> None:
    granted = {name: level for name, level in features.permissions().items() if name != "deployments"}
    heard.github.grant(heard.installation, permissions=granted)
    head = heard.branch("work", "one.txt")
    root = heard.github.as_user("root")
    deployed = root.post(f"{REPO}/deployments", json={"ref": head, "required_contexts": []}).raise_for_status().json()
    root.post(f"{REPO}/deployments/{deployed['id']}/statuses", json={"state": "success"}).raise_for_status()
    heard.alice.post(f"{REPO}/git/refs", json={"ref": "refs/tags/v1", "sha": head}).raise_for_status()
    kinds = {type(event) for event in told(heard)}
    assert TagPushed in kinds
    assert Deployed not in kinds
