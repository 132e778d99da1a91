"""A server that is asked to end waits for what is under way, not for ever, and not for who asks twice."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from dataclasses import dataclass

import pytest

from bot.guards.shutdown import Stop, Stopped, drain, stopped_by_signals

LONG = 600.0


@dataclass
class Busy:
    """Two runs and a delivery, until they are done."""

    runs_at_work: frozenset[str] = frozenset({"r2", "r1"})
    deliveries_at_work: int = 1
    taking: bool = True

    async def take_no_more(self) -> None:
        self.taking = False

    def done(self) -> None:
        self.runs_at_work, self.deliveries_at_work = frozenset(), 0


async def test_who_has_nothing_under_way_ends_at_once_and_says_nothing() -> None:
    said: list[str] = []
    idle = Busy(frozenset(), 0)
    await drain(idle, LONG, Stop(), said.append)
    assert said == []
    assert not idle.taking


async def test_what_is_under_way_is_waited_for() -> None:
    said: list[str] = []
    busy = Busy()
    asyncio.get_running_loop().call_later(0.1, busy.done)
    await drain(busy, LONG, Stop(), said.append)
    assert said == ["Draining: 2 runs and 1 delivery at work, up to 600 s. Once more to end at once."]


async def test_what_takes_too_long_is_named() -> None:
    said: list[str] = []
    await drain(Busy(), 0.1, Stop(), said.append)
    assert said[1:] == ["Handed over in the middle of a step: r1, r2."]


async def test_the_second_signal_ends_the_patience() -> None:
    stop, began = stopped_by_signals(), time.monotonic()
    os.kill(os.getpid(), signal.SIGTERM)
    await stop.asked.wait()
    assert not stop.hurried.is_set()
    asyncio.get_running_loop().call_later(0.1, os.kill, os.getpid(), signal.SIGINT)
    await drain(Busy(), LONG, stop, lambda words: None)
    assert stop.hurried.is_set()
    assert time.monotonic() - began < LONG / 2


async def test_who_waits_in_line_and_is_asked_to_end_gives_up() -> None:
    stop = Stop()
    asyncio.get_running_loop().call_later(0.1, stop)
    with pytest.raises(Stopped):
        async with stop.gives_up():
            await asyncio.sleep(LONG)


async def test_a_beginning_that_took_too_long_by_itself_is_no_end_that_was_asked_for() -> None:
    with pytest.raises(TimeoutError):
        async with Stop().gives_up():
            raise TimeoutError
    async with (stop := Stop()).gives_up():
        pass
    stop()
    await asyncio.sleep(0)
