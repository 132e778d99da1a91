"""Telegram's answers, as ours, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.telegram.wire.client import ChatLost, ChatMoved, Key, TelegramClient
from tests.fakes.telegram.server import address, new_world
from tests.fakes.telegram.world import TelegramWorld
from workflows.errors import ConfigError, TransientError, UserError

ALICE, GROUP, SUPERGROUP = 41, -77, -1_000_000_000_077


@pytest.fixture
def world() -> TelegramWorld:
    world = new_world()
    world.says(ALICE, "/start")
    world.says(ALICE, "hello", GROUP)
    return world


@pytest.fixture
async def client(world: TelegramWorld) -> AsyncIterator[TelegramClient]:
    async with TelegramClient(world.token, address(), seconds=2) as client:
        yield client


async def test_what_is_said_stands_there_and_is_changed(world: TelegramWorld, client: TelegramClient) -> None:
    keys = [[Key("Yes", "token")], [Key("Open", url="https://example.org/")]]
    number = await client.send(ALICE, "<b>One</b> &amp; two", keys=keys, silent=True)
    (said,) = world.messages(ALICE)
    assert (said.id, said.text, said.silent, said.keys) == (
        number, "One & two", True, [("Yes", "token"), ("Open", "https://example.org/")],
    )  # fmt: skip
    assert await client.edit(ALICE, number, "Three")
    assert (said.text, said.keys, said.edits) == ("Three", [], 1)


async def test_what_reads_so_already_is_no_failure(world: TelegramWorld, client: TelegramClient) -> None:
    number = await client.send(ALICE, "One")
    assert await client.edit(ALICE, number, "One")


async def test_what_is_not_there_or_not_ours_cannot_be_changed(world: TelegramWorld, client: TelegramClient) -> None:
    theirs = world.says(ALICE, "mine")
    assert not await client.edit(ALICE, 999, "One")
    assert not await client.edit(ALICE, theirs, "One")


async def test_a_limit_says_how_long(world: TelegramWorld, client: TelegramClient) -> None:
    world.fault("sendMessage", code=429, description="Too Many Requests: retry after 7", retry_after=7)
    with pytest.raises(TransientError) as limited:
        await client.send(ALICE, "One")
    assert limited.value.retry_after == 7


@pytest.mark.parametrize(
    "words",
    [
        "bot was blocked by the user",
        "user is deactivated",
        "bot was kicked from the supergroup chat",
        "bot is not a member of the supergroup chat",
    ],
)
async def test_who_blocks_or_removes_us_is_lost(world: TelegramWorld, client: TelegramClient, words: str) -> None:
    world.blocks(ALICE, words)
    with pytest.raises(ChatLost, match=words):
        await client.send(ALICE, "One")


async def test_a_chat_that_is_none_or_was_never_met_is_lost(client: TelegramClient) -> None:
    with pytest.raises(ChatLost, match="not found"):
        await client.send(4242, "One")


async def test_a_topic_that_is_gone_is_lost(world: TelegramWorld, client: TelegramClient) -> None:
    world.threads[GROUP] = {5}
    assert await client.send(GROUP, "One", thread=5)
    with pytest.raises(ChatLost, match="thread not found"):
        await client.send(GROUP, "One", thread=6)


async def test_a_group_that_moved_says_where_to(world: TelegramWorld, client: TelegramClient) -> None:
    world.becomes_supergroup(GROUP, SUPERGROUP)
    with pytest.raises(ChatMoved) as moved:
        await client.send(GROUP, "One")
    assert moved.value.chat == SUPERGROUP


@pytest.mark.parametrize("code", [500, 502, 503, 504])
async def test_what_is_broken_there_passes(world: TelegramWorld, client: TelegramClient, code: int) -> None:
    world.fault("sendMessage", code=code, description="Internal Server Error")
    with pytest.raises(TransientError) as away:
        await client.send(ALICE, "One")
    assert away.value.away


async def test_no_network_passes_and_no_error_carries_the_token(world: TelegramWorld) -> None:
    async with TelegramClient(world.token, "http://127.0.0.1:9") as client:
        with pytest.raises(TransientError) as away:
            await client.send(ALICE, "One")
    error: BaseException | None = away.value
    while error is not None:
        assert world.token not in repr(error)
        assert world.token.partition(":")[2] not in str(error)
        error = error.__cause__


async def test_a_token_that_is_not_known_is_the_operators_to_mend(world: TelegramWorld) -> None:
    async with TelegramClient("1:AAunknown", address()) as client:
        with pytest.raises(ConfigError, match="BotFather"):
            await client.me()


@pytest.mark.parametrize("html", ["<script>", "<b>open", "a < b", "</b>", "", "x" * 5000])
async def test_what_telegram_does_not_take_is_refused(client: TelegramClient, html: str) -> None:
    with pytest.raises(UserError, match="does not take this"):
        await client.send(ALICE, html)


async def test_an_answer_that_nobody_waits_for_is_no_failure(world: TelegramWorld, client: TelegramClient) -> None:
    await client.send(ALICE, "One", keys=[[Key("Yes", "token")]])
    press = world.presses(ALICE, world.messages(ALICE)[0], "Yes")
    await client.answer_press(press, "Done.")
    assert world.answered(press) == ["Done."]
    await client.answer_press(press, "Done.")


async def test_updates_are_asked_for_from_a_number_on(world: TelegramWorld, client: TelegramClient) -> None:
    first, second = await client.updates(0, 0)
    assert (first["message"]["text"], second["message"]["chat"]["id"]) == ("/start", GROUP)
    assert [one["update_id"] for one in await client.updates(second["update_id"], 0)] == [second["update_id"]]
    assert world.waiting == 1


async def test_polling_and_being_called_exclude_each_other(world: TelegramWorld, client: TelegramClient) -> None:
    await client.call_us("https://pullwright.test/telegram", "s" * 64)
    assert await client.called() == "https://pullwright.test/telegram"
    with pytest.raises(TransientError, match="Another process"):
        await client.updates(0, 0)
    await client.call_us("", "")
    assert len(await client.updates(0, 0)) == 2
