"""Steps that run at once as people see them: each by itself, and all of them by one title while they are at work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.api.forms import whole
from bot.view.run_view import RunView, view_of
from tests.fakes.walking import ME, Desk
from workflows.store.records import Run, StepRun
from workflows.store.run_rows import runs, steps
from workflows.store.web import run_progress
from workflows.values import StepStatus, Why


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.walker.store.close()


async def seen(desk: Desk, run: Run) -> RunView:
    return view_of(await desk.walker.store.read(runs.snapshot, run.id), time.time())


async def at_work(desk: Desk, run: Run, *rows: StepRun) -> Run:
    """The run with its members under way, with these last attempts."""
    for row in rows:
        await desk.walker.store.write(steps.begin_step, row)
    columns = {"status": "running", "current_step": "both", "segment": 1, "ended_at": None}
    await desk.walker.store.write(runs.update_run, run.id, **columns)
    return await desk.run(run.id)


def attempt(run_id: str, key: str, status: StepStatus, **more: object) -> StepRun:
    return StepRun(run_id, 1, 1 if key == "left" else 2, 1, key, status, **more)  # type: ignore[arg-type]


async def test_each_is_a_row_of_its_own_that_says_what_it_runs_with(desk: Desk) -> None:
    run = await desk.start("pair")
    run = await at_work(
        desk,
        run,
        attempt(run.id, "left", StepStatus.RUNNING, summary="looking"),
        attempt(run.id, "right", StepStatus.COMPLETED, summary="seen"),
    )
    view = await seen(desk, run)
    assert [(row.key, row.state, row.detail, row.beside) for row in view.steps] == [
        ("first", "completed", "began", ""),
        ("left", "running", "looking", "both"),
        ("right", "completed", "seen", "both"),
        ("last", "pending", "", ""),
    ]
    assert (view.headline, view.step, view.step_title) == ("At work: Look at both", "both", "Look at both")
    assert await desk.walker.store.read(run_progress.percents, [run.id]) == {run.id: view.percent} == {run.id: 50}
    assert await desk.walker.store.read(run_progress.now_at, [run.id]) == {run.id: "Look at both"}
    told = whole(await desk.walker.store.read(runs.snapshot, run.id))
    assert [(row.key, row.beside) for row in told.steps] == [
        ("first", None),
        ("left", "both"),
        ("right", "both"),
        ("last", None),
    ]


async def test_a_run_rests_only_where_nothing_of_them_is_at_work(desk: Desk) -> None:
    again = {"again_in": 5.0, "why": Why.PASSING, "number": 2, "of": 3}
    run = await desk.start("pair")
    waits = attempt(run.id, "left", StepStatus.FAILED, reason="busy", next=again)
    run = await at_work(desk, run, waits, attempt(run.id, "right", StepStatus.RUNNING))
    view = await seen(desk, run)
    assert view.headline == "At work: Look at both"
    assert view.steps[1].detail == "busy; trying again in 5.0 s (2 of 3)"
    ended = attempt(run.id, "right", StepStatus.COMPLETED)
    await desk.walker.store.write(steps.update_step, ended, status=StepStatus.COMPLETED)
    assert (await seen(desk, run)).headline == "To be tried again: Look at both"


async def test_of_a_run_that_was_aborted_no_member_is_said_to_be_tried_again(desk: Desk) -> None:
    again = {"again_in": 300.0, "why": Why.PASSING, "number": 2, "of": 3}
    run = await desk.start("pair")
    waits = attempt(run.id, "left", StepStatus.FAILED, reason="busy", next=again)
    run = await at_work(desk, run, waits, attempt(run.id, "right", StepStatus.RUNNING))
    await desk.runs.abort(run.id, asker=ME)
    view = await seen(desk, run)
    assert [(row.state, row.detail) for row in view.steps[1:3]] == [("failed", "busy"), ("aborted", "")]


async def test_a_failure_is_told_with_the_member_and_what_it_printed(desk: Desk) -> None:
    (desk.folder / "right.fail").touch()
    run = await desk.start("pair")
    view = await seen(desk, run)
    assert view.sentence == "Failed at 'right' (Right): right did not work"
    assert (view.output, view.replies[:1]) == ("the end", ("/retry right",))
    assert "/skip" in view.replies
    await desk.runs.abort((await desk.runs.resume(run.id, asker=ME)).id, asker=ME)
    assert "(at 'right': Right)" in (await seen(desk, run)).sentence
