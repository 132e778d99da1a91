"""Issues that the App opens itself: opened once, found by their mark, and closed with their last words."""

from __future__ import annotations

from tests.bot.github.connecting import connected
from tests.fakes.github.scene import REPO, Scene

MARK = "<!-- ours -->"


async def test_an_answer_that_is_lost_does_not_make_it_two(scene: Scene) -> None:
    async with connected(scene) as repo:
        scene.github.fault(".*/issues", method="POST", kind="reset", late=True)
        number = await repo.open_issue("Something is wrong", f"{MARK}\nThis.", MARK)
        assert [one.number for one in await repo.own_issues(MARK)] == [number]


async def test_only_open_ones_of_ours_with_the_mark_are_found_the_oldest_first(scene: Scene) -> None:
    said = {"title": "Theirs", "body": f"{MARK}\nCopied."}
    scene.alice.post(f"{REPO}/issues", json=said).raise_for_status()
    async with connected(scene) as repo:
        numbers = [await repo.open_issue(title, f"{MARK}\n{title}.", MARK + title) for title in ("A", "B", "C")]
        await repo.open_issue("Unmarked", "Nothing.", "<!-- other -->")
        await repo.close_issue(numbers[1], f"{MARK}\nDone.", "not_planned")
        assert [one.number for one in await repo.own_issues(MARK)] == [numbers[0], numbers[2]]
    closed = scene.alice.get(f"{REPO}/issues/{numbers[1]}").json()
    assert (closed["state"], closed["state_reason"], closed["body"]) == ("closed", "not_planned", f"{MARK}\nDone.")


async def test_no_word_of_theirs_tells_a_secret_and_one_that_is_gone_can_be_closed(scene: Scene) -> None:
    async with connected(scene, redact=lambda text: text.replace("s3cr3t", "***")) as repo:
        number = await repo.open_issue("It is s3cr3t", f"{MARK}\ns3cr3t", MARK)
        await repo.reword_issue(number, f"{MARK}\nstill s3cr3t")
        (found,) = await repo.own_issues(MARK)
        assert (found.title, found.body) == ("It is ***", f"{MARK}\nstill ***")
        await repo.close_issue(404, "Nobody reads this.")
