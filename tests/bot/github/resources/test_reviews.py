"""Reviews line by line: what GitHub takes is known before a review is posted, and threads are seen and resolved."""

from __future__ import annotations

import pytest

from bot.github.api.errors import Refused
from bot.github.repository import RepositoryClient
from tests.bot.github.connecting import connected
from tests.fakes.github.scene import REPO, Scene
from workflows.effects.conversation.review import LineComment


@pytest.fixture
def pull(scene: Scene) -> str:
    """The head of a pull request that adds `one.txt`."""
    head = scene.branch("topic", "one.txt")
    given = {"title": "Theirs", "head": "topic", "base": "main"}
    scene.alice.post(f"{REPO}/pulls", json=given).raise_for_status()
    return head


GOOD = LineComment("one.txt", "Here.", 1)
WRONG = (
    LineComment("one.txt", "Too far.", 99),
    LineComment("one.txt", "On the left there is none.", 1, "LEFT"),
    LineComment("none.txt", "No such file.", 1),
)


async def states(client: RepositoryClient) -> list[str]:
    return [one.state for one in await client.reviews(1)]


async def test_one_wrong_comment_refuses_a_whole_review_and_is_found_without_a_trace(scene: Scene, pull: str) -> None:
    async with connected(scene) as client:
        for wrong in WRONG:
            with pytest.raises(Refused) as refused:
                await client.create_review(1, "All.", "COMMENT", commit=pull, comments=(GOOD, wrong))
            assert refused.value.status == 422
            assert not await client.takes_comment(1, pull, wrong)
        assert await client.takes_comment(1, pull, GOOD)
        assert await states(client) == []
        await client.create_review(1, "All.", "COMMENT", commit=pull, comments=(GOOD,))
        assert await states(client) == ["COMMENTED"]
    (said,) = scene.alice.get(f"{REPO}/pulls/1/comments").json()
    assert (said["path"], said["line"], said["start_line"]) == ("one.txt", 1, None)


async def test_a_start_that_is_not_before_the_end_is_never_sent(scene: Scene, pull: str) -> None:
    async with connected(scene) as client:
        for start in (0, 1, 2):
            assert await client.takes_comment(1, pull, LineComment("one.txt", "Here.", 1, "RIGHT", start))


async def test_a_pending_review_that_a_crash_left_is_no_obstacle(scene: Scene, pull: str) -> None:
    async with connected(scene) as client:
        await client.create_review(1, "", "", commit=pull, comments=(GOOD,))
        assert await states(client) == ["PENDING"]
        assert await client.takes_comment(1, pull, GOOD)
        assert await states(client) == []


async def test_a_comment_on_a_file_is_made_once_and_not_where_the_file_is_not_changed(scene: Scene, pull: str) -> None:
    async with connected(scene) as client:
        scene.github.fault(".*/pulls/1/comments", method="POST", kind="reset", late=True)
        made = await client.comment_on_file(1, pull, "one.txt", "On the whole.")
        with pytest.raises(Refused) as refused:
            await client.comment_on_file(1, pull, "none.txt", "On nothing.")
        assert refused.value.status == 422
    (said,) = scene.alice.get(f"{REPO}/pulls/1/comments").json()
    assert (said["id"], said["path"], said["body"]) == (made, "one.txt", "On the whole.")


async def test_threads_are_seen_with_what_people_did_to_them_and_resolved_and_opened(scene: Scene, pull: str) -> None:
    async with connected(scene) as client:
        for text in ("First.", "Second."):
            await client.create_review(1, text, "COMMENT", commit=pull, comments=(LineComment("one.txt", text, 1),))
        number = scene.alice.get(f"{REPO}/pulls/1/comments").json()[1]["id"]
        scene.alice.post(f"{REPO}/pulls/1/comments/{number}/replies", json={"body": "No."}).raise_for_status()
        first, second = await client.review_threads(1)
        assert (first.body, first.ours, first.resolved, first.waved_away) == ("First.", True, False, False)
        assert (second.body, second.ours, second.waved_away) == ("Second.", True, True)
        for resolved in (True, True, False):
            await client.resolve_thread(first.id, resolved)
            assert (await client.review_threads(1))[0].resolved is resolved
        await client.resolve_thread("PRRC_999999")
