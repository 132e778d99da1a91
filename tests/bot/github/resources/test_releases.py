"""Releases and their drafts: made once, changed where it is said, and gone without harm."""

from __future__ import annotations

import pytest

from bot.github.api.errors import NotFound
from tests.bot.github.connecting import connected
from tests.fakes.github.scene import REPO, Scene

BODY = "What is new: s3cr3t.\n"


def hidden(text: str) -> str:
    return text.replace("s3cr3t", "***")


async def test_an_answer_that_is_lost_does_not_make_a_draft_two_though_a_secret_was_taken_out_of_it(
    scene: Scene,
) -> None:
    async with connected(scene, redact=hidden) as repo:
        scene.github.fault(".*/releases", method="POST", kind="reset", late=True)
        made = await repo.create_draft("v1.0.0", "One", BODY, target="main")
        (there,) = await repo.releases()
        assert (there.id, there.draft, there.was_out, there.tag) == (made.id, True, False, "v1.0.0")
        assert there.body.strip() == hidden(BODY).strip()


async def test_a_draft_of_another_s_with_the_same_tag_is_not_taken_for_ours(scene: Scene) -> None:
    theirs = {"tag_name": "v1.0.0", "name": "Theirs", "body": "By hand.", "draft": True}
    scene.alice.post(f"{REPO}/releases", json=theirs).raise_for_status()
    async with connected(scene) as repo:
        scene.github.fault(".*/releases", method="POST", kind="reset")
        made = await repo.create_draft("v1.0.0", "One", "Ours.", target="main")
        assert [one.body for one in await repo.releases()] == ["Ours.", "By hand."]
    assert made.author.login == "pullwright[bot]"


async def test_only_what_is_given_is_changed_and_a_draft_that_is_gone_is_told_or_fine(scene: Scene) -> None:
    async with connected(scene) as repo:
        made = await repo.create_draft("v1.0.0", "One", "Old.", target="main")
        changed = await repo.update_release(made.id, body="")
        assert (changed.body, changed.title, changed.draft) == ("", "One", True)
        out = await repo.update_release(made.id, draft=False)
        assert (out.draft, out.was_out, out.title) == (False, True, "One")
        for _ in range(2):
            await repo.delete_release(made.id)
        with pytest.raises(NotFound):
            await repo.update_release(made.id, body="Too late.")
