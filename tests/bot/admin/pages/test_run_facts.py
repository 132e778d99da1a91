"""The timeline of a run: where each attempt stands, and how long nothing was done before it."""

from __future__ import annotations

from dataclasses import replace

from bot.admin.pages.run_facts import Bar, bars_of
from workflows.store.records import DefinitionRecord, Run, Snapshot, StepRun
from workflows.values import Options, RunStatus, Spent, StepStatus

BEGAN = 1000.0

Row = tuple[int, int, int, float]


def timeline(*attempts: tuple[str, float, float | None]) -> list[Row]:
    """Of each attempt in percent of the run: what is empty before it, where it begins, its length; and the seconds."""
    bars = bars_at(1100.0, *((key, begin, end, StepStatus.COMPLETED) for key, begin, end in attempts))
    return [(round(bar.waited), round(bar.begins), round(bar.length), bar.waited_seconds) for bar in bars]


def bars_at(
    now: float, *attempts: tuple[str, float, float | None, StepStatus], ended: float | None = 1100.0
) -> list[Bar]:
    run = Run("r", "w", 1, RunStatus.COMPLETED, "o/r", "t", {}, Options(), {}, "a", 0, 0)
    run = replace(run, created_at=BEGAN, ended_at=ended)
    steps = tuple(
        StepRun("r", 0, number, 1, key, status, started_at=begin, ended_at=end)
        for number, (key, begin, end, status) in enumerate(attempts)
    )
    shape = DefinitionRecord("w", 1, "d", steps=(("one", "One"), ("two", "Two")))
    return bars_of(Snapshot(run, shape, steps, None, Spent()), now)


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


def test_a_wait_for_an_answer_is_as_long_as_it_was_and_hides_no_wait_behind_it() -> None:
    done, waiting = StepStatus.COMPLETED, StepStatus.WAITING
    attempts = (("one", 1000, 1010, done), ("two", 1010, None, waiting), ("one", 1060, 1080, done))
    bars = bars_at(2000.0, *attempts, ("two", 1090, 1100, done))
    assert [(round(bar.begins), round(bar.length), bar.seconds) for bar in bars] == [
        (0, 10, 10),
        (10, 50, 50),
        (60, 20, 20),
        (90, 10, 10),
    ]
    assert [bar.waited_seconds for bar in bars] == [0, 0, 0, 10]
    assert [bar.words for bar in bars[:2]] == ["completed, 10 s", "waited for an answer, 50 s"]


def test_a_wait_that_is_open_grows_and_one_that_the_run_ended_in_does_not() -> None:
    attempts = (("one", 1000, 1010, StepStatus.COMPLETED), ("two", 1010, None, StepStatus.WAITING))
    *_, still = bars_at(1110.0, *attempts, ended=None)
    assert (still.words, still.seconds) == ("waits for an answer, 1 min 40 s", 100)
    *_, over = bars_at(9000.0, *attempts, ended=1020.0)
    assert (over.words, over.seconds) == ("waited for an answer, 10 s", 10)


def test_of_an_attempt_that_died_it_is_said_how_long_it_was_heard_of() -> None:
    (bar,) = bars_at(1100.0, ("one", 1000, 1090, StepStatus.INTERRUPTED))
    assert bar.words == "interrupted, last heard of 1 min 30 s after it began"
