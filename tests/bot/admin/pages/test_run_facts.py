"""The timeline of a run: where each attempt stands, and how long nothing was done before it."""

from __future__ import annotations

from dataclasses import replace

from bot.admin.pages.run_facts import bars_of
from workflows.store.records import DefinitionRecord, Run, Snapshot, StepRun
from workflows.values import Options, RunStatus, Spent, StepStatus

BEGAN = 1000.0

Row = tuple[int, int, int, float]


def timeline(*attempts: tuple[str, float, float | None]) -> list[Row]:
    """Of each attempt in percent of the run: what is empty before it, where it begins, its length; and the seconds."""
    run = Run("r", "w", 1, RunStatus.COMPLETED, "o/r", "t", {}, Options(), {}, "a", 0, 0)
    run = replace(run, created_at=BEGAN, ended_at=1100.0)
    steps = tuple(
        StepRun("r", 0, number, 1, key, StepStatus.COMPLETED, started_at=begin, ended_at=end)
        for number, (key, begin, end) in enumerate(attempts)
    )
    shape = DefinitionRecord("w", 1, "d", steps=(("one", "One"), ("two", "Two")))
    bars = bars_of(Snapshot(run, shape, steps, None, Spent()), 1100.0)
    return [(round(bar.waited), round(bar.begins), round(bar.length), bar.waited_seconds) for bar in bars]


def test_what_a_run_waits_in_line_stands_before_its_first_step() -> None:
    assert timeline(("one", 1020, 1060), ("two", 1060, 1100)) == [(20, 20, 40, 20.0), (0, 60, 40, 0.0)]


def test_a_wait_between_two_steps_stands_before_the_second() -> None:
    assert timeline(("one", 1000, 1010), ("two", 1060, 1100)) == [(0, 0, 10, 0.0), (50, 60, 40, 50.0)]


def test_steps_side_by_side_do_not_wait_for_each_other() -> None:
    assert timeline(("one", 1000, 1080), ("two", 1010, 1030), ("one", 1090, None)) == [
        (0, 0, 80, 0.0),
        (0, 10, 20, 0.0),
        (10, 90, 10, 10.0),
    ]


def test_a_clock_that_was_put_back_draws_nothing_outside() -> None:
    ((waited, begins, length, seconds),) = timeline(("one", 900, 950))
    assert (waited, begins, length, seconds) == (0, 0, 50, 0.0)
