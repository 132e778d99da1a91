"""What a run shows on GitHub: which cards it has, what stands in them, and how they find and change themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from bot.channels.github_surfaces import CHECK, COMMENT, CheckCard, CommentCard, cards
from bot.view.progress import marker
from tests.bot.github.connecting import connected
from tests.fakes.github.scene import REPO, Scene
from tests.fakes.snapshots import snapshot
from workflows.store.records import Snapshot
from workflows.values import RunStatus

LINK = "https://pullwright.test/runs/r1"


def told(number: int = 7, status: RunStatus = RunStatus.RUNNING, title: str = "Slugs break", **state: Any) -> Snapshot:
    about = {"number": number, "title": title, "body": "", "author": "", "url": "", "labels": []}
    inputs = {"forge": "github", "installation": 1, "repository": "octo/sample", "issue": about}
    made = snapshot(status=status, state=state, error="s3cr3t is wrong.")
    return replace(made, run=replace(made.run, inputs=inputs, repository="github.com/octo/sample", title=title))


def drawn(shown: Snapshot, board: Any = None) -> list[CommentCard | CheckCard]:
    found = cards(shown, 100.0, ["retry"], lambda text: text.replace("s3cr3t", "***"), LINK, board)
    return cast(list[CommentCard | CheckCard], found)


PUSHED: dict[str, Any] = {"commit": "c" * 40, "pull": {"number": 9}}


@pytest.mark.parametrize(
    ("shown", "kinds"),
    [
        (told(), [COMMENT]),
        (told(**PUSHED), [COMMENT, CHECK]),
        (told(commit="c" * 40), [COMMENT]),
        (told(pull={"number": 9}), [COMMENT]),
        (told(status=RunStatus.PENDING, **PUSHED), [COMMENT]),
        (snapshot(), []),
        (snapshot(state=PUSHED), [CHECK]),
    ],
)
def test_the_comment_is_on_the_issue_and_the_check_on_what_was_pushed(shown: Snapshot, kinds: list[str]) -> None:
    assert [card.kind for card in drawn(shown)] == kinds


@pytest.mark.parametrize("status", RunStatus)
def test_one_that_nobody_asked_for_in_words_speaks_only_where_something_is_wrong_or_asked(status: RunStatus) -> None:
    quiet = told(status=status)
    quiet = replace(quiet, run=replace(quiet.run, inputs={**quiet.run.inputs, "quiet": True}))
    assert bool(drawn(quiet)) is (status in (RunStatus.FAILED, RunStatus.WAITING))


def test_no_secret_stands_in_either_and_both_are_as_long_as_github_takes() -> None:
    long = told(status=RunStatus.FAILED, title="s3cr3t " * 30_000, **PUSHED)
    comment, check = drawn(replace(long, run=replace(long.run, error_text="s3cr3t " * 30_000)))
    assert isinstance(comment, CommentCard)
    assert isinstance(check, CheckCard)
    assert "s3cr3t" not in comment.text + check.state.title + check.state.summary
    assert len(comment.text) <= 65_536
    assert len(check.state.summary) <= 65_535
    assert marker("r1") in comment.text, "without it nobody would find it again"


def test_a_card_is_another_one_as_soon_as_something_in_it_is() -> None:
    before, after = drawn(told(**PUSHED)), drawn(told(status=RunStatus.FAILED, **PUSHED))
    assert [card.digest for card in before] == [card.digest for card in drawn(told(**PUSHED))]
    assert all(one.digest != other.digest for one, other in zip(before, after, strict=True))
    check = before[1]
    assert isinstance(check, CheckCard)
    assert replace(check, link="elsewhere").digest != check.digest
    assert [card.target for card in before] == ["octo/sample#7", "c" * 40]
    assert isinstance(before[0], CommentCard)
    assert replace(before[0], text="half \ud83d").digest != replace(before[0], text="half \ud83e").digest


async def test_each_is_made_found_by_what_is_ours_changed_and_told_to_be_gone(scene: Scene) -> None:
    number, head = scene.issue(), scene.branch("fix/issue-1", "one.txt")
    theirs = {"body": f"{marker('r1')} Not ours."}
    scene.alice.post(f"{REPO}/issues/{number}/comments", json=theirs).raise_for_status()
    async with connected(scene) as board:
        shown = told(number, commit=head, pull={"number": 9})
        comment, check = drawn(shown, board)
        for card in (comment, check):
            assert await card.find() is None
            made = await card.make()
            assert await card.find() == made
            assert await card.change(made) is True
        posted = await comment.find()
        scene.bot.delete(f"{REPO}/issues/comments/{posted}").raise_for_status()
        assert await comment.change(str(posted)) is False
        assert await check.change("404404") is False
