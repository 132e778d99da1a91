"""The clean-up on a real installation: what may go is gone, what is still shown can be shown, and says what is gone."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import make_retention
from bot.cli.cleaning import amount, told
from bot.local.detached import detached
from bot.terminal.show import diff_of, show_run
from sandbox.trees.rollback import Mode
from tests.fakes.finished_run import RUN, FinishedRun, finished_run
from workflows.errors import RunError
from workflows.retention.clean_up import DAY, due_at
from workflows.retention.leftovers import Freed
from workflows.runs.undoing.rollback import plan_undoing
from workflows.store import run_events
from workflows.store.audit import Asker
from workflows.store.run_events import Cursor
from workflows.store.run_rows import runs
from workflows.values import RunStatus


@pytest.fixture
def done(tmp_path: Path) -> Iterator[FinishedRun]:
    with finished_run(tmp_path, RunStatus.FAILED) as run:
        run.store.write_now(runs.update_run, RUN, status=RunStatus.FAILED, ended_at=time.time())
        yield run


FEED = "changes in the feed"


async def clean(done: FinishedRun, days: float, *, dry_run: bool = False) -> dict[str, int]:
    """What is cleaned up so many days from now."""
    retention = make_retention(done.settings, done.store)
    freed = await retention.clean(now=time.time() + days * DAY, dry_run=dry_run)
    return {one.what: one.number for one in freed if one.number and one.what != FEED}


async def test_the_files_of_a_run_go_first_and_come_back_where_they_are_needed(done: FinishedRun) -> None:
    scratch = done.settings.data / "scratch" / f"{RUN}-check-0123456789ab"
    (scratch / "tree").mkdir(parents=True)
    os.utime(scratch, (1, 1))
    tree = done.tree
    assert await clean(done, 2, dry_run=True) == {"scratch trees": 1}
    assert await clean(done, 4, dry_run=True) == {"workspaces": 1, "scratch trees": 1}
    assert done.tree == tree
    assert await clean(done, 4) == {"workspaces": 1, "scratch trees": 1}
    assert await clean(done, 4) == {}
    assert list((done.settings.data / "workspaces").iterdir()) == []
    assert "return a + b" in diff_of(done.settings, RUN, None)
    await done.services.workspaces.take_up(done.run, done.services.ledger.last_mark(RUN))
    assert done.tree == tree


async def test_a_tree_in_which_a_box_nested_directories_without_end_goes_as_others_do(done: FinishedRun) -> None:
    scratch = done.settings.data / "scratch" / f"{RUN}-check-0123456789ab"
    place = scratch / "tree"
    place.mkdir(parents=True)
    here = os.open(place, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    assert await clean(done, 4) == {"workspaces": 1, "scratch trees": 1}
    assert not scratch.exists()


async def test_the_feed_keeps_a_week_and_its_newest_row(done: FinishedRun) -> None:
    retention = make_retention(done.settings, done.store)
    there = len(done.store.read_now(run_events.since, Cursor()).events)

    async def gone(days: float, *, dry_run: bool = False) -> int:
        freed = await retention.clean(now=time.time() + days * DAY, dry_run=dry_run)
        return next(one.number for one in freed if one.what == FEED)

    assert await gone(6) == 0
    assert await gone(8, dry_run=True) == await gone(8) == there - 1
    assert await gone(8) == 0


@pytest.mark.parametrize("status", [RunStatus.RUNNING, RunStatus.WAITING])
async def test_a_run_that_is_not_over_keeps_everything(done: FinishedRun, status: RunStatus) -> None:
    done.store.write_now(runs.update_run, RUN, status=status)
    tree = done.tree
    assert await clean(done, 1000) == {}
    assert done.tree == tree
    assert done.services.workspaces.repository(done.run).pinned()


async def test_of_a_run_that_ended_long_ago_its_row_is_left_and_all_else_refuses(done: FinishedRun) -> None:
    assert "implement" in show_run(done.settings, RUN, as_json=False)
    done.store.write_now(runs.insert_run, replace(done.run, id="261120-bbbbb", status=RunStatus.RUNNING))
    freed = await clean(done, 91)
    assert freed == {"runs' steps, transcripts and journals": 1, "workspaces": 1}
    text = show_run(done.settings, RUN, as_json=False)
    assert "add() subtracts" in text
    assert "were cleaned up on" in text
    assert "alice by github: start" in text
    assert "implement" not in text
    assert "pullwright resume" not in text
    assert done.services.workspaces.repository(done.run).pinned() == {}
    refused = pytest.raises(RunError, match=r"were cleaned up on .*Start a new run")
    with refused:
        diff_of(done.settings, RUN, None)
    with refused:
        await plan_undoing(done.services, done.run, Mode.HARD)
    for act in ("resume", "skip"):
        with refused:
            await getattr(detached(done.store), act)(RUN, asker=Asker("you", "cli"))
    with refused:
        await detached(done.store).retry(RUN, "implement", asker=Asker("you", "cli"))
    assert done.store.read_now(runs.get_run, RUN).status is RunStatus.FAILED


async def test_a_mirror_goes_when_no_kept_run_needs_it_and_nobody_has_used_it_for_long(done: FinishedRun) -> None:
    mirrors = done.settings.data / "mirrors"
    damaged = next(mirrors.glob("*.git")).with_name("x.git.damaged-1")
    shutil.copytree(next(mirrors.glob("*.git")), damaged)
    assert "mirrors" not in await clean(done, 6)
    assert (await clean(done, 8))["mirrors"] == 1
    assert not damaged.exists()
    assert (await clean(done, 91))["mirrors"] == 1
    assert list(mirrors.glob("*.git")) == []


async def test_a_night_that_was_missed_is_made_up_for(done: FinishedRun, tmp_path: Path) -> None:
    done.store.write_now(runs.update_run, RUN, status=RunStatus.FAILED, ended_at=time.time() - 4 * DAY)
    retention = replace(make_retention(done.settings, done.store), settling_seconds=0.0)
    note = tmp_path / "cleaned"
    nights = asyncio.create_task(retention.nightly(note))
    async with asyncio.timeout(60):
        while not note.exists():
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)
    assert not nights.done()
    nights.cancel()
    assert done.tree == {}
    assert due_at(note.stat().st_mtime, time.time(), 0.0) > time.time()


def test_what_is_gone_is_told_with_its_size() -> None:
    freed = [Freed("workspaces", 1200, 3_400_000_000), Freed("mirrors", 0), Freed("webhooks", 7)]
    assert list(told(freed, dry_run=False)) == ["Removed:", "    1,200  workspaces, 3.4 GB", "        7  webhooks"]
    assert list(told(freed[1:2], dry_run=True)) == ["There is nothing to clean up."]
    assert [amount(size) for size in (0, 999, 1000, 10**13)] == ["0 bytes", "999 bytes", "1.0 KB", "10.0 TB"]


def test_it_is_done_at_night_or_soon_after_a_start_where_that_was_missed() -> None:
    noon = time.mktime((2026, 11, 21, 12, 0, 0, 0, 0, -1))
    assert due_at(0.0, noon, 600) == noon + 600
    assert due_at(noon - 3600, noon, 600) - noon == pytest.approx(15.25 * 3600, abs=900)
    assert due_at(noon, noon - 10 * 3600, 600) - noon == pytest.approx(-8.75 * 3600, abs=900)
