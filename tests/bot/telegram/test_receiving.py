"""One process speaks with Telegram, another takes over, and what was delivered is kept first and done once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.telegram.receiving import Receiving
from bot.telegram.said.commands import CHAT_COMMANDS
from bot.telegram.wire.client import TelegramClient
from tests.fakes.telegram.chatting import ALICE, NAME, Chatting, chatting, until
from tests.fakes.telegram.server import address
from workflows.store import leases, tables
from workflows.store.telegram import people
from workflows.store.telegram.updates import DUTY


@pytest.fixture
async def chats(tmp_path: Path) -> AsyncIterator[Chatting]:
    async with chatting(tmp_path) as chats:
        yield chats


@asynccontextmanager
async def at_it(receiving: Receiving) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(receiving.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def polls_from(chats: Chatting) -> int:
    """The number that the newest poll names."""
    return next(
        int(fields.get("offset", 0)) for method, fields in reversed(chats.world.calls) if method == "getUpdates"
    )


def holder(chats: Chatting) -> str:
    return str(chats.store.read_now(lambda db: db.scalar(sa.select(tables.leases.c.holder))) or "")


async def test_who_has_the_duty_hears_and_answers(chats: Chatting) -> None:
    async with at_it(chats.receiving()):
        chats.world.says(ALICE, "/start")
        await chats.shown(ALICE, "/link")
        assert {one["command"] for one in chats.world.commands} == {*CHAT_COMMANDS}
    assert holder(chats) == "", "it is given back, so that the next need not wait"


async def test_of_two_processes_one_polls_and_the_other_takes_over(chats: Chatting) -> None:
    async with TelegramClient(chats.world.token, address(), seconds=3) as other:
        async with at_it(chats.receiving("b", other)):
            await until(lambda: holder(chats) == "b")
            async with at_it(chats.receiving("a")):
                await asyncio.sleep(0.5)
                assert holder(chats) == "b"
                polls = chats.world.count("getUpdates")
                await asyncio.sleep(0.3)
                assert chats.world.count("getUpdates") - polls <= 1, "one of them asks, and waits"
        async with at_it(chats.receiving("a")):
            chats.world.says(ALICE, "/start")
            await chats.shown(ALICE, "/link")
            assert holder(chats) == "a"


async def test_who_was_frozen_for_longer_than_the_duty_was_theirs_asks_no_more(chats: Chatting) -> None:
    async with at_it(chats.receiving("a")):
        await until(lambda: holder(chats) == "a" and chats.world.count("getUpdates") > 0)
        time.sleep(1.5)  # nothing of this process runs
        assert chats.store.write_now(leases.take, DUTY, "b", time.time(), 60.0)
        polls = chats.world.count("getUpdates")
        await asyncio.sleep(1.0)
        assert chats.world.count("getUpdates") == polls
        assert holder(chats) == "b"


async def test_who_dies_with_the_duty_is_followed_when_its_lease_is_over(chats: Chatting) -> None:
    chats.store.write_now(leases.take, DUTY, "dead", time.time(), 0.5)
    async with at_it(chats.receiving("a")):
        chats.world.says(ALICE, "/start")
        await chats.shown(ALICE, "/link")


async def test_what_was_kept_and_not_handled_is_handled_by_the_next(chats: Chatting) -> None:
    chats.world.says(ALICE, "/start")
    from bot.telegram.wire.incoming import chat_of
    from workflows.store.telegram import updates

    found = await chats.client.updates(0, 0)
    await chats.store.write(updates.keep, [(one["update_id"], chat_of(one), one) for one in found])
    async with at_it(chats.receiving()):
        await chats.shown(ALICE, "/link")
        await until(lambda: chats.world.waiting == 0)


async def test_a_network_that_is_gone_is_waited_out(chats: Chatting) -> None:
    chats.world.fault("getUpdates", 3, code=502, description="Bad Gateway")
    chats.world.fault("deleteWebhook", 1, code=502, description="Bad Gateway")
    async with at_it(chats.receiving()):
        chats.world.says(ALICE, "/start")
        await chats.shown(ALICE, "/link")


async def test_a_webhook_that_was_set_before_is_taken_away_to_poll(chats: Chatting) -> None:
    await chats.client.call_us("https://old.test/telegram", "s")
    async with at_it(chats.receiving()):
        chats.world.says(ALICE, "/start")
        await chats.shown(ALICE, "/link")
    assert chats.world.webhook == {}


async def test_who_is_called_sets_the_address_and_polls_not(chats: Chatting) -> None:
    async with at_it(chats.receiving(called_at="https://pullwright.test/telegram", secret="s" * 64)):
        await until(lambda: bool(chats.world.webhook))
        await asyncio.sleep(0.2)
    assert chats.world.webhook["secret_token"] == "s" * 64
    assert chats.world.count("getUpdates") == 0


async def test_the_chat_confirms_whose_it_is(chats: Chatting) -> None:
    async with at_it(chats.receiving()):
        chats.world.says(ALICE, "/start")
        code = (await chats.shown(ALICE, "/link")).text.partition("/link ")[2].split()[0]
        assert chats.store.write_now(people.redeem, code, "alice", time.time())
        await chats.shown(ALICE, "You are alice on GitHub. If that is not you, write /unlink.")
        await until(lambda: chats.store.read_now(people.untold) == [])


@pytest.mark.at_length
async def test_one_chat_that_takes_long_holds_up_no_other(chats: Chatting) -> None:
    chats.link()
    chats.link(42, "bob")
    async with at_it(chats.receiving()):
        chats.world.says(ALICE, f"/fix {NAME}#7")  # waits for a worker that is not there
        chats.world.says(42, "/help", name="bob")
        await chats.shown(42, "/subscribe")


@pytest.mark.parametrize("number", [5, 900_000_001])
async def test_after_a_week_without_a_word_the_numbers_begin_anew_and_all_is_heard(
    chats: Chatting, number: int
) -> None:
    def are_old(db: sa.Connection) -> None:
        db.execute(tables.telegram_updates.update().values(received_at=time.time() - 8 * 86400.0))

    chats.link()
    async with at_it(chats.receiving()):
        chats.world.says(ALICE, "/help")
        await chats.shown(ALICE, "/subscribe")
        chats.store.write_now(are_old)
        await until(lambda: polls_from(chats) == 0)
        chats.world.begins_anew(number)
        chats.world.says(ALICE, "/mute 2h")
        await chats.shown(ALICE, "No sound until")
        chats.world.says(ALICE, "/mute off")
        await chats.shown(ALICE, "It makes a sound again.")
    chats.store.write_now(are_old)
    async with at_it(chats.receiving("b")):
        await until(lambda: polls_from(chats) == 0)
        chats.world.begins_anew(number - 3)
        chats.world.says(ALICE, "/mute 3h")
        await chats.shown(ALICE, "No sound until", 2)


async def test_one_whose_chat_takes_nothing_keeps_nobody_else_from_being_heard(chats: Chatting) -> None:
    chats.world.says(ALICE, "/start")
    await chats.handled()
    code = chats.world.messages(ALICE)[0].text.partition("/link ")[2].split()[0]
    assert chats.store.write_now(people.redeem, code, "alice", time.time())
    chats.world.fault("sendMessage", 1, chat=ALICE, code=400, description="Bad Request: something new")
    async with at_it(chats.receiving()):
        await until(lambda: chats.store.read_now(people.untold) == [])
        chats.world.says(ALICE, "/help")
        await chats.shown(ALICE, "/subscribe")


@pytest.mark.parametrize(
    "payload",
    [
        {"message": {}},
        {"message": None},
        {"message": {"chat": {"id": "x"}, "message_id": 1, "date": 1, "text": "/start", "from": {"id": 1}}},
        {"callback_query": {"id": "1", "from": {"id": 1, "is_bot": False, "first_name": "a"}}},
        {"my_chat_member": {"chat": {"id": 1}}},
        {"something_new": {"a": 1}},
        {},
    ],
)
def test_what_is_not_as_it_should_be_is_nothing(payload: dict[str, object]) -> None:
    from bot.telegram.wire.incoming import chat_of, read

    assert read({"update_id": 1, **payload}) is None
    assert chat_of(payload) in (0, 1)
