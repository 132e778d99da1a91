"""No more is said in a chat than Telegram takes, and who is limited waits alone."""

from __future__ import annotations

import pytest

from bot.telegram.wire.client import TelegramClient
from bot.telegram.wire.pace import ChatPace
from tests.bot.github.connecting import Hurried
from tests.fakes.telegram.server import address, new_world
from workflows.errors import TransientError

ALICE, GROUP = 41, -77


async def test_a_busy_chat_and_a_busy_group_are_never_limited() -> None:
    """On a clock on which waiting takes no time."""
    world, hurried = new_world(), Hurried()
    world.says(ALICE, "/start")
    world.says(ALICE, "hello", GROUP)
    world.limited, world.clock = True, lambda: hurried.at
    async with TelegramClient(world.token, address()) as client:
        pace = ChatPace(client, clock=world.clock, sleep=hurried.sleep)
        for chat in (ALICE, GROUP):
            for number in range(45):
                async with pace.turn(chat) as telegram:
                    await telegram.send(chat, f"Number {number}")
    assert len(world.texts(ALICE)) == len(world.texts(GROUP)) == 45
    assert sum(hurried.waits) > 45


async def test_the_stand_in_limits_as_telegram_does() -> None:
    world = new_world()
    world.says(ALICE, "hello", GROUP)
    world.limited = True
    async with TelegramClient(world.token, address()) as client:
        for number in range(20):
            await client.send(GROUP, f"Number {number}")
        with pytest.raises(TransientError) as limited:
            await client.send(GROUP, "One more")
    assert 50 < (limited.value.retry_after or 0) <= 60


async def test_who_is_told_to_wait_does_and_holds_up_nobody() -> None:
    world = new_world()
    world.says(ALICE, "/start")
    world.says(ALICE, "hello", GROUP)
    async with TelegramClient(world.token, address()) as client:
        pace = ChatPace(client, 0.0, 0.0)
        limit = TransientError("Telegram limits us.", 30.0)
        with pytest.raises(TransientError):
            async with pace.turn(GROUP):
                raise limit
        with pytest.raises(TransientError) as waiting:
            async with pace.turn(GROUP):
                raise AssertionError("its time has not come")
        assert 25 < (waiting.value.retry_after or 0) <= 30
        async with pace.turn(ALICE) as telegram:
            assert await telegram.send(ALICE, "At once")
