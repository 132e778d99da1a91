"""What the engine lost is asked for again, what it gave up on ends, and whoever waits in line is not asked about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.fakes.toy_workflow import RememberingReporter
from workflows.runs.control import Asker, Runs
from workflows.runs.mending import find_lost, mend
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.values import Options, RunStatus

Look = Callable[..., Awaitable[list[str]]]
LOOKS = pytest.mark.parametrize("look", [mend, find_lost])


@dataclass
class Engine:
    """Says of every segment what it is given to say, and writes down what is asked of it."""

    says: str | None
    asked: list[tuple[str, int, str, str]] = field(default_factory=list)
    about: int = 0

    async def enqueue(self, run_id: str, segment: int, key: str, machine: str = "") -> None:
        self.asked.append((run_id, segment, key, machine))

    async def cancel(self, run_id: str, segment: int) -> None: ...

    async def known(self, run_id: str, segment: int) -> str | None:
        self.about += 1
        return self.says


async def at_work(control: Runs, **columns: Any) -> Run:
    about: dict[str, Any] = {"repository": "r", "title": "t", "inputs": {"machine": "here"}, "options": Options()}
    run = await control.start("toy", asker=Asker("me", "test"), **about)
    await control.store.write(runs.update_run, run.id, **{"status": RunStatus.RUNNING, "current_step": "b", **columns})
    return await control.store.read(runs.get_run, run.id)


@LOOKS
@pytest.mark.parametrize("says", [None, "CANCELLED"])
async def test_a_segment_that_was_lost_or_set_aside_is_asked_for_where_it_stopped(
    control: Runs, look: Look, says: str | None
) -> None:
    run, engine, told = await at_work(control), Engine(says), RememberingReporter()
    assert await look(control.store, engine, told) == [run.id]
    assert engine.asked == [(run.id, run.segment, "b", "here")]
    assert told.calls == []


@LOOKS
@pytest.mark.parametrize("says", ["PENDING", "ENQUEUED", "DELAYED"])
async def test_what_is_on_its_way_is_left_alone(control: Runs, look: Look, says: str) -> None:
    run, engine = await at_work(control), Engine(says)
    assert await look(control.store, engine, RememberingReporter()) == []
    assert engine.asked == []
    assert (await control.store.read(runs.get_run, run.id)).status is RunStatus.RUNNING


@LOOKS
@pytest.mark.parametrize("says", ["ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"])
async def test_what_the_engine_gave_up_on_ends_with_its_word_and_is_told_once(
    control: Runs, look: Look, says: str
) -> None:
    run, engine, told = await at_work(control), Engine(says), RememberingReporter()
    for _ in range(2):
        await look(control.store, engine, told)
    ended = await control.store.read(runs.get_run, run.id)
    assert ended.status is RunStatus.FAILED
    assert says.lower().replace("_", " ") in ended.error_text
    assert told.calls == [("ended", run.id)]


async def test_what_has_ended_while_nobody_looks_is_ended_at_the_start_alone(control: Runs) -> None:
    """A segment that went to its end may be about to write down what comes next: only at the start nobody does."""
    run, engine, told = await at_work(control), Engine("SUCCESS"), RememberingReporter()
    assert await find_lost(control.store, engine, told) == []
    assert await mend(control.store, engine, told) == [run.id]
    assert told.calls == [("ended", run.id)]


@LOOKS
@pytest.mark.parametrize(
    "columns",
    [
        {"status": RunStatus.WAITING},
        {"status": RunStatus.COMPLETED},
        {"status": RunStatus.PENDING, "segment": 5},
    ],
)
async def test_who_waits_or_has_ended_is_not_asked_about(control: Runs, look: Look, columns: dict[str, Any]) -> None:
    await at_work(control, **columns)
    engine = Engine(None)
    assert await look(control.store, engine, RememberingReporter()) == []
    assert (engine.about, engine.asked) == (0, [])
