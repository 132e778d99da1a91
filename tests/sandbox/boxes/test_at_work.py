from __future__ import annotations

import asyncio

import pytest

from sandbox.backend import CommandOutcome
from sandbox.boxes.at_work import CommandsAtWork


def test_whoever_ends_them_waits_until_each_has_put_its_things_away() -> None:
    put_away: list[str] = []

    async def sleeps(name: str) -> CommandOutcome:
        try:
            await asyncio.sleep(600)
        finally:
            await asyncio.sleep(0)
            put_away.append(name)
        raise AssertionError("nobody sleeps that long")

    async def closed() -> None:
        commands = CommandsAtWork()
        callers = [asyncio.ensure_future(commands.run(sleeps(name))) for name in ("first", "second")]
        await asyncio.sleep(0.01)
        await commands.end()
        assert sorted(put_away) == ["first", "second"]
        for caller in callers:
            with pytest.raises(asyncio.CancelledError):
                await caller
        await commands.end()  # nothing is left

    asyncio.run(closed())
