"""The line over real databases: places are given once, fairly, and what is at work is what has one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.postgres import postgres, postgres_url
from tests.fakes.tables import make_tables
from tests.fakes.toy_workflow import TOY, RememberingReporter
from workflows.engine.admission import LOCAL, Admission, Freeing, RunLimits
from workflows.runs.control import Asker, Runs
from workflows.store.database import Store
from workflows.store.records import Question, Run
from workflows.store.run_rows import runs, waits
from workflows.store.run_rows.line import run_queue
from workflows.store.run_rows.line.fairness import AtOnce
from workflows.values import Options, RunStatus

__all__ = ["postgres", "postgres_url"]

ME = Asker("me", "test")


class Heard:
    """An engine that only writes down what it was asked for; what is in `deaf` does not reach it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.cancelled: list[str] = []
        self.questions = 0
        self.deaf: set[str] = set()

    async def enqueue(self, run_id: str, segment: int, key: str, machine: str = "") -> None:
        if run_id not in self.deaf:
            self.asked.append(f"{run_id}-{segment}")

    async def cancel(self, run_id: str, segment: int) -> None:
        self.cancelled.append(f"{run_id}-{segment}")

    async def known(self, run_id: str, segment: int) -> str | None:
        self.questions += 1
        return "ENQUEUED" if f"{run_id}-{segment}" in self.asked else None


class Office:
    """Runs with two places, of which a repository may have one."""

    def __init__(self, store: Store) -> None:
        self.store, self.engine, self.reporter = store, Heard(), RememberingReporter()
        self.places = 2
        self.runs = self.under(RunLimits(lambda db: self.places, AtOnce(repository=1)))

    def under(self, limits: RunLimits) -> Runs:
        return Runs(self.store, self.engine, {"toy": TOY}, self.reporter, limits)

    async def start(self, repository: str, runner: Runs | None = None, **inputs: object) -> str:
        run = await (runner or self.runs).start(
            "toy", repository=repository, title="t", inputs=inputs, options=Options(), asker=ME
        )
        return run.id

    async def end(self, run_id: str) -> None:
        await self.store.write(runs.update_run, run_id, status=RunStatus.COMPLETED)
        await self.runs.admit()

    async def run(self, run_id: str) -> Run:
        return await self.store.read(runs.get_run, run_id)

    @property
    def began(self) -> list[str]:
        return [name.rpartition("-")[0] for name in self.engine.asked]


@pytest.fixture(params=["sqlite", "postgres"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    sqlite = f"sqlite:///{tmp_path / 'app.sqlite'}"
    store = Store(sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    make_tables(store)
    yield Office(store)
    store.close()


async def test_the_engine_hears_of_a_run_when_there_is_a_place_and_not_before(office: Office) -> None:
    crowd = [await office.start("crowd") for _ in range(4)]
    assert office.began == crowd[:1]
    small = await office.start("small")
    other = await office.start("other")
    assert office.began == [crowd[0], small]
    assert (await office.run(crowd[1])).in_line
    assert not (await office.run(small)).in_line
    await office.end(crowd[0])
    assert office.began == [crowd[0], small, other]
    await office.end(small)
    assert office.began == [crowd[0], small, other, crowd[1]]
    assert await office.store.read(run_queue.front, 9) == crowd[2:]
    assert await office.store.read(run_queue.before, crowd[3], 9) == 1
    assert await office.store.read(run_queue.before, crowd[3], 0) is None
    shown = [(await office.store.read(runs.snapshot, run)).before for run in (crowd[1], crowd[2], crowd[3])]
    assert shown == [None, 0, 1]


async def test_who_goes_on_comes_before_who_is_fresh(office: Office) -> None:
    busy, fresh, waiting = [await office.start("crowd") for _ in range(3)]
    await office.store.write(waits.ask, Question(waiting, 0, "shaky", "question", "which?", "", "keep", 0.0))
    await office.store.write(runs.update_run, waiting, status=RunStatus.WAITING, admitted=0)
    await office.runs.answer(waiting, "this one", asker=ME)
    assert office.began == [busy]
    await office.end(busy)
    await office.end(waiting)
    assert office.engine.asked == [f"{busy}-0", f"{waiting}-1", f"{fresh}-0"]


async def test_a_run_that_is_aborted_in_line_leaves_it_and_the_engine_is_not_asked(office: Office) -> None:
    busy, gone = [await office.start("crowd") for _ in range(2)]
    (place,) = await office.store.read(run_queue.in_line, 9)
    await office.runs.abort(gone, asker=ME)
    assert not await office.store.write(run_queue.admit, place)
    await office.end(busy)
    assert (office.began, office.engine.cancelled) == ([busy], [])


async def test_an_installation_has_a_limit_of_its_own_and_local_runs_have_none(office: Office) -> None:
    office.places = 9
    runner = office.under(RunLimits(lambda db: 9, AtOnce(installation=2)))
    ours = [await office.start(f"r{n}", runner, installation=7) for n in range(3)]
    theirs = await office.start("r9", runner, installation=8)
    here = [await office.start("/a", runner) for _ in range(3)]
    assert office.began == [*ours[:2], theirs, *here]
    assert (await office.run(theirs)).installation == "8"


async def test_many_who_admit_at_once_give_each_place_once(office: Office) -> None:
    office.places = 0
    for number in range(6):
        await office.start(f"r{number}")
    office.places = 3
    await asyncio.gather(*(office.runs.admit() for _ in range(4)))
    assert len(office.engine.asked) == len(set(office.engine.asked)) == 3


async def test_on_the_command_line_nobody_waits_and_what_is_a_servers_stays_in_line(office: Office) -> None:
    office.places = 0
    server = [await office.start("crowd", installation=7) for _ in range(2)]
    runner = office.under(LOCAL)
    mine = [await office.start("/a", runner) for _ in range(3)]
    assert office.began == mine
    await runner.admit(server[1])
    assert office.began == [*mine, server[1]]


async def test_what_the_engine_never_heard_of_is_found_and_who_waits_is_not_asked_for(office: Office) -> None:
    for _ in range(5):
        await office.start("crowd")
    lost = (await office.store.read(runs.list_at_work))[0].id
    office.engine.asked.clear()
    assert await office.runs.mend() == [lost]
    assert office.began == [lost]
    assert office.engine.questions == 1


async def test_a_place_that_is_free_is_given_at_once(office: Office) -> None:
    waker = Admission(look_seconds=60.0)
    office.runs = Runs(
        office.store, office.engine, {"toy": TOY}, Freeing(office.reporter, waker.wake), office.runs.limits
    )
    first, second = [await office.start("crowd") for _ in range(2)]
    task = asyncio.create_task(waker.run(office.runs))
    async with asyncio.timeout(30):
        await asyncio.sleep(0.1)
        await office.runs.abort(first, asker=ME)
        while office.began != [first, second]:
            await asyncio.sleep(0.01)
    task.cancel()
