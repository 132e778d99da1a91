"""A step that was stopped in order is made again, as often as that happens; one that crashes is not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.walking import ME, Desk
from workflows.cluster.shutdown import Gate
from workflows.store.cluster import deaths
from workflows.store.records import StepRun
from workflows.store.run_rows import steps
from workflows.values import Options


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def stopped(desk: Desk, *, in_order: bool) -> None:
    """A process takes the step `shaky`, and ends in the middle of it."""
    gate = Gate()
    run_id, segment, _ = desk.engine.asked[-1]
    before = len(desk.log)
    walk = asyncio.create_task(replace(desk.walker, gate=gate).take(run_id, segment, 1, "shaky"))
    while len(desk.log) == before:
        await asyncio.sleep(0.01)
    if in_order:
        gate.close()
    walk.cancel()
    with pytest.raises(asyncio.CancelledError):
        await walk


async def attempts(desk: Desk) -> list[StepRun]:
    run_id, segment, _ = desk.engine.asked[-1]
    return await desk.walker.store.read(steps.attempts_at, run_id, segment, 1)


async def test_any_number_of_deploys_does_not_end_a_long_step(desk: Desk) -> None:
    await _begun(desk)
    for _ in range(7):
        await stopped(desk, in_order=True)
    (desk.folder / "hang").unlink()
    run = await desk.walk()
    assert run.status == "completed"
    assert [one.status.value for one in await attempts(desk)] == ["handed_over"] * 7 + ["completed"]
    assert (desk.folder / "tree").read_text() == "124", "each attempt began with the same tree"


async def test_a_step_that_was_killed_too_often_is_not_tried_again(desk: Desk) -> None:
    await _begun(desk)
    for number in range(7):
        await stopped(desk, in_order=number == 0)
        await desk.walker.store.write(deaths.judge_all, desk.walker.worker)
        if len(await attempts(desk)) == 6:
            break
    run = await desk.walk()
    assert run.status == "failed"
    assert "ended 5 times" in run.error_text


async def test_nothing_begins_once_the_gate_is_closed() -> None:
    gate = Gate()
    with gate.step("r1"):
        gate.boundary()
        assert gate.at_work == {"r1"}
        gate.close()
        with pytest.raises(asyncio.CancelledError):
            gate.boundary()
        assert gate.at_work == {"r1"}
    assert not gate.at_work
    with pytest.raises(asyncio.CancelledError), gate.step("r2"):
        raise AssertionError("it may not begin")


async def _begun(desk: Desk) -> None:
    """A run that has come to the step `shaky`, which never ends by itself."""
    (desk.folder / "hang").touch()
    run = await desk.runs.start(
        "toy", repository="r", title="t", inputs={}, options=Options(), asker=ME, active_key="r#1"
    )
    await desk.walker.take(run.id, 0, 0, "first")
