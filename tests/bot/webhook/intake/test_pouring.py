"""While deliveries pour in, nothing is taken up: for a while, and never for good."""

from __future__ import annotations

import asyncio

from bot.webhook.intake.pouring import LONGEST, MANY, WINDOW, Pouring
from tests.bot.dispatching import Desk, desk, scene
from tests.fakes.github.fixture import github

__all__ = ["desk", "github", "scene"]


class Hands:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_comes_now_and_then_is_taken_up_at_once() -> None:
    clock = Hands()
    pouring = Pouring(clock)
    assert pouring.pause() == 0.0
    for _ in range(10 * MANY):
        pouring.came(1)
        assert pouring.pause() == 0.0
        clock.now += WINDOW / (MANY - 10)


def test_a_burst_is_let_pass_and_then_taken_up() -> None:
    clock = Hands()
    pouring = Pouring(clock)
    pouring.came(MANY)
    assert pouring.pause() > 0.0
    clock.now += WINDOW / 2
    assert pouring.pause() > 0.0
    clock.now += WINDOW / 2
    assert pouring.pause() == 0.0


def test_under_a_burst_without_end_half_of_the_time_is_for_what_has_come() -> None:
    clock = Hands()
    pouring, worked, steps = Pouring(clock), 0, 4000
    for _ in range(steps):
        pouring.came(MANY)
        worked += pouring.pause() == 0.0
        clock.now += LONGEST / 100
    assert 0.45 < worked / steps < 0.55


async def test_deliveries_of_a_burst_are_handled_when_it_is_over(desk: Desk) -> None:
    clock = Hands()
    desk.dispatch._pouring = Pouring(clock)
    desk.label(desk.scene.issue())
    await desk.arrive()
    desk.dispatch.wake(MANY)
    working = asyncio.create_task(desk.dispatch.run())
    await asyncio.sleep(0.2)
    assert {status for status, _ in desk.outcomes()} == {"stored"}
    clock.now += WINDOW
    while {status for status, _ in desk.outcomes()} & {"stored"}:
        await asyncio.sleep(0.02)
    assert len(desk.runs()) == 1
    desk.dispatch.wake(MANY)  # also in a burst it can be asked to end
    await asyncio.sleep(0.1)
    desk.dispatch.stop()
    await working
