"""Presses of buttons in chats: about the run as it was shown, by who may, and once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.fakes.telegram.chatting import ALICE, BOB, ISSUE, NAME, Chatting, until
from tests.fakes.telegram.waiting import asking, until_handled, updates_put_off, working
from workflows.store import audit, tables
from workflows.store.run_rows import waits
from workflows.store.telegram import people
from workflows.store.web.orders import OrderKind
from workflows.values import RunStatus


async def test_a_plan_is_approved_by_a_press(heard: Chatting) -> None:
    heard.run("261120-aaaaa", status=RunStatus.WAITING, asks="approval", step="approval", question="The plan")
    await heard.outbox.changed("261120-aaaaa")
    message = await heard.shown(ALICE, "The plan")
    assert await heard.presses(message, "Approve") == "Approved."
    assert heard.read("261120-aaaaa").status is RunStatus.PENDING
    assert heard.store.read_now(waits.open_question, "261120-aaaaa") is None
    await heard.shown(ALICE, "Approve: alice")


async def test_a_press_about_what_has_moved_on_is_told_so_and_does_nothing(heard: Chatting) -> None:
    message = await asking(heard)
    heard.change("261120-aaaaa", segment=1, status=RunStatus.RUNNING)
    assert "has moved on since: it is running" in await heard.presses(message, "Approve")
    assert heard.read("261120-aaaaa").status is RunStatus.RUNNING


async def test_a_plan_that_took_the_place_of_another_is_not_approved_by_its_button(heard: Chatting) -> None:
    message = await asking(heard)
    heard.store.write_now(lambda db: db.execute(tables.waits.update().values(binding="another")))
    assert (await heard.presses(message, "Approve")).startswith("Nothing was done.")
    assert heard.read("261120-aaaaa").status is RunStatus.WAITING


async def test_a_plan_for_an_issue_that_was_edited_since_is_not_approved(heard: Chatting) -> None:
    message = await asking(heard)
    heard.hub.issues[7] = replace(ISSUE, body="Do something else.")
    assert "was edited" in await heard.presses(message, "Approve")
    assert heard.read("261120-aaaaa").status is RunStatus.WAITING


@pytest.mark.parametrize("data", ["", "x", "approve", "../../x", "a" * 64, "' OR 1=1 --"])
async def test_a_token_that_is_none_of_ours_does_nothing(heard: Chatting, data: str) -> None:
    message = await asking(heard)
    press = heard.world.presses_data(ALICE, message, data)
    await heard.handled()
    assert heard.world.answered(press) == ["This button is not known here any more."]


async def test_a_token_is_good_in_its_own_chat_and_for_its_own_person(heard: Chatting) -> None:
    message = await asking(heard)
    heard.hub.roles["bob", NAME] = "admin"
    heard.link(BOB, "bob")
    await heard.says("/status", BOB, name="bob")
    elsewhere = heard.world.messages(BOB)[0]
    press = heard.world.presses_data(BOB, elsewhere, message.token("Approve"), name="bob")
    here = heard.world.presses(BOB, message, "Approve", name="bob")
    await heard.handled()
    assert heard.world.answered(press) == ["This button is not known here any more."]
    assert heard.world.answered(here) == ["This button is for somebody else."]
    assert heard.read("261120-aaaaa").status is RunStatus.WAITING


async def test_a_button_that_is_over_says_where_others_are(heard: Chatting) -> None:
    message = await asking(heard)
    heard.store.write_now(lambda db: db.execute(tables.telegram_buttons.update().values(expires_at=1.0)))
    assert "This button is over." in await heard.presses(message, "Abort")


async def test_the_role_counts_that_github_says_at_the_press(heard: Chatting) -> None:
    message = await asking(heard)
    heard.hub.roles["alice", NAME] = "read"
    assert "takes the role write" in await heard.presses(message, "Approve")
    heard.hub.roles["alice", NAME] = "none"
    assert "no such run, or you may not see it" in await heard.presses(message, "Approve")
    heard.hub.roles["alice", NAME] = "write"
    assert await heard.presses(message, "Approve") == "Approved."


async def test_while_github_does_not_answer_nothing_is_done_and_then_it_is(heard: Chatting) -> None:
    message = await asking(heard)
    heard.hub.away = True
    press = heard.world.presses(ALICE, message, "Approve")
    handling = asyncio.create_task(heard.handled())
    await until(lambda: heard.store.read_now(updates_put_off) == 1)
    assert heard.read("261120-aaaaa").status is RunStatus.WAITING
    heard.hub.away = False
    await handling
    await until_handled(heard)
    assert heard.world.answered(press) == ["Approved."]


async def test_what_cannot_be_done_for_long_is_given_up_with_a_word(heard: Chatting) -> None:
    def is_old(seconds: float) -> Callable[[sa.Connection], object]:
        old = {"received_at": time.time() - seconds, "due_at": 0.0, "attempts": 20}
        return lambda db: db.execute(tables.telegram_updates.update().values(**old))

    message = await asking(heard)
    heard.hub.away = True
    heard.world.presses(ALICE, message, "Approve")
    await heard.taken_in()
    told = "Nothing was done, however often it was tried. GitHub does not answer. Ask again later."
    for seconds, times in ((600.0, 0), (1200.0, 1), (1200.0, 1)):
        heard.store.write_now(is_old(seconds))
        await heard.handling.look()
        await asyncio.gather(*heard.handling._busy.values())
        assert heard.world.texts(ALICE).count(told) == times
    assert heard.read("261120-aaaaa").status is RunStatus.WAITING


async def test_what_is_delivered_twice_is_done_once(heard: Chatting) -> None:
    message = await asking(heard)
    press = heard.world.presses(ALICE, message, "Approve")
    await heard.handled()
    heard.world.repeats()
    await heard.handled()
    assert heard.world.answered(press) == ["Approved."]
    assert [one.what for one in heard.store.read_now(audit.of_run, "261120-aaaaa")] == ["answer:approve"]


async def test_a_press_whose_process_died_behind_the_deed_is_answered_as_done(heard: Chatting) -> None:
    message = await asking(heard)
    press = heard.world.presses(ALICE, message, "Approve")
    await heard.handled()
    heard.store.write_now(lambda db: db.execute(tables.telegram_updates.update().values(status="stored")))
    heard.store.write_now(lambda db: db.execute(tables.telegram_buttons.update().values(used_at=None, used_with="")))
    heard.world._presses.add(press)
    await until_handled(heard)
    assert heard.world.answered(press) == ["Approved.", "Approved."]
    assert [one.what for one in heard.store.read_now(audit.of_run, "261120-aaaaa")] == ["answer:approve"]


async def test_who_is_second_reads_who_was_first(heard: Chatting) -> None:
    heard.run("261120-aaaaa", status=RunStatus.FAILED, error_text="It broke.")
    await heard.outbox.changed("261120-aaaaa")
    message = await heard.shown(ALICE, "It broke.")
    token = message.token("Go on")
    assert (await heard.presses(message, "Go on")).startswith("It goes on.")
    heard.change("261120-aaaaa", segment=0)
    press = heard.world.presses_data(ALICE, message, token)
    await heard.handled()
    assert "alice did that already, at " in heard.world.answered(press)[0]


async def test_a_plan_is_rejected_with_the_reason_that_is_replied(heard: Chatting) -> None:
    message = await asking(heard)
    assert await heard.presses(message, "Reject") == "Reply with what should be different."
    prompt = await heard.shown(ALICE, "what should be different?")
    assert "Rejected" in await heard.says("Use a table.", reply_to=prompt.id)
    assert heard.read("261120-aaaaa").status is RunStatus.PENDING
    (done,) = heard.store.read_now(audit.of_run, "261120-aaaaa")
    assert done.what == "answer:reject"


async def test_a_run_is_aborted_by_a_press_and_the_message_says_by_whom(heard: Chatting) -> None:
    heard.run("261120-aaaaa")
    await heard.outbox.changed("261120-aaaaa")
    message = await heard.shown(ALICE, "261120-aaaaa")
    assert "Aborted" in await heard.presses(message, "Abort")
    await heard.shown(ALICE, "Abort: alice")
    assert not [label for label, _ in message.keys if "Abort" in label]


async def test_a_rollback_is_shown_first_and_done_by_a_second_press(heard: Chatting) -> None:
    heard.run("261120-aaaaa", status=RunStatus.COMPLETED, step="summary")
    await heard.outbox.changed("261120-aaaaa")
    message = await heard.shown(ALICE, "261120-aaaaa")
    async with working(heard, {"lines": [{"line": "close #9", "obstacle": ""}], "more": 0, "left": ()}) as kinds:
        assert "press once more" in await heard.presses(message, "Roll back")
        planned = await heard.shown(ALICE, "This would be undone:")
        assert "close #9" in planned.text
        await heard.presses(planned, "Keep it")
        assert planned.text == "It stays as it is."
        assert planned.keys == []
        assert kinds == [OrderKind.PLAN]
        await heard.presses(message, "Roll back")
        planned = await heard.shown(ALICE, "This would be undone:")
        assert await heard.presses(planned, "Yes") == "See what became of it."
        assert kinds == [OrderKind.PLAN, OrderKind.PLAN, OrderKind.ROLLBACK]
        assert planned.text.startswith("Rolled back.")


async def test_who_may_not_take_all_of_it_back_is_told_so_at_once(heard: Chatting) -> None:
    heard.run("261120-aaaaa", status=RunStatus.COMPLETED, step="summary")
    await heard.outbox.changed("261120-aaaaa")
    message = await heard.shown(ALICE, "261120-aaaaa")
    heard.hub.roles["alice", NAME] = "write"
    assert "takes the role maintain" in await heard.presses(message, "Roll back")


async def test_a_press_of_somebody_who_is_nobody_says_how_to_be_somebody(heard: Chatting) -> None:
    message = await asking(heard)
    heard.store.write_now(lambda db: people.unlink(db, ALICE))
    assert "write /start to" in await heard.presses(message, "Approve")
    assert heard.read("261120-aaaaa").status is RunStatus.WAITING
