"""What people hear in chats of runs that they may see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.telegram.chatting import ALICE, BOB, NAME, SECRET, Chatting, chatting
from workflows.values import RunStatus


@pytest.fixture
async def chats(tmp_path: Path) -> AsyncIterator[Chatting]:
    async with chatting(tmp_path) as chats:
        yield chats


@pytest.fixture
async def heard(chats: Chatting) -> Chatting:
    """Alice is linked, and her chat hears of a repository."""
    chats.link()
    assert "every run" in await chats.says(f"/subscribe {NAME}")
    return chats


async def test_a_run_is_one_message_that_is_edited(heard: Chatting) -> None:
    heard.run("261120-aaaaa")
    await heard.outbox.changed("261120-aaaaa")
    message = await heard.shown(ALICE, "261120-aaaaa")
    assert "add() subtracts" in message.text
    assert message.silent
    heard.change("261120-aaaaa", status=RunStatus.FAILED, error_text="It broke.")
    await heard.outbox.ended("261120-aaaaa")
    await heard.shown(ALICE, "It broke.")
    assert message.edits >= 1
    sound = await heard.shown(ALICE, "Failed at", 2)
    assert not sound.silent
    assert sound.reply_to == message.id


async def test_nobody_hears_of_what_they_may_not_read(chats: Chatting) -> None:
    chats.link(BOB, "bob")
    told = [await chats.says(f"/subscribe {name}", BOB, name="bob") for name in (SECRET, "octo/none", "none/none")]
    assert told == ["Nothing was done. There is no such repository, or you may not see it."] * 3
