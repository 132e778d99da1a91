"""A step that died twice is made with nothing beside it, the most suspected first."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.postgres import postgres, postgres_url
from workflows.cluster.shutdown import Gate
from workflows.engine.suspicion import CLEAR, MOST_DEATHS, Rank, StepRoom, by_turns, deaths_alone, rank
from workflows.store.database import Store
from workflows.store.records import StepRun
from workflows.values import StepStatus

__all__ = ["postgres", "postgres_url"]


def attempts(*deaths: str) -> list[StepRun]:
    return [
        StepRun("r", 0, 1, number, "shaky", StepStatus.INTERRUPTED, death=death)
        for number, death in enumerate(deaths, 1)
    ]


@pytest.mark.parametrize(
    ("deaths", "expected"),
    [
        ((), CLEAR),
        (("company",), CLEAR),
        (("alone",), CLEAR),
        (("company", "company"), (0, 2)),
        (("company", "alone"), (1, 2)),
        (("company", "", "company"), (0, 2)),
        (("company", "company", "excused"), CLEAR),
        (("company", "excused", "company", "alone"), (1, 2)),
        (("alone",) * MOST_DEATHS, CLEAR),
    ],
)
def test_what_speaks_against_a_step_is_how_often_it_died_since_it_got_on(
    deaths: tuple[str, ...], expected: Rank
) -> None:
    assert rank(attempts(*deaths)) == expected


def test_only_deaths_alone_are_held_against_a_run() -> None:
    assert deaths_alone(attempts(*["company"] * 40)) == 0
    assert deaths_alone(attempts("alone", "company", "alone")) == 2
    assert deaths_alone(attempts("alone", "excused", "alone")) == 1


class Watched:
    """Steps in a room, each of which lasts until it is told to end."""

    def __init__(self, room: StepRoom) -> None:
        self.room = room
        self.gate = Gate()
        self.inside: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def comes(self, name: str, rank: Rank = CLEAR) -> asyncio.Task[None]:
        self._ends[name] = asyncio.Event()
        task = asyncio.create_task(self._make(name, rank))
        self._tasks.append(task)
        return task

    async def _make(self, name: str, rank: Rank) -> None:
        async with self.room.entered(rank, self.gate.boundary):
            self.inside.append(name)
            await self._ends[name].wait()
            self.inside.remove(name)

    async def then(self, *inside: str) -> None:
        """What is in it is exactly that, and stays so."""
        while self.inside != list(inside):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.15)
        assert self.inside == list(inside)

    def ends(self, name: str) -> None:
        self._ends[name].set()

    async def over(self) -> None:
        await asyncio.gather(*self._tasks)


async def test_steps_that_nothing_speaks_against_are_made_side_by_side() -> None:
    seen = Watched(StepRoom())
    seen.comes("a")
    seen.comes("b")
    await seen.then("a", "b")
    seen.ends("a")
    seen.ends("b")
    await seen.over()


async def test_one_that_is_suspected_waits_for_those_at_work_and_then_keeps_out_all_others() -> None:
    seen = Watched(StepRoom(gather_seconds=0))
    seen.comes("at work")
    await seen.then("at work")
    seen.comes("little", (0, 2))
    seen.comes("much", (1, 3))
    seen.comes("fresh")
    await seen.then("at work")
    seen.ends("at work")
    await seen.then("much")
    seen.ends("much")
    await seen.then("little")
    seen.ends("little")
    await seen.then("fresh")
    seen.ends("fresh")
    await seen.over()


async def test_the_first_one_suspected_waits_until_the_others_may_have_come() -> None:
    seen = Watched(StepRoom(gather_seconds=0.3))
    seen.comes("little", (0, 2))
    await asyncio.sleep(0)
    seen.comes("much", (1, 3))
    await seen.then("much")
    seen.ends("much")
    seen.ends("little")
    await seen.over()


async def test_who_waits_leaves_when_the_process_is_to_end() -> None:
    seen = Watched(StepRoom(gather_seconds=0))
    seen.comes("alone", (1, 2))
    await seen.then("alone")
    waiting = seen.comes("waiting")
    await asyncio.sleep(0)
    seen.gate.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    seen.ends("alone")


async def test_of_several_workers_one_at_a_time_makes_a_suspected_step(postgres_url: str) -> None:
    stores = [Store(postgres_url) for _ in range(2)]
    seen: list[str] = []
    first_may_end = asyncio.Event()

    async def make(store: Store, name: str, rank: Rank = (0, 2), most: float = 60.0) -> None:
        async with by_turns(store, rank, Gate().boundary, 0.01, most):
            seen.append(name)
            if name == "first":
                await first_may_end.wait()

    first = asyncio.create_task(make(stores[0], "first"))
    while not seen:
        await asyncio.sleep(0.01)
    await make(stores[1], "not suspected", CLEAR)
    await make(stores[1], "impatient", most=0.1)  # who has the turn may be frozen
    second = asyncio.create_task(make(stores[1], "second"))
    await asyncio.sleep(0.3)
    assert seen == ["first", "not suspected", "impatient"]
    first_may_end.set()
    await asyncio.gather(first, second)
    assert seen[-1] == "second"
    gate = Gate()
    gate.close()
    with pytest.raises(asyncio.CancelledError):
        async with by_turns(stores[0], (0, 2), gate.boundary, 60.0):
            pass
    for store in stores:
        store.close()
