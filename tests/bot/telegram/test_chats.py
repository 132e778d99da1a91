"""What people do in chats, and see there: linking, hearing, steering, and nothing that GitHub would not let them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.telegram.chatting import ALICE, BOB, GROUP, NAME, SECRET, Chatting, chatting
from workflows.store.run_rows import waits
from workflows.store.telegram import people
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


# --- who somebody is -------------------------------------------------------------------------------


async def test_a_code_of_a_private_chat_links_whoever_writes_it_on_github(chats: Chatting) -> None:
    answer = await chats.says("/start")
    code = answer.partition("/link ")[2].split()[0]
    assert chats.store.write_now(people.redeem, code.lower(), "alice", time.time()) == "@alice"
    assert "You are alice" in await chats.says("/start")


async def test_no_code_is_shown_in_a_group(chats: Chatting) -> None:
    assert "/link" not in await chats.says("/start", chat=GROUP)


async def test_who_is_nobody_is_told_how_to_be_somebody_and_nothing_else(chats: Chatting) -> None:
    chats.run("261120-aaaaa")
    for words in ("/runs", "/status 261120-aaaaa", f"/subscribe {NAME}", f"/fix {NAME}#7", "/mute 2h"):
        assert (await chats.says(words)).startswith("Tell me who you are")


# --- what is heard ---------------------------------------------------------------------------------


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
    assert "no such repository" in await chats.says(f"/subscribe {SECRET}", BOB, name="bob")


# --- buttons ---------------------------------------------------------------------------------------


async def test_a_plan_is_approved_by_a_press(heard: Chatting) -> None:
    heard.run("261120-aaaaa", status=RunStatus.WAITING, asks="approval", step="approval", question="The plan")
    await heard.outbox.changed("261120-aaaaa")
    message = await heard.shown(ALICE, "The plan")
    assert await heard.presses(message, "Approve") == "Approved."
    assert heard.read("261120-aaaaa").status is RunStatus.PENDING
    assert heard.store.read_now(waits.open_question, "261120-aaaaa") is None
    await heard.shown(ALICE, "Approve: alice")
