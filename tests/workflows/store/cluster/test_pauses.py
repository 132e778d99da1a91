"""Pauses as rows: who, why, since when; of everything or of one repository, however its name is written."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.fakes.postgres import postgres, postgres_url
from tests.fakes.tables import make_tables
from tests.fakes.walking import Desk
from workflows.engine import attempts
from workflows.engine.admission import LOCAL
from workflows.errors import RunError
from workflows.runs.control import Asker, Runs
from workflows.store import audit
from workflows.store.cluster import pauses
from workflows.store.database import Store
from workflows.store.records import StepRun
from workflows.store.run_rows import transitions
from workflows.store.run_rows.line import run_queue
from workflows.values import Options, RunStatus, StepStatus

__all__ = ["postgres", "postgres_url"]

ALICE = Asker("alice", "github", "comment 1 /pause")
ROOT = Asker("root", "cli")
OCTO = "github.com/Octo/Adder"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def store(desk: Desk) -> Store:
    make_tables(desk.walker.store)
    return desk.walker.store


def test_a_repository_is_paused_under_any_spelling_and_no_other_one(store: Store) -> None:
    store.write_now(pauses.begin, OCTO, ROOT, "new keys.")
    held = store.read_now(pauses.holding, "github.com/octo/ADDER")
    assert held is not None
    assert held.sentence.endswith("by root: new keys.")
    assert held.ended_by == "pullwright unpause --repository octo/adder"
    assert store.read_now(pauses.holding, "github.com/octo/other") is None
    assert store.write_now(pauses.end, "github.com/octo/adder", ROOT) == held
    assert store.read_now(pauses.holding, OCTO) is None


def test_what_pauses_everything_pauses_each_and_leaves_its_own_pause(store: Store) -> None:
    store.write_now(pauses.begin, OCTO, ALICE, "")
    store.write_now(pauses.begin, pauses.EVERYTHING, ROOT, "")
    assert [one.what for one in store.read_now(pauses.all_of_them)] == ["Everything", OCTO.lower()]
    store.write_now(pauses.end, pauses.EVERYTHING, ROOT)
    assert store.read_now(pauses.holding, "github.com/octo/other") is None
    assert store.read_now(pauses.holding, OCTO) is not None


def test_of_two_who_pause_at_once_the_later_has_the_last_word(postgres_url: str) -> None:
    first, second = Store(postgres_url), Store(postgres_url)
    make_tables(first)
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    with first.engine.begin() as db, ThreadPoolExecutor() as pool:
        pauses.begin(db, OCTO, ALICE, "first")
        later = pool.submit(second.write_now, pauses.begin, OCTO, ROOT, "second")
        with first.engine.connect() as looking:
            while looking.exec_driver_sql(waits).scalar() == 0:
                assert not later.done(), "it waits for the other"
        db.commit()
        later.result()
    (held,) = first.read_now(pauses.all_of_them)
    assert (held.who, held.why) == ("root", "second")
    assert len(first.read_now(audit.of_run, "")) == 2, "both are in the audit"
    first.close()
    second.close()


def test_a_comment_that_is_handled_once_more_does_not_pause_again_what_goes_on(store: Store) -> None:
    store.write_now(pauses.begin, OCTO, ALICE, "")
    store.write_now(pauses.end, OCTO, ROOT)
    store.write_now(pauses.begin, OCTO, ALICE, "")
    assert store.read_now(pauses.holding, OCTO) is None
    assert [one.what for one in store.read_now(audit.of_run, "")] == [f"pause {OCTO}", f"unpause {OCTO}"]


async def test_of_those_in_line_only_the_paused_are_passed_over(desk: Desk, store: Store) -> None:
    store.write_now(pauses.begin, OCTO, ROOT, "")
    held, free = [await _started(desk.runs, repository) for repository in (OCTO, "github.com/octo/other")]
    assert [run_id for run_id, _, _ in desk.engine.asked] == [free]
    assert store.read_now(run_queue.before, held, 9) is None, "nobody knows when its turn is"
    store.write_now(pauses.begin, pauses.EVERYTHING, ROOT, "")
    third = await _started(desk.runs, "github.com/octo/third")
    store.write_now(pauses.end, pauses.EVERYTHING, ROOT)
    store.write_now(pauses.end, OCTO, ROOT)
    assert await desk.runs.admit() == [held, third], "in the order in which they came"


async def test_a_command_line_begins_nothing_while_it_is_paused(desk: Desk, store: Store) -> None:
    store.write_now(pauses.begin, pauses.EVERYTHING, ROOT, "")
    local = Runs(store, desk.engine, desk.walker.definitions, desk.reporter, LOCAL)
    with pytest.raises(RunError, match=r"Nothing was begun.*`pullwright unpause`"):
        await _started(local, "/home/me/adder")
    assert not desk.engine.asked


async def test_an_answer_is_kept_and_begins_no_segment(desk: Desk, store: Store) -> None:
    run = await desk.start(approve=True)
    store.write_now(pauses.begin, "r", ROOT, "")
    asked = len(desk.engine.asked)
    answered = await desk.runs.answer(run.id, "approve", asker=ROOT)
    assert (answered.status, answered.in_line, len(desk.engine.asked)) == (RunStatus.PENDING, True, asked)
    store.write_now(pauses.end, "r", ROOT)
    await desk.runs.admit()
    assert (await desk.walk()).status is RunStatus.COMPLETED


async def test_what_was_set_aside_is_asked_for_where_the_engine_was_told_too_late(desk: Desk, store: Store) -> None:
    """It was given its place between our setting it aside and the engine's."""
    run_id = await _started(desk.runs, "r")
    desk.engine.says[f"{run_id}-0"] = "CANCELLED"
    assert await desk.runs.find_lost() == [run_id]
    assert await desk.runs.mend() == [run_id]
    assert (await desk.run(run_id)).status is RunStatus.PENDING, "it is not given up"


async def test_what_the_engine_walks_though_it_stands_in_line_waits_for_its_place(desk: Desk, store: Store) -> None:
    """A process died between our setting it aside and the engine's, and the pause ended before the next began."""
    run_id = await _started(desk.runs, "r")
    aside = await desk.run(run_id)
    store.write_now(transitions.set_aside, aside)
    with pytest.raises(asyncio.CancelledError):
        await desk.walk()
    assert desk.walker.gate.is_aside(run_id), "the engine is told so, too"
    here = StepRun(run_id, 0, 0, 1, "first", StepStatus.RUNNING)
    assert not store.write_now(attempts.begun, here, None), "nor where it lost its place in this very moment"
    run = await desk.run(run_id)
    assert (run.status, run.in_line) == (RunStatus.PENDING, True)
    assert await desk.runs.admit() == [run_id]
    assert (await desk.walk()).status is RunStatus.COMPLETED


async def _started(runs: Runs, repository: str) -> str:
    options = Options()
    run = await runs.start("toy", repository=repository, title="t", inputs={}, options=options, asker=ROOT)
    return run.id
