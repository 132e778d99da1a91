"""What people do in chats, and see there: linking, hearing, steering, and nothing that GitHub would not let them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.telegram.said.commands import CHAT_COMMANDS
from tests.fakes.telegram.chatting import ALICE, BOB, GROUP, ISSUE, NAME, SECRET, Chatting, chatting, until
from tests.fakes.telegram.world import Said
from workflows.store import audit, tables
from workflows.store.cluster import pauses
from workflows.store.run_rows import waits
from workflows.store.telegram import people
from workflows.store.web import orders
from workflows.store.web.orders import OrderKind, OrderState
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


async def test_an_account_is_whose_it_was_and_not_whose_the_login_is_by_now(chats: Chatting) -> None:
    run = chats.run("261120-aaaaa")
    code = (await chats.says("/start")).partition("/link ")[2].split()[0]
    assert chats.store.write_now(people.redeem, code, "alice", time.time(), 11) == "@alice"
    assert run.id in await chats.says(f"/status {run.id}")
    chats.hub.numbers["alice"] = 99
    for text in (f"/status {run.id}", f"/abort {run.id}", f"/subscribe {NAME}", f"/fix {NAME}#7"):
        assert "There is no such" in await chats.says(text), text
    assert chats.read(run.id).status is RunStatus.RUNNING
    assert chats.store.write_now(people.unlink_login, "alice", 99) == 0
    assert chats.store.write_now(people.unlink_login, "alicia", 11) == 1


async def test_where_there_are_pages_the_code_may_be_entered_there(chats: Chatting) -> None:
    talking = chats.handling.talking
    chats.handling.talking = replace(talking, desk=replace(talking.desk, pages="https://pullwright.test"))
    chats.world.says(ALICE, "/start")
    await chats.handled()
    assert chats.world.messages(ALICE)[0].parsed.links == ("https://pullwright.test/admin/you",)


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
    told = [await chats.says(f"/subscribe {name}", BOB, name="bob") for name in (SECRET, "octo/none", "none/none")]
    assert told == ["Nothing was done. There is no such repository, or you may not see it."] * 3


# --- buttons ---------------------------------------------------------------------------------------


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


# --- words -----------------------------------------------------------------------------------------


async def test_a_question_is_answered_by_a_reply(heard: Chatting) -> None:
    heard.run("261120-aaaaa", status=RunStatus.WAITING, asks="question", question="Which colour?")
    await heard.outbox.changed("261120-aaaaa")
    message = await heard.shown(ALICE, "Which colour?")
    assert await heard.says("Blue.", reply_to=message.id) == "Taken as the answer."
    assert heard.read("261120-aaaaa").status is RunStatus.PENDING
    assert "Nothing was done" in await heard.says("Red.", reply_to=message.id)


async def test_an_answer_that_was_written_before_the_question_is_none(heard: Chatting) -> None:
    heard.run("261120-aaaaa", status=RunStatus.WAITING, asks="question", question="Which colour?")
    await heard.outbox.changed("261120-aaaaa")
    message = await heard.shown(ALICE, "Which colour?")
    assert "newer" in await heard.says("Blue.", reply_to=message.id, at=time.time() - 60)
    assert heard.read("261120-aaaaa").status is RunStatus.WAITING


async def test_people_who_talk_to_each_other_are_left_alone(heard: Chatting) -> None:
    for words in ("hello", "approve", "see /fix", "/fix@other_bot octo/adder#7", "/frobnicate"):
        assert await heard.says(words, chat=GROUP) == ""
    theirs = heard.world.says(BOB, "Shall we?", GROUP, name="bob")
    assert await heard.says("Yes.", chat=GROUP, reply_to=theirs) == ""
    assert "/help" in await heard.says("hello"), "who speaks to us alone is told how"


async def test_a_command_that_is_handled_twice_asks_for_one_run(heard: Chatting) -> None:
    heard.run("261120-aaaaa")
    async with working(heard, {"run": "261120-aaaaa", "new": True}) as kinds:
        await heard.says(f"/fix {NAME}#8")
        heard.store.write_now(lambda db: db.execute(tables.telegram_updates.update().values(status="stored")))
        await until_handled(heard)
    assert kinds == [OrderKind.START]
    assert sum("has begun" in text for text in heard.world.texts(ALICE)) == 1


async def test_what_a_worker_refuses_is_told_with_its_remedy(heard: Chatting) -> None:
    async def refuse() -> None:
        while not (found := await heard.store.write(orders.take)):
            await asyncio.sleep(0.01)
        result = {"sentence": "The issue is closed.", "remedy": "Reopen it, then ask again."}
        await heard.store.write(orders.close, found[0], OrderState.REFUSED, result)

    task = asyncio.create_task(refuse())
    assert await heard.says(f"/fix {NAME}#8") == "Nothing was done. The issue is closed. Reopen it, then ask again."
    await task


@pytest.mark.parametrize("which", ["261120-aaaaa", f"{NAME}#7", "adder#7", "#7", f"https://github.com/{NAME}/issues/7"])
async def test_a_run_is_named_in_any_of_these_ways(heard: Chatting, which: str) -> None:
    heard.run("261120-aaaaa", status=RunStatus.FAILED, error_text="It broke.")
    assert "It broke." in await heard.says(f"/status {which}")
    said = await heard.says(f"/retry@pullwright_bot {which}")
    assert said.splitlines()[0] == "It goes on.", "what it waits for, if anything, is said below"
    assert heard.read("261120-aaaaa").status is RunStatus.PENDING


async def test_a_command_in_reply_to_a_message_means_its_run(heard: Chatting) -> None:
    message = await asking(heard)
    assert "Rejected" in await heard.says("/reject with a table", reply_to=message.id)


async def test_what_names_no_run_says_how_to(heard: Chatting) -> None:
    assert "reply to the message of its run" in await heard.says("/approve")
    assert "no such run" in await heard.says("/status 261120-zzzzz")
    assert "No run has worked on this" in await heard.says(f"/status {NAME}#99")


async def test_a_run_of_what_one_may_not_read_is_not_there(heard: Chatting) -> None:
    heard.run("261120-sssss", SECRET)
    heard.link(BOB, "bob")
    for words in ("/status 261120-sssss", f"/abort {SECRET}#7", "/abort 261120-sssss", f"/fix {SECRET}#7"):
        assert "may not see it" in await heard.says(words, BOB, name="bob")
    assert heard.read("261120-sssss").status is RunStatus.RUNNING


async def test_work_is_asked_for_and_begun_by_a_worker(heard: Chatting) -> None:
    heard.run("261120-aaaaa")
    async with working(heard, {"run": "261120-aaaaa", "new": True}) as kinds:
        assert await heard.says(f"/fix {NAME}#8 with a table") == "Run 261120-aaaaa has begun."
    assert kinds == [OrderKind.START]
    (order,) = heard.store.read_now(lambda db: db.execute(sa.select(tables.orders)).all())
    assert order.arguments == {
        "workflow": "issue_to_pr",
        "repository": NAME,
        "number": 8,
        "hint": "with a table",
        "approve": False,
        "login": "alice",
        "installation": 1,
    }
    assert order.principal["source"] == "telegram"


async def test_who_may_only_read_starts_and_steers_nothing(heard: Chatting) -> None:
    heard.run("261120-aaaaa", status=RunStatus.FAILED)
    heard.link(BOB, "bob")
    tried = (f"/fix {NAME}#7", "/retry 261120-aaaaa", "/abort 261120-aaaaa", f"/pause {NAME}", "/skip 261120-aaaaa")
    for words in tried:
        assert "takes the role" in await heard.says(words, BOB, name="bob"), words


async def test_an_administrator_pauses_and_unpauses(heard: Chatting) -> None:
    assert "takes the role admin" in await heard.says(f"/pause {NAME}")
    heard.hub.roles["alice", NAME] = "admin"
    assert "is paused" in await heard.says(f"/pause {NAME} the build is broken")
    pause = heard.store.read_now(pauses.exactly, f"github.com/{NAME}")
    assert pause is not None
    assert (pause.who, pause.source, pause.why) == ("alice", "telegram", "the build is broken")
    assert "goes on" in await heard.says("/unpause")
    assert "was not paused" in await heard.says("/unpause adder#1".replace("adder#1", NAME))


async def test_the_newest_runs_are_listed(heard: Chatting) -> None:
    assert "no run of it yet" in await heard.says("/runs")
    heard.run("261120-aaaaa", title="<b>One</b>")
    heard.run("261120-sssss", SECRET)
    listed = await heard.says("/runs")
    assert "<b>One</\u200bb> 261120-aaaaa" in listed
    assert "sssss" not in listed


async def test_help_names_every_command(heard: Chatting) -> None:
    told = await heard.says("/help")
    assert all(command.usage in told for command in CHAT_COMMANDS.values())
    assert "no such command" in await heard.says("/frobnicate")


async def test_who_unlinks_is_nobody_and_hears_nothing(heard: Chatting) -> None:
    assert "nobody to me" in await heard.says("/unlink")
    heard.run("261120-aaaaa")
    await heard.outbox.changed("261120-aaaaa")
    assert (await heard.says("/runs")).startswith("Tell me who you are")
    assert not [text for text in heard.world.texts(ALICE) if "261120" in text]


async def test_an_error_of_ours_is_told_in_one_honest_sentence(heard: Chatting) -> None:
    heard.run("261120-aaaaa", status=RunStatus.WAITING, asks="approval", question="The plan")  # of a step that asks not
    await heard.outbox.changed("261120-aaaaa")
    message = await heard.shown(ALICE, "The plan")
    assert (await heard.presses(message, "Approve")).startswith("Pullwright itself failed at this")
    assert "itself failed at this" in await heard.says("/approve 261120-aaaaa")


# --- for these -------------------------------------------------------------------------------------


async def asking(chats: Chatting) -> Said:
    """A run that waits for a yes, and its message."""
    chats.run("261120-aaaaa", status=RunStatus.WAITING, asks="approval", step="approval", question="The plan")
    await chats.outbox.changed("261120-aaaaa")
    return await chats.shown(ALICE, "The plan")


@asynccontextmanager
async def working(chats: Chatting, result: dict[str, object]) -> AsyncIterator[list[OrderKind]]:
    """A worker that does every order with this result; what it did."""
    done: list[OrderKind] = []

    async def work() -> None:
        while True:
            for order in await chats.store.write(orders.take):
                done.append(order.kind)
                await chats.store.write(orders.close, order, OrderState.DONE, result)
            await asyncio.sleep(0.01)

    task = asyncio.create_task(work())
    try:
        yield done
    finally:
        task.cancel()


def updates_put_off(db: sa.Connection) -> int:
    columns = tables.telegram_updates.c
    return int(db.scalar(sa.select(sa.func.count()).where(columns.attempts > 0)) or 0)


async def until_handled(chats: Chatting) -> None:
    def waiting(db: sa.Connection) -> int:
        columns = tables.telegram_updates.c
        return int(db.scalar(sa.select(sa.func.count()).where(columns.status == "stored")) or 0)

    while chats.store.read_now(waiting):
        await chats.handled()
        await asyncio.sleep(0.02)
