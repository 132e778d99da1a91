"""A list of runs says how far each is as its own page does."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.view.run_view import view_of
from tests.fakes.visiting import ALICES, house
from workflows.registry import definitions
from workflows.store.records import StepRun
from workflows.store.run_rows import runs, steps
from workflows.store.web import run_progress
from workflows.values import RunStatus, StepStatus

KEYS = [item.key for item in definitions()["issue_to_pr"].items]
TITLES = {item.key: item.title for item in definitions()["issue_to_pr"].items}
DONE, SKIPPED, FAILED, RUNNING = StepStatus.COMPLETED, StepStatus.SKIPPED, StepStatus.FAILED, StepStatus.RUNNING


@pytest.mark.parametrize(
    ("walk", "at", "status", "percent"),
    [
        ([], 0, RunStatus.PENDING, 0),
        ([DONE, DONE, RUNNING], 2, RunStatus.RUNNING, 13),
        ([DONE, SKIPPED, DONE, DONE, RUNNING], 4, RunStatus.RUNNING, 27),
        ([DONE, DONE, DONE, DONE, FAILED], 1, RunStatus.RUNNING, 13),
        ([DONE] * len(KEYS), len(KEYS) - 1, RunStatus.RUNNING, 100),
    ],
)
async def test_it_is_the_percent_of_the_runs_own_page(
    tmp_path: Path, walk: list[StepStatus], at: int, status: RunStatus, percent: int
) -> None:
    async with house(tmp_path) as opened, opened.signed_in("alice") as alice:
        opened.run("r1", ALICES, status, step=KEYS[at])
        store = opened.store
        store.write_now(lambda db: db.exec_driver_sql("DELETE FROM workflow_steps"))
        for number, each in enumerate(walk):
            store.write_now(steps.begin_step, StepRun("r1", 0, number, 1, KEYS[number], each))
        shown = view_of(store.read_now(runs.snapshot, "r1"), time.time()).percent
        assert store.read_now(run_progress.percents, ["r1"]) == {"r1": shown} == {"r1": percent}
        page = (await alice.get("/admin")).text
        assert f"{percent}&nbsp;%" in page
        assert store.read_now(run_progress.now_at, ["r1"]) == {"r1": TITLES[KEYS[at]]}
        assert f"<td>{TITLES[KEYS[at]]}" in page


@pytest.mark.parametrize("asks", ["approval", "question"])
async def test_a_step_that_waits_counts_once_it_is_answered(tmp_path: Path, asks: str) -> None:
    async with house(tmp_path) as opened:
        opened.run("r1", ALICES, RunStatus.WAITING, asks=asks, step=KEYS[0])
        opened.run("r2", ALICES, RunStatus.PENDING, step=KEYS[1])
        opened.store.write_now(steps.begin_step, StepRun("r2", 1, 0, 1, KEYS[0], StepStatus.WAITING))
        for name in ("r1", "r2"):
            shown = view_of(opened.store.read_now(runs.snapshot, name), time.time()).percent
            assert opened.store.read_now(run_progress.percents, [name]) == {name: shown}


async def test_what_has_ended_shows_none(tmp_path: Path) -> None:
    async with house(tmp_path) as opened, opened.signed_in("alice") as alice:
        opened.run("r1", ALICES, RunStatus.COMPLETED)
        assert "&nbsp;%" not in (await alice.get("/admin")).text.split("<table")[1]
