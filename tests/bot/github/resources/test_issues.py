"""Issues and what is said in them: read as GitHub has them, written once, and ours told from others'."""

from __future__ import annotations

import pytest

from bot.github.api.errors import NotFound
from bot.github.api.shape import Node
from bot.github.resources.issues import issue_info
from tests.bot.github.connecting import connected
from tests.fakes.github.scene import REPO, Scene
from workflows.text.escape import MOST_CHARACTERS


async def test_an_issue_is_read_with_what_is_pinned_on_it(scene: Scene) -> None:
    number = scene.issue("It is broken", body="Since yesterday", labels=["bug"], assignees=["alice"])
    async with connected(scene) as repo:
        issue = await repo.issue(number)
    assert (issue.number, issue.title, issue.body) == (number, "It is broken", "Since yesterday")
    assert (issue.author.login, issue.labels, issue.assignees) == ("alice", ("bug",), ("alice",))
    assert (issue.state, issue.pull, issue.locked) == ("open", False, False)
    assert issue.url.endswith(f"/octo/sample/issues/{number}")


async def test_a_comment_is_posted_found_by_its_marker_edited_and_deleted(scene: Scene) -> None:
    number = scene.issue()
    async with connected(scene) as repo:
        posted = await repo.comment(number, "At work\n<!-- mark -->")
        found = await repo.find_comment(number, "<!-- mark -->")
        assert found is not None
        assert (found.id, found.author.login, found.app) == (posted, "pullwright[bot]", "pullwright")
        await repo.edit_comment(posted, "Done\n<!-- mark -->")
        assert [one.body for one in await repo.comments(number)] == ["Done\n<!-- mark -->"]
        await repo.delete_comment(posted)
        await repo.delete_comment(posted)
        assert await repo.find_comment(number, "<!-- mark -->") is None
        with pytest.raises(NotFound):
            await repo.edit_comment(posted, "too late")


async def test_a_marker_that_somebody_else_wrote_is_not_ours(scene: Scene) -> None:
    number = scene.issue()
    scene.alice.post(f"{REPO}/issues/{number}/comments", json={"body": "<!-- mark -->"}).raise_for_status()
    async with connected(scene) as repo:
        assert await repo.find_comment(number, "<!-- mark -->") is None


async def test_a_marker_is_found_behind_many_comments(scene: Scene) -> None:
    number = scene.issue()
    for count in range(103):
        scene.alice.post(f"{REPO}/issues/{number}/comments", json={"body": str(count)}).raise_for_status()
    async with connected(scene) as repo:
        posted = await repo.comment(number, "<!-- mark -->")
        found = await repo.find_comment(number, "<!-- mark -->")
        assert found is not None
        assert found.id == posted
        assert len(await repo.comments(number)) == 104


async def test_labels_come_and_go(scene: Scene) -> None:
    number = scene.issue(labels=["bug"])
    async with connected(scene) as repo:
        await repo.add_labels(number, "pullwright", "good first/issue")
        assert await repo.labels(number) == ("bug", "pullwright", "good first/issue")
        await repo.remove_label(number, "good first/issue")
        await repo.remove_label(number, "good first/issue")
        await repo.add_labels(number)
        assert await repo.labels(number) == ("bug", "pullwright")


async def test_a_reaction_is_added_once(scene: Scene) -> None:
    number = scene.issue()
    comment = scene.alice.post(f"{REPO}/issues/{number}/comments", json={"body": "/fix"}).json()["id"]
    async with connected(scene) as repo:
        await repo.react("eyes", comment=comment)
        await repo.react("eyes", comment=comment)
        await repo.react("rocket", issue=number)
    assert len(scene.alice.get(f"{REPO}/issues/comments/{comment}/reactions").json()) == 1
    assert scene.alice.get(f"{REPO}/issues/{number}/reactions").json()[0]["content"] == "rocket"


async def test_an_answer_that_is_lost_does_not_make_a_comment_two_though_a_secret_was_taken_out_of_it(
    scene: Scene,
) -> None:
    number = scene.issue()
    async with connected(scene, redact=lambda text: text.replace("s3cr3t", "***")) as repo:
        for body in ("It is s3cr3t.\r\nReally.\n", "x" * (MOST_CHARACTERS + 10)):
            scene.github.fault(".*/comments", method="POST", kind="reset", late=True)
            await repo.comment(number, body)
        first, second = [one.body for one in await repo.comments(number)]
    assert first.replace("\r\n", "\n").strip() == "It is ***.\nReally."
    assert len(second) <= MOST_CHARACTERS


async def test_what_became_of_an_issue_is_told_by_what_github_says_now(scene: Scene) -> None:
    number = scene.issue("It is broken", labels=["bug"], assignees=["alice"])
    async with connected(scene) as repo:
        open_one = await repo.standing(number)
        assert (open_one.there, open_one.closed, open_one.moved, open_one.title) == (True, False, False, "It is broken")
        (label,) = scene.alice.get(f"{REPO}/issues/{number}").json()["labels"]
        assert open_one.labels == (("bug", label["id"]),)
        assert [(login, account > 0) for login, account in open_one.assignees] == [("alice", True)]
        closing = {"state": "closed", "state_reason": "not_planned"}
        scene.alice.patch(f"{REPO}/issues/{number}", json=closing).raise_for_status()
        closed = await repo.standing(number)
        assert (closed.closed, closed.reason) == (True, "not_planned")
        assert not (await repo.standing(404)).there


def test_what_github_leaves_out_or_gives_as_null_is_nothing() -> None:
    bare = {"number": 1, "title": "", "html_url": "u", "state": "open", "user": None, "body": None}
    found = issue_info(Node({**bare, "labels": ["old", {}], "assignees": None}))
    assert (found.author.login, found.body, found.labels, found.assignees) == ("ghost", "", ("old", ""), ())
    assert (found.locked, found.pull) == (False, False)
