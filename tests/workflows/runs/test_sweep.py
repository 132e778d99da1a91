"""Questions that nobody answered in time come to their default; nothing else is touched."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.mortal import Death
from tests.fakes.tables import make_tables
from tests.fakes.toy_workflow import TOY, RememberingReporter
from tests.fakes.walking import ME, Desk
from workflows.errors import RunError, TransientError, UserError
from workflows.runs.control import Asker, Runs, record_of
from workflows.runs.sweep import expire_waits, remind, stop_aborted
from workflows.store.database import Store
from workflows.store.records import Question, Run
from workflows.store.run_rows import definition_rows, runs, waits
from workflows.store.tables import waits as table
from workflows.store.tables import workers
from workflows.values import Options, RunStatus

NOW = 1000.0


class NoSegments:
    """An engine that works on nothing."""

    async def enqueue(self, run_id: str, segment: int, key: str, machine: str = "") -> None: ...

    async def cancel(self, run_id: str, segment: int) -> None: ...

    async def known(self, run_id: str, segment: int) -> str | None: ...


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Runs]:
    store = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
    make_tables(store)
    yield Runs(store, NoSegments(), {"toy": TOY}, RememberingReporter())
    store.close()


def waiting(desk: Runs, run_id: str, default: str, expires_at: float | None = NOW - 1) -> None:
    run = Run(run_id, "toy", 1, RunStatus.WAITING, "r", "t", {}, Options(), {}, "approval", 0, 0)
    question = Question(run_id, 0, "approval", "approval", "All right?", "", default, 0.0, expires_at)
    desk.store.write_now(definition_rows.define, record_of(TOY))
    desk.store.write_now(runs.insert_run, run)
    desk.store.write_now(waits.ask, question)


def status(desk: Runs, run_id: str) -> RunStatus:
    return desk.store.read_now(runs.get_run, run_id).status


async def test_what_is_aborted_by_default_is_aborted_when_its_time_is_over(desk: Runs) -> None:
    waiting(desk, "late", "abort")
    assert await expire_waits(desk, NOW) == ["late"]
    run = desk.store.read_now(runs.get_run, "late")
    assert run.status is RunStatus.ABORTED
    assert "in time" in run.error_text


async def test_what_is_approved_by_default_goes_on(desk: Runs) -> None:
    waiting(desk, "late", "approve")
    assert await expire_waits(desk, NOW) == ["late"]
    run = desk.store.read_now(runs.get_run, "late")
    assert (run.status, run.current_step) == (RunStatus.PENDING, "last")


@pytest.mark.parametrize(("default", "expires_at"), [("keep", NOW - 1), ("abort", NOW + 1), ("abort", None)])
async def test_what_may_wait_waits(desk: Runs, default: str, expires_at: float | None) -> None:
    waiting(desk, "early", default, expires_at)
    assert await expire_waits(desk, NOW) == []
    assert status(desk, "early") is RunStatus.WAITING


async def test_nothing_happens_twice(desk: Runs) -> None:
    waiting(desk, "late", "abort")
    await expire_waits(desk, NOW)
    assert await expire_waits(desk, NOW) == []


async def test_a_run_that_went_on_without_the_answer_is_left_alone(desk: Runs) -> None:
    waiting(desk, "retried", "abort")
    desk.store.write_now(runs.update_run, "retried", status=RunStatus.RUNNING, segment=1)
    assert await expire_waits(desk, NOW) == []
    assert status(desk, "retried") is RunStatus.RUNNING


async def test_whoever_answers_in_the_moment_in_which_a_question_expires_has_the_last_word(desk: Runs) -> None:
    waiting(desk, "late", "abort")
    seen = desk.store.read_now(runs.get_run, "late")
    await desk.answer("late", "approve", asker=ME)
    with pytest.raises(RunError, match="has moved on meanwhile"):
        await desk.abort("late", asker=ME, seen=seen)
    assert status(desk, "late") is RunStatus.PENDING


async def test_work_on_a_run_that_another_process_aborted_is_stopped_and_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    runs = [
        await desk.runs.start("toy", repository="r", title="t", inputs={}, options=Options(), asker=ME) for _ in "ab"
    ]
    elsewhere = Runs(desk.walker.store, NoSegments(), {"toy": TOY}, RememberingReporter())
    await elsewhere.abort(runs[0].id, asker=ME)
    assert await stop_aborted(desk.runs, [run.id for run in runs]) == [runs[0].id]
    assert desk.engine.cancelled == [(runs[0].id, 0)]
    assert desk.reporter.calls[-1] == ("ended", runs[0].id)
    desk.walker.store.close()


# --- reminding -------------------------------------------------------------------------------------

DAY = 24 * 3600.0
WORKERS = ("one", "two", "three", "four")


class Mouth:
    """Tells somebody, unless it has lost its voice."""

    def __init__(self, *failures: BaseException) -> None:
        self.failures = list(failures)
        self.told: list[tuple[str, int]] = []

    async def __call__(self, run: Run, question: Question, number: int) -> None:
        if self.failures:
            raise self.failures.pop()
        self.told.append((run.id, number))


def asked_at_the_epoch(desk: Runs) -> None:
    about = {"host": "here", "process": 1, "places": 1, "started_at": 0.0, "seen_at": 0.0}
    desk.store.write_now(lambda db: db.execute(workers.insert(), [{"id": me, **about} for me in WORKERS]))
    waiting(desk, "open", "abort", 7 * DAY)
    desk.store.write_now(lambda db: db.execute(table.update().values(asked_at=0.0)))


async def test_of_several_sweeps_at_once_one_reminds_and_each_reminder_is_said_once(desk: Runs) -> None:
    asked_at_the_epoch(desk)
    mouth = Mouth()
    for day in (0.5, 1.5, 1.6, 4.5, 6.9, 7.5):
        await asyncio.gather(*(remind(desk, mouth, me, day * DAY) for me in WORKERS))
    assert mouth.told == [("open", 1), ("open", 2)]


async def test_what_was_not_said_since_its_teller_died_is_said_by_the_next(desk: Runs) -> None:
    asked_at_the_epoch(desk)
    with pytest.raises(Death):
        await remind(desk, Mouth(Death()), "one", 1.5 * DAY)
    mouth = Mouth()
    assert await remind(desk, mouth, "two", 1.5 * DAY + 30) == [], "it may be saying it still"
    desk.store.write_now(lambda db: db.execute(workers.update().where(workers.c.id == "one").values(left_at=1.0)))
    assert await remind(desk, mouth, "two", 1.5 * DAY + 60) == ["open"]
    assert await remind(desk, mouth, "two", 1.5 * DAY + 90) == []


async def test_what_could_not_be_said_for_the_moment_is_said_later_and_what_never_can_is_left(desk: Runs) -> None:
    asked_at_the_epoch(desk)
    mouth = Mouth(TransientError("GitHub is away."))
    assert await remind(desk, mouth, "one", 1.5 * DAY) == []
    assert await remind(desk, mouth, "two", 1.5 * DAY + 30) == ["open"]
    refused = Mouth(UserError("The issue is locked."))
    for _ in range(2):
        assert await remind(desk, refused, "one", 4.5 * DAY) == []
    assert (mouth.told, refused.told, refused.failures) == ([("open", 1)], [], [])


async def test_nobody_is_reminded_of_what_was_answered_or_of_a_run_that_went_on(desk: Runs) -> None:
    asked_at_the_epoch(desk)
    mouth = Mouth()
    desk.store.write_now(runs.update_run, "open", segment=1)
    await remind(desk, mouth, "one", 1.5 * DAY)
    desk.store.write_now(runs.update_run, "open", segment=0)
    await desk.answer("open", "approve", asker=Asker("me", "cli"))
    await remind(desk, mouth, "one", 1.5 * DAY)
    assert mouth.told == []
