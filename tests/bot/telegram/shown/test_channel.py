"""What stands in chats of runs: for whom, how much, with what sound, and what happens when a chat is not as it was."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.access.people.heard_changes import HeardChanges
from bot.telegram.shown.channel import known
from bot.telegram.shown.hours import hours, is_quiet, span
from bot.telegram.shown.privacy import Privacy
from tests.fakes.telegram.chatting import ALICE, BOB, GROUP, NAME, SECRET, SUPERGROUP, Chatting, chatting, until
from workflows.errors import RunError
from workflows.store import tables
from workflows.store.telegram import chats as stored
from workflows.store.telegram.chats import ChatPlace
from workflows.store.web import role_changes
from workflows.values import RunStatus, StepStatus

RUN = "261120-aaaaa"
HOSTILE = (
    '</b><a href="https://evil.example/">x</a> @admin /abort #urgent http://evil.example evil.com <script> &lt;b&gt; '
    "\u202e$BTC"
)


@pytest.fixture
async def chats(tmp_path: Path) -> AsyncIterator[Chatting]:
    async with chatting(tmp_path) as chats:
        chats.link()
        yield chats


async def hear(chats: Chatting, name: str = NAME, how: str = "", chat: int = ALICE, **more: int) -> None:
    assert "hears of" in await chats.says(f"/subscribe {name} {how}", chat=chat, **more)


async def fail(chats: Chatting, why: str = "It broke.") -> None:
    chats.change(RUN, status=RunStatus.FAILED, error_text=why)
    await chats.outbox.ended(RUN)


async def quiet_for(chats: Chatting, chat: int) -> None:
    """As long as anything that is said would take, and a little longer."""
    before = chats.world.texts(chat)
    await asyncio.sleep(0.3)
    assert chats.world.texts(chat) == before


# --- how much --------------------------------------------------------------------------------------


async def test_who_hears_of_failures_sees_a_run_from_then_on(chats: Chatting) -> None:
    await hear(chats, how="failures")
    chats.run(RUN)
    await chats.outbox.changed(RUN)
    await quiet_for(chats, ALICE)
    await fail(chats)
    message = await chats.shown(ALICE, "It broke.")
    assert not message.silent, "it makes the sound itself"
    chats.change(RUN, status=RunStatus.RUNNING, segment=1)
    await chats.outbox.changed(RUN)
    await until(lambda: "At work" in message.text)


async def test_who_hears_of_ends_sees_no_question(chats: Chatting) -> None:
    await hear(chats, how="final")
    chats.run(RUN, status=RunStatus.WAITING, asks="approval")
    await chats.outbox.changed(RUN)
    await quiet_for(chats, ALICE)
    await fail(chats)
    await chats.shown(ALICE, "It broke.")


async def test_what_was_over_before_is_not_told(chats: Chatting) -> None:
    chats.run(RUN, status=RunStatus.FAILED, error_text="Long ago.")
    chats.change(RUN)
    await hear(chats)
    assert await chats.outbox.catch_up() == []
    await quiet_for(chats, ALICE)


async def test_a_run_that_changed_while_nobody_told_of_it_is_found(chats: Chatting) -> None:
    await hear(chats)
    chats.run(RUN, status=RunStatus.FAILED, error_text="It broke.")
    chats.run("261120-other", SECRET, status=RunStatus.FAILED)
    assert await chats.outbox.catch_up() == [RUN], "nobody hears of the other one"
    await chats.shown(ALICE, "It broke.")


async def test_each_sound_is_made_once(chats: Chatting) -> None:
    await hear(chats)
    chats.run(RUN)
    await chats.outbox.changed(RUN)
    await chats.shown(ALICE, RUN)
    await fail(chats)
    await chats.shown(ALICE, "Failed at", 2)
    chats.change(RUN, error_text="It broke in another way.")
    await chats.outbox.ended(RUN)
    await chats.shown(ALICE, "in another way")
    await quiet_for(chats, ALICE)
    assert sum(not one.silent for one in chats.world.messages(ALICE)) == 1


# --- without a sound -------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["/mute 2h", "/quiet 00:00-23:59", "/quiet 00:00-12:00 +00"])
async def test_a_quiet_chat_is_told_all_the_same(chats: Chatting, words: str) -> None:
    await hear(chats)
    assert "No sound" in await chats.says(words)
    place = chats.store.read_now(stored.get, 1)
    assert place is not None
    if not is_quiet(place):
        assert "No sound" in await chats.says("/quiet 12:00-00:00 +00")
    chats.run(RUN)
    await fail(chats)
    assert (await chats.shown(ALICE, "It broke.")).silent


def place(quiet: str, muted_until: float = 0.0) -> ChatPlace:
    return ChatPlace(1, 1, 0, True, "", muted_until, quiet)


@pytest.mark.parametrize(
    ("words", "at", "quiet"),
    [
        ("22:00-07:00", "1970-01-02T23:30", True),
        ("22:00-07:00", "1970-01-02T06:59", True),
        ("22:00-07:00", "1970-01-02T07:00", False),
        ("22:00-07:00 +02:00", "1970-01-02T20:30", True),
        ("22:00-07:00 -5", "1970-01-02T23:30", False),
        ("9:00 - 17:30 UTC+5:30", "1970-01-02T11:59", True),
        ("9:00-17:30 +0530", "1970-01-02T12:00", False),
    ],
)
def test_quiet_hours_are_where_the_reader_is(words: str, at: str, quiet: bool) -> None:
    now = time.mktime(time.strptime(at, "%Y-%m-%dT%H:%M")) - time.timezone
    assert is_quiet(place(hours(words)), now) is quiet


@pytest.mark.parametrize(
    "words", ["", "night", "25:00-07:00", "22:00", "22:60-07:00", "22:00-22:00", "22:00-07:00 +99"]
)
def test_hours_that_are_none_are_refused(words: str) -> None:
    with pytest.raises(RunError):
        hours(words)


@pytest.mark.parametrize(
    ("words", "seconds"), [("30m", 1800), ("2h", 7200), ("1 d", 86400), ("off", 0), ("30min", 1800)]
)
def test_a_span_is_read(words: str, seconds: float) -> None:
    assert span(words) == seconds


@pytest.mark.parametrize("words", ["", "2", "2w", "-2h", "0h", "31d", "99999h", "٢h"])
def test_a_span_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(RunError):
        span(words)


# --- groups and topics -----------------------------------------------------------------------------


async def test_a_group_is_shown_a_public_run_with_its_buttons(chats: Chatting) -> None:
    await hear(chats, chat=GROUP)
    chats.run(RUN, status=RunStatus.WAITING, asks="approval", step="approval", question="The plan")
    await chats.outbox.changed(RUN)
    message = await chats.shown(GROUP, "The plan")
    assert "takes the role write" not in await chats.presses(message, "Approve")
    assert chats.read(RUN).status is RunStatus.PENDING


async def test_in_a_group_each_press_is_judged_by_who_presses(chats: Chatting) -> None:
    await hear(chats, chat=GROUP)
    chats.run(RUN)
    await chats.outbox.changed(RUN)
    message = await chats.shown(GROUP, RUN)
    assert "Tell me who you are" in await chats.presses(message, "Abort", BOB)
    chats.link(BOB, "bob")
    assert "takes the role write" in await chats.presses(message, "Abort", BOB)
    assert chats.read(RUN).status is RunStatus.RUNNING


async def test_a_group_is_told_no_more_than_a_link_of_a_private_repository(chats: Chatting) -> None:
    await hear(chats, SECRET, chat=GROUP)
    chats.run(RUN, SECRET, title="The secret title", status=RunStatus.WAITING, asks="approval", question="Secret plan")
    await chats.outbox.changed(RUN)
    (message,) = [await chats.shown(GROUP, "A run in a private repository")]
    assert message.keys == []
    assert message.parsed.links == (f"https://github.com/{SECRET}/issues/7",)
    await fail(chats, "A secret failure")
    await chats.shown(GROUP, "A run in a private repository", 2)
    for words in ("/runs", f"/status {SECRET}#7"):
        assert "A run in a private repository" in await chats.says(words, chat=GROUP)
    said = "\n".join(chats.world.texts(GROUP))
    assert "ecret title" not in said
    assert "Secret plan" not in said
    assert "secret failure" not in said


async def test_a_repository_that_cannot_be_asked_about_is_private(chats: Chatting) -> None:
    await hear(chats, chat=GROUP)
    chats.hub.private.add(NAME)
    chats.channel.privacy._kept.clear()
    chats.run(RUN)
    await chats.outbox.changed(RUN)
    await chats.shown(GROUP, "A run in a private repository")


async def test_a_repository_that_becomes_private_is_so_at_once_where_github_tells_of_it(chats: Chatting) -> None:
    clock = [0.0]
    heard = HeardChanges(lambda: chats.store.read(role_changes.word), lambda: clock[0])
    privacy = Privacy(chats.hub, lambda: clock[0], heard)
    here = known(chats.run(RUN))
    assert not await privacy.is_private(here)
    chats.hub.private.add(NAME)
    clock[0] += 2
    assert not await privacy.is_private(here), "it is kept"
    chats.store.write_now(role_changes.note)
    clock[0] += 2
    assert await privacy.is_private(here)


async def test_a_topic_has_its_own_messages(chats: Chatting) -> None:
    await hear(chats, chat=SUPERGROUP, thread=5)
    chats.run(RUN)
    await chats.outbox.changed(RUN)
    assert (await chats.shown(SUPERGROUP, RUN)).thread == 5


async def test_who_is_told_of_a_private_run_alone_sees_all_of_it(chats: Chatting) -> None:
    await hear(chats, SECRET)
    chats.run(RUN, SECRET, title="The secret title")
    await chats.outbox.changed(RUN)
    assert "The secret title" in (await chats.shown(ALICE, RUN)).text


# --- what chats and people come to -----------------------------------------------------------------


async def test_whose_right_is_gone_hears_no_more_and_is_told_so_once(chats: Chatting) -> None:
    await hear(chats, SECRET)
    chats.hub.roles["alice", SECRET] = "none"
    chats.channel.roles.forget()  # type: ignore[attr-defined]
    for number in range(3):
        chats.run(f"261120-{number}aaaa", SECRET, title="The secret title")
        await chats.outbox.changed(f"261120-{number}aaaa")
    await chats.shown(ALICE, "may not see octo/secret any more")
    await quiet_for(chats, ALICE)
    assert "secret title" not in "\n".join(chats.world.texts(ALICE))
    assert sum("any more" in text for text in chats.world.texts(ALICE)) == 1


async def test_who_blocks_the_bot_is_left_alone_and_hears_again_when_back(chats: Chatting) -> None:
    await hear(chats)
    chats.world.blocks(ALICE, told=False)
    chats.run(RUN)
    await chats.outbox.changed(RUN)
    await until(lambda: bool((one := chats.store.read_now(stored.get, 1)) and one.gone))
    calls = chats.world.count("sendMessage")
    await fail(chats)
    await asyncio.sleep(0.2)
    assert chats.world.count("sendMessage") == calls, "nothing is tried there"
    chats.world.unblocks(ALICE)
    await chats.handled()
    await chats.outbox.catch_up()
    chats.change(RUN, error_text="Told at last.")
    await chats.outbox.ended(RUN)
    await chats.shown(ALICE, "Told at last.")


async def test_a_bot_that_is_told_it_was_removed_tries_nothing(chats: Chatting) -> None:
    await hear(chats, chat=GROUP)
    chats.world.blocks(GROUP, "bot was kicked from the group chat")
    await chats.handled()
    calls = chats.world.count("sendMessage")
    chats.run(RUN)
    await chats.outbox.changed(RUN)
    await asyncio.sleep(0.2)
    assert chats.world.count("sendMessage") == calls


@pytest.mark.parametrize("told", [True, False])
async def test_a_group_that_becomes_a_supergroup_is_followed(chats: Chatting, told: bool) -> None:
    await hear(chats, chat=GROUP)
    chats.run(RUN)
    await chats.outbox.changed(RUN)
    await chats.shown(GROUP, RUN)
    chats.world.becomes_supergroup(GROUP, SUPERGROUP, told=told)
    if told:
        await chats.handled()
    await fail(chats)
    message = await chats.shown(SUPERGROUP, "It broke.")
    assert (await chats.presses(message, "Go on")).startswith("It goes on.")


async def test_a_message_that_somebody_deleted_is_made_anew(chats: Chatting) -> None:
    await hear(chats)
    chats.run(RUN)
    await chats.outbox.changed(RUN)
    (await chats.shown(ALICE, RUN)).deleted = True
    await fail(chats)
    await chats.shown(ALICE, "It broke.")


async def test_while_one_chat_is_limited_another_is_told(chats: Chatting) -> None:
    await hear(chats)
    await hear(chats, chat=GROUP)
    limit = {"code": 429, "description": "Too Many Requests: retry after 1", "retry_after": 1}
    chats.world.fault("sendMessage", 1, chat=GROUP, **limit)  # type: ignore[arg-type]
    chats.run(RUN)
    began = time.monotonic()
    await chats.outbox.changed(RUN)
    await chats.shown(ALICE, RUN)
    assert not [text for text in chats.world.texts(GROUP) if RUN in text]
    await chats.shown(GROUP, RUN)
    assert time.monotonic() - began >= 1.0


async def test_no_run_waits_for_telegram(chats: Chatting) -> None:
    await hear(chats)
    chats.world.fault("", 1000, code=502, description="Bad Gateway")
    chats.run(RUN)
    began = time.monotonic()
    for _ in range(50):
        await chats.outbox.changed(RUN)
    assert time.monotonic() - began < 0.5
    chats.world.faults.clear()
    await fail(chats, "Told at last.")
    await chats.shown(ALICE, "Told at last.")


async def test_an_edit_whose_answer_was_lost_is_no_failure(chats: Chatting) -> None:
    await hear(chats)
    chats.run(RUN)
    await chats.outbox.changed(RUN)
    await chats.shown(ALICE, RUN)
    chats.world.fault("editMessageText", 1, after=True)
    await fail(chats)
    await chats.shown(ALICE, "Failed at", 2)
    assert sum("It broke." in text for text in chats.world.texts(ALICE)) == 1


# --- words of others -------------------------------------------------------------------------------


async def test_words_of_others_act_nowhere(chats: Chatting) -> None:
    await hear(chats)
    chats.run(RUN, title=HOSTILE, status=RunStatus.WAITING, asks="approval", question=f"{HOSTILE}\n\n{HOSTILE}")
    await chats.outbox.changed(RUN)
    message = await chats.shown(ALICE, RUN)
    assert message.parsed.acts == ()
    assert set(message.parsed.links) == {f"https://github.com/{NAME}/issues/7"}
    assert "<script>" in message.text
    chats.change(RUN, status=RunStatus.FAILED, error_text=HOSTILE)
    await chats.outbox.ended(RUN)
    await until(lambda: "Failed" in message.text)
    assert message.parsed.acts == ()
    assert not [one for one in chats.world.messages(ALICE) if "evil" in " ".join(one.parsed.links)]


@pytest.mark.parametrize(
    ("came_to", "opens"),
    [
        ("https://github.com/octo/adder/pull/9", True),
        ("https://github.com.evil.example/octo/adder/pull/9", False),
        ("https://github.com/octo/adder/pull/9 and more", False),
        ("https://evil.example/", False),
        ("javascript:alert(1)", False),
    ],
)
async def test_an_address_that_a_step_came_to_can_be_opened_where_it_is_githubs(
    chats: Chatting, came_to: str, opens: bool
) -> None:
    await hear(chats)
    chats.run(RUN)
    done = tables.workflow_steps.update().values(status=StepStatus.COMPLETED.value, summary=came_to)
    chats.store.write_now(lambda db: db.execute(done))
    await chats.outbox.changed(RUN)
    message = await chats.shown(ALICE, RUN)
    assert (came_to in message.parsed.links) is opens
    assert message.parsed.acts == ()


@pytest.mark.parametrize("text", ["x" * 50_000, "😀" * 30_000, "<&>" * 9000, "line\n" * 9000, "\ud83d" * 5000])
async def test_what_is_long_is_cut_to_what_telegram_takes(chats: Chatting, text: str) -> None:
    await hear(chats)
    words = text.encode("utf-8", "replace").decode()
    chats.run(RUN, title=words[:5000], status=RunStatus.WAITING, asks="approval", question=words)
    await chats.outbox.changed(RUN)
    message = await chats.shown(ALICE, "Waiting for an answer")
    assert [label for label, _ in message.keys] == ["✅ Approve", "✏️ Reject…", "⏹ Abort"]


async def test_secrets_are_taken_out(tmp_path: Path) -> None:
    async with chatting(tmp_path, redact=lambda text: text.replace("hunter2", "***")) as chats:
        chats.link()
        await hear(chats)
        chats.run(RUN, title="It is hunter2", status=RunStatus.FAILED, error_text="hunter2")
        await chats.outbox.changed(RUN)
        await chats.shown(ALICE, "***")
        await chats.says(f"/status {RUN}")
        await chats.says("/runs")
        assert "hunter2" not in "".join(chats.world.texts(ALICE))


async def test_buttons_stay_the_same_while_nothing_changes_what_they_mean(chats: Chatting) -> None:
    await hear(chats)
    chats.run(RUN)
    await chats.outbox.changed(RUN)
    message = await chats.shown(ALICE, RUN)
    before = message.token("Abort")
    chats.change(RUN, title="Another title")
    await chats.outbox.changed(RUN)
    await chats.shown(ALICE, "Another title")
    assert message.token("Abort") == before
    count = chats.store.read_now(lambda db: len(db.execute(tables.telegram_buttons.select()).all()))
    assert count == 1


async def test_a_repository_that_took_over_a_name_is_told_nothing_of_the_one_before(chats: Chatting) -> None:
    run = chats.run(RUN)
    chats.link()
    chats.change(RUN, inputs={**run.inputs, "repository_id": "99"})  # what has that name has the number 1
    assert "There is no such run" in await chats.says(f"/status {RUN}")
    here = known(chats.read(RUN))
    assert await chats.channel.privacy.is_private(here)
    assert not await chats.channel.privacy.is_private(replace(here, number=1))
