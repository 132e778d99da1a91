"""Chats are reminded of what a run asks, once each time, and led to its page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.telegram.shown.reminding import ChatReminder
from tests.bot.telegram.shown.test_channel import RUN, chats, hear, quiet_for
from tests.fakes.telegram.chatting import ALICE, GROUP, SECRET, Chatting, until
from workflows.errors import TransientError
from workflows.store import posts
from workflows.store.run_rows import waits
from workflows.values import RunStatus

__all__ = ["chats"]


async def remind(chats: Chatting, number: int) -> None:
    question = chats.store.read_now(waits.open_question, RUN)
    assert question is not None
    await ChatReminder(chats.channel)(chats.read(RUN), question, number)


async def test_a_chat_is_reminded_of_a_question_once_each_time(chats: Chatting) -> None:
    await hear(chats)
    chats.run(RUN, status=RunStatus.WAITING, asks="question")
    await chats.outbox.changed(RUN)
    message = await chats.shown(ALICE, RUN)
    await until(lambda: chats.store.read_now(posts.find, RUN, "telegram").digest != "")
    for number in (1, 1, 2):
        await remind(chats, number)
    told = [one for one in chats.world.messages(ALICE) if "still asks something" in one.text]
    assert [(one.reply_to, one.silent) for one in told] == [(message.id, False)] * 2
    await chats.says("/mute 2h")
    await remind(chats, 3)
    assert (await chats.shown(ALICE, "still asks something", 3)).silent


async def test_who_hears_nothing_of_a_run_is_not_reminded_of_it(chats: Chatting) -> None:
    await hear(chats, how="final")
    chats.run(RUN, status=RunStatus.WAITING, asks="question")
    await chats.outbox.changed(RUN)
    await quiet_for(chats, ALICE)
    await remind(chats, 1)
    assert not [text for text in chats.world.texts(ALICE) if "still asks" in text]


async def test_a_group_is_reminded_of_a_private_run_by_a_link_alone(chats: Chatting) -> None:
    chats.world.says(ALICE, "hello", GROUP)
    await hear(chats, SECRET, chat=GROUP)
    chats.run(RUN, SECRET, status=RunStatus.WAITING, asks="question", title="The codes")
    await chats.outbox.changed(RUN)
    await chats.shown(GROUP, "A run in a private repository")
    await until(lambda: chats.store.read_now(posts.find, RUN, "telegram").digest != "")
    await remind(chats, 1)
    await chats.shown(GROUP, "A run in a private repository", 2)
    assert not [text for text in chats.world.texts(GROUP) if "codes" in text or "still asks" in text]


async def test_a_reminder_that_cannot_be_told_now_is_told_later(chats: Chatting) -> None:
    await hear(chats)
    chats.run(RUN, status=RunStatus.WAITING, asks="question")
    await chats.outbox.changed(RUN)
    await chats.shown(ALICE, RUN)
    await until(lambda: chats.store.read_now(posts.find, RUN, "telegram").digest != "")
    chats.world.fault("sendMessage", 1)
    with pytest.raises(TransientError):
        await remind(chats, 1)
    await remind(chats, 1)
    await chats.shown(ALICE, "still asks something")


async def test_a_message_leads_to_the_page_of_its_run(chats: Chatting) -> None:
    await hear(chats)
    chats.outbox._channel = replace(chats.channel, pages="https://pullwright.example/")
    chats.run(RUN)
    await chats.outbox.changed(RUN)
    message = await chats.shown(ALICE, RUN)
    assert f'<a href="https://pullwright.example/admin/runs/{RUN}">its page</a>' in message.html
