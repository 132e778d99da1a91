"""What was said perhaps, since a process died over it or Telegram's answer was lost, is said as its kind allows."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.telegram.chatting import ALICE, GROUP, NAME, Chatting, chatting
from tests.fakes.telegram.world import Said
from workflows.store import audit, tables
from workflows.store.telegram import people, updates
from workflows.store.telegram.updates import UpdateState
from workflows.values import RunStatus

RUN = "261120-aaaaa"


@pytest.fixture
async def chats(tmp_path: Path) -> AsyncIterator[Chatting]:
    async with chatting(tmp_path) as chats:
        chats.link()
        chats.run(RUN)
        yield chats


def loses_its_answer(chats: Chatting) -> None:
    """Telegram says it, and its own answer is lost."""
    chats.world.fault("sendMessage", 1, after=True, cut=True)


def dies(chats: Chatting) -> None:
    """The process ends in the moment in which Telegram has said it: whoever has the duty next begins anew."""
    died = []

    def watch(method: str, fields: Any, done: bool) -> None:
        if method == "sendMessage" and done and not died:
            died.append(method)
            for task in chats.handling._busy.values():
                task.get_loop().call_soon_threadsafe(task.cancel)

    chats.world.watch = watch


LOSSES = {"lost": loses_its_answer, "died": dies}


@pytest.fixture(params=LOSSES)
def lose(request: pytest.FixtureRequest) -> Callable[[Chatting], None]:
    return LOSSES[request.param]


async def says(chats: Chatting, text: str, chat: int = 0, **more: Any) -> tuple[list[str], list[str]]:
    """What is answered, in all, and the signs below what was written."""
    before = len(chats.world.messages(chat or ALICE))
    number = chats.world.says(ALICE, text, chat, **more)
    await chats.handled_anyhow()
    written = next(one for one in chats.world.said if one.id == number and one.chat == (chat or ALICE))
    return [one.text for one in chats.world.messages(chat or ALICE)[before:]], written.reactions


@pytest.mark.parametrize("text", ["/help", "/runs", f"/status {RUN}", "/subscribe", "/nothing"])
async def test_what_only_tells_is_said_once(chats: Chatting, lose: Callable[[Chatting], None], text: str) -> None:
    lose(chats)
    answers, signs = await says(chats, text)
    assert (len(answers), signs) == (1, [])
    assert await chats.says(text) == answers[0], "whoever asks again is told"


async def test_a_code_stays_good_and_is_in_no_database(chats: Chatting, lose: Callable[[Chatting], None]) -> None:
    await chats.says("/unlink")
    lose(chats)
    answers, _ = await says(chats, "/start")
    (code,) = [one.partition("/link ")[2].split()[0] for one in answers]
    assert code not in str(chats.store.read_now(lambda db: db.execute(tables.telegram_updates.select()).all()))
    assert chats.store.write_now(people.redeem, code, "alice", time.time()) == "@alice"


@pytest.mark.parametrize("text", [f"/abort {RUN}", "/mute 2h", "/quiet 22:00-07:00 +02:00", f"/subscribe {NAME} final"])
async def test_what_was_done_is_said_once_and_signed(
    chats: Chatting, lose: Callable[[Chatting], None], text: str
) -> None:
    lose(chats)
    answers, signs = await says(chats, text)
    assert (len(answers), signs) == (1, ["👌"])


async def test_a_deed_is_done_once_whatever_is_lost(chats: Chatting, lose: Callable[[Chatting], None]) -> None:
    lose(chats)
    await says(chats, f"/abort {RUN}")
    done = [one.what for one in chats.store.read_now(audit.of_run, RUN)]
    assert (done, chats.read(RUN).status) == (["abort"], RunStatus.ABORTED)


async def test_where_a_chat_takes_no_signs_what_was_done_is_said_once_more(chats: Chatting) -> None:
    chats.world.plain.add(ALICE)
    loses_its_answer(chats)
    answers, signs = await says(chats, f"/abort {RUN}")
    assert (answers, signs) == (["Aborted. What it did is kept."] * 2, [])


async def test_a_refusal_is_said_twice_at_most(chats: Chatting) -> None:
    chats.world.fault("sendMessage", 3, after=True, cut=True)
    answers, signs = await says(chats, f"/approve {RUN}")
    assert (len(answers), len(set(answers)), signs) == (2, 1, [])


async def test_what_certainly_was_not_said_is_said(chats: Chatting) -> None:
    for text in ("/help", f"/abort {RUN}"):
        chats.world.fault("sendMessage", 1)
        answers, signs = await says(chats, text)
        assert (len(answers), signs) == (1, [])


async def test_a_reason_counts_below_a_question_whose_number_was_never_heard(
    chats: Chatting, lose: Callable[[Chatting], None]
) -> None:
    await chats.says(f"/subscribe {NAME}")
    chats.run("261120-bbbbb", status=RunStatus.WAITING, asks="approval", step="approval")
    await chats.outbox.changed("261120-bbbbb")
    message: Said = await chats.shown(ALICE, "261120-bbbbb")
    lose(chats)
    chats.world.presses(ALICE, message, "Reject")
    await chats.handled_anyhow()
    asked = [one for one in chats.world.messages(ALICE) if "what should be different" in one.text]
    assert len(asked) == 1
    assert await chats.says("Smaller.", reply_to=asked[0].id) == "Rejected: the plan is made again with that in mind."


async def test_what_people_say_to_each_other_is_no_reason(chats: Chatting) -> None:
    await chats.says(f"/subscribe {NAME}", chat=GROUP)
    chats.run("261120-bbbbb", status=RunStatus.WAITING, asks="approval", step="approval")
    await chats.outbox.changed("261120-bbbbb")
    message = await chats.shown(GROUP, "261120-bbbbb")
    loses_its_answer(chats)
    chats.world.presses(ALICE, message, "Reject")
    await chats.handled_anyhow()
    bobs = chats.world.says(42, "what should be different? Reply to this.", GROUP, name="bob")
    assert await chats.says("Nothing.", chat=GROUP, reply_to=bobs) == ""
    assert chats.read("261120-bbbbb").status is RunStatus.WAITING


async def test_all_of_it_comes_to_an_end(chats: Chatting, lose: Callable[[Chatting], None]) -> None:
    lose(chats)
    await says(chats, "/help")
    states = chats.store.read_now(lambda db: db.execute(tables.telegram_updates.select()).all())
    assert {one.status for one in states} == {UpdateState.HANDLED}
    assert chats.store.read_now(updates.due) == []
