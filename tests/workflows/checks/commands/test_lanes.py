"""Lanes: how many things run at once, in which order they begin, and what becomes of all where one fails."""

from __future__ import annotations

import asyncio

import pytest

from workflows.checks.commands.lanes import Lanes

GIB = 1024**3


class Work:
    """Counts what is at work at once; each piece gives way some times before it ends."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.now = self.most = 0

    async def __call__(self, number: int) -> int:
        self.begun.append(number)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            for _ in range(5 + 10 * (number % 2)):
                await asyncio.sleep(0)
            if number == 13:
                raise ValueError("thirteen")
        finally:
            self.now -= 1
            self.ended.append(number)
        return number * number


@pytest.mark.parametrize(("spare", "items", "most"), [(0, 5, 1), (1, 5, 2), (3, 2, 2), (3, 9, 4), (2, 1, 1), (2, 0, 0)])
async def test_one_runs_anyway_and_as_many_beside_it_as_there_are_lanes(spare: int, items: int, most: int) -> None:
    lanes, work = Lanes(spare), Work()
    assert await lanes.each(range(items), work) == [number * number for number in range(items)]
    assert (work.begun, work.most) == (list(range(items)), most)
    assert lanes.spare == spare


@pytest.mark.parametrize(
    ("free", "each", "most"),
    [(12, 4, 4), (11, 4, 3), (28, 16, 2), (28, 15, 2), (12, 16, 1), (60, 16, 4), (60, 1, 4), (0, 8, 1)],
)
async def test_only_as_many_run_at_once_as_have_the_memory_that_each_may_take(free: int, each: int, most: int) -> None:
    lanes, work = Lanes(3, free * GIB), Work()
    await lanes.each(range(9), work, memory=each * GIB)
    assert work.most == most
    assert lanes == Lanes(3, free * GIB)


async def test_runs_share_the_memory_beside() -> None:
    lanes, first, second = Lanes(3, 12 * GIB), Work(), Work()
    await asyncio.gather(lanes.each(range(6), first, memory=6 * GIB), lanes.each(range(6), second, memory=4 * GIB))
    assert (first.most, second.most) == (2, 2)
    assert lanes == Lanes(3, 12 * GIB)


async def test_runs_share_the_lanes_beside_and_each_has_one_of_its_own() -> None:
    lanes, first, second = Lanes(1), Work(), Work()
    await asyncio.gather(lanes.each(range(6), first), lanes.each(range(6), second))
    assert sorted([first.most, second.most]) == [1, 2]
    assert lanes.spare == 1


async def test_where_one_fails_nothing_more_is_begun_and_nothing_is_left_at_work() -> None:
    lanes, work = Lanes(1), Work()
    with pytest.raises(ValueError, match="thirteen"):
        await lanes.each([13, 1, 2, 4, 6], work)
    assert work.now == 0
    assert work.begun == [13, 1]
    assert lanes.spare == 1


async def test_who_is_cancelled_leaves_nothing_at_work() -> None:
    lanes, work = Lanes(2), Work()
    task = asyncio.create_task(lanes.each(range(9), work))
    while not work.begun:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (work.now, lanes.spare) == (0, 2)
    assert len(work.begun) <= 3


def test_a_machine_has_at_least_the_lane_that_each_run_has() -> None:
    lanes = Lanes.of_machine()
    assert 0 <= lanes.spare <= 3
    assert lanes.memory is not None
    assert lanes.memory >= lanes.spare * 4 * GIB
