"""What people write in chats: linking, steering, asking, and nothing that GitHub would not let them."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.telegram.said.commands import CHAT_COMMANDS
from tests.fakes.telegram.chatting import ALICE, BOB, GROUP, NAME, SECRET, Chatting
from tests.fakes.telegram.waiting import asking, until_handled, working
from workflows.store import tables
from workflows.store.cluster import pauses
from workflows.store.telegram import people
from workflows.store.web import orders
from workflows.store.web.orders import OrderKind, OrderState
from workflows.values import RunStatus


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


@pytest.mark.parametrize(
    "text",
    [
        *(
            "/",
            "//",
            "/@pullwright_bot",
            "/approve \u202e261120-aaaaa",
            "/status " + "a" * 4000,
            "/APPROVE",
        ),
        *("/approve 261120-aaaaa 261120-bbbbb", "/fix octo/adder#99999999999999999999", "/fix ../../x#1", "/pause %s"),
        *("/skip 261120-aaaaa ' OR 1=1 --", "/status <b>x</b>", "/subscribe", "/mute forever", "/unlink now please"),
    ],
)
async def test_odd_words_are_answered_and_change_nothing(heard: Chatting, text: str) -> None:
    before = heard.run("261120-aaaaa")
    answer = await heard.says(text)
    assert answer
    assert "itself failed" not in answer
    assert "<b>x</b>" not in answer
    assert heard.read("261120-aaaaa") == before


async def test_a_reply_to_what_asks_for_nothing_is_left_alone(heard: Chatting) -> None:
    ours = await heard.says("/help")
    assert ours
    message = heard.world.messages(ALICE)[-1]
    assert await heard.says("Thanks.", reply_to=message.id) == ""
