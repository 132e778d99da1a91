"""What was said and whose answer was lost stands in a chat once, as far as that can be known."""

from __future__ import annotations

import pytest

from bot.telegram.wire.client import Key
from tests.bot.telegram.shown.test_channel import RUN, chats, fail, hear, quiet_for
from tests.fakes.telegram.chatting import ALICE, Chatting, until
from workflows.store import posts, tables
from workflows.values import RunStatus

__all__ = ["chats"]


def with_run(chats: Chatting) -> list[str]:
    return [text for text in chats.world.texts(ALICE) if RUN in text]


def noted(chats: Chatting, kind: str = "telegram") -> bool:
    """Whether it is known what stands there."""
    post = chats.store.read_now(posts.find, RUN, kind)
    return post is not None and bool(post.external_id)


def sounds(chats: Chatting) -> int:
    return sum("octo/adder#7:" in text for text in chats.world.texts(ALICE))


@pytest.mark.parametrize("cut", [True, False], ids=["cut", "refused"])
async def test_a_message_whose_answer_was_lost_stands_there_once(chats: Chatting, cut: bool) -> None:
    await hear(chats)
    chats.run(RUN)
    chats.world.fault("sendMessage", 1, after=True, cut=cut)
    await chats.outbox.changed(RUN)
    message = await chats.shown(ALICE, RUN)
    await fail(chats)
    await until(lambda: "It broke." in message.text)
    assert len(with_run(chats)) == 1


async def test_a_message_is_found_behind_others_and_takes_none_of_their_words(chats: Chatting) -> None:
    await hear(chats)
    chats.run("261120-other")
    await chats.outbox.changed("261120-other")
    other = await chats.shown(ALICE, "261120-other")
    before, keys = other.text, list(other.keys)
    said = await chats.says("/runs")
    chats.run(RUN)
    chats.world.fault("sendMessage", 1, after=True, cut=True)
    await chats.outbox.changed(RUN)
    await until(lambda: noted(chats))
    assert len(with_run(chats)) == 1
    assert (other.text, other.keys) == (before, keys)
    assert said in chats.world.texts(ALICE)


async def test_what_was_said_of_a_run_before_is_not_taken_for_its_message(chats: Chatting) -> None:
    await hear(chats)
    said = f"Run {RUN} has begun."
    await chats.client.send(ALICE, said)
    chats.run(RUN)
    chats.world.fault("sendMessage", 1, after=True, cut=True)
    await chats.outbox.changed(RUN)
    await until(lambda: noted(chats))
    await fail(chats)
    await until(lambda: any("It broke." in text for text in chats.world.texts(ALICE)))
    assert said in chats.world.texts(ALICE)
    assert len(with_run(chats)) == 2


async def test_a_message_after_a_crash_is_found_too(chats: Chatting) -> None:
    await hear(chats)
    chats.run(RUN)
    await chats.outbox.changed(RUN)
    message = await chats.shown(ALICE, RUN)
    await until(lambda: noted(chats))
    killed = tables.posts.update().values(external_id="", digest="")  # as one that died before it noted the number
    chats.store.write_now(lambda db: db.execute(killed))
    await fail(chats)
    await until(lambda: "It broke." in message.text)
    assert sum("Failed at" in text and RUN in text for text in chats.world.texts(ALICE)) == 1


async def test_a_sound_that_was_perhaps_made_is_not_made_again(chats: Chatting) -> None:
    await hear(chats)
    chats.run(RUN)
    await chats.outbox.changed(RUN)
    message = await chats.shown(ALICE, RUN)
    chats.world.fault("sendMessage", 1, after=True, cut=True)
    await fail(chats)
    await until(lambda: "It broke." in message.text and sounds(chats) == 1)
    await until(lambda: noted(chats, "telegram sound"))
    await quiet_for(chats, ALICE)
    assert sounds(chats) == 1
    chats.world.fault("sendMessage", 1)
    chats.change(RUN, status=RunStatus.COMPLETED, error_text="", segment=1)
    await chats.outbox.ended(RUN)
    await until(lambda: sounds(chats) == 2)


async def test_a_copy_is_over_once_it_is_pressed(chats: Chatting) -> None:
    await hear(chats)
    chats.run(RUN)
    await chats.outbox.changed(RUN)
    message = await chats.shown(ALICE, RUN)
    await until(lambda: noted(chats))
    number = await chats.client.send(ALICE, "A copy", keys=[[Key("Abort", message.token("Abort"))]])
    copy = next(one for one in chats.world.messages(ALICE) if one.id == number)
    assert "Aborted" in await chats.presses(copy, "Abort")
    assert copy.keys == []
    assert "twice" in copy.text
    await until(lambda: "Aborted" in message.text)
