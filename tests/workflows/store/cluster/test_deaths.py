"""What the end of a process says about each step that it was in the middle of, on both databases."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.fakes.both_databases import either_store, postgres, postgres_url
from tests.fakes.tables import make_tables
from tests.fakes.toy_workflow import TOY
from workflows.runs.control import record_of
from workflows.store import deliveries, tables
from workflows.store.cluster import deaths
from workflows.store.database import Store
from workflows.store.deliveries import Delivery
from workflows.store.records import Run, StepRun
from workflows.store.run_rows import conversation, definition_rows, runs, steps
from workflows.values import Options, RunStatus, StepStatus

__all__ = ["either_store", "postgres", "postgres_url"]

BOOT = "this start"


@pytest.fixture
def store(either_store: Store) -> Store:
    either_store.write_now(definition_rows.define, record_of(TOY))
    return either_store


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[Store]:
    """Where there can be several workers."""
    store = Store(postgres_url)
    make_tables(store)
    store.write_now(definition_rows.define, record_of(TOY))
    yield store
    store.close()


def at_work(store: Store, run_id: str, worker: str = BOOT, attempt: int = 1) -> None:
    """A run in the middle of a step."""
    if attempt == 1:
        run = Run(run_id, "toy", 1, RunStatus.RUNNING, "r", "t", {}, Options(), {}, "shaky", 0, 0)
        store.write_now(runs.insert_run, run)
    store.write_now(steps.begin_step, StepRun(run_id, 0, 1, attempt, "shaky", StepStatus.RUNNING, worker=worker))


def verdicts(store: Store, run_id: str) -> list[tuple[str, str]]:
    return [(one.status.value, one.death) for one in store.read_now(steps.steps_of, run_id)]


def test_who_was_alone_is_accused_and_of_several_nobody(store: Store) -> None:
    at_work(store, "a")
    store.write_now(deaths.judge_all, BOOT)
    at_work(store, "a", attempt=2)
    at_work(store, "b")
    store.write_now(deaths.judge_all, BOOT)
    store.write_now(deaths.judge_all, BOOT)
    assert verdicts(store, "a") == [("interrupted", "alone"), ("interrupted", "company")]
    assert verdicts(store, "b") == [("interrupted", "company")]


def test_of_several_workers_each_is_judged_by_what_was_its_own(store: Store) -> None:
    at_work(store, "a", "first")
    at_work(store, "b", "second")
    at_work(store, "c", "second")
    at_work(store, "d", "alive")
    store.write_now(deaths.judge, ["first", "second"], 5.0)
    assert [verdicts(store, one)[0][1] for one in "abcd"] == ["alone", "company", "company", ""]
    assert verdicts(store, "d") == [("running", "")]


def lost(store: Store, *names: str, ago: float = 0.0) -> None:
    """These workers were last heard of so many seconds ago, and were declared dead."""
    row = tables.workers.c
    dead = {"ending": "dead", "left_at": row.seen_at, "seen_at": row.seen_at - ago}
    store.write_now(lambda db: db.execute(tables.workers.update().where(row.id.in_(names)).values(**dead)))


def sign_in(store: Store, *names: str, host: str = "one", boot: str = "a start") -> None:
    for name in names:
        store.write_now(deaths.sign_in, name, host=host, process=1, places=1, boot=boot)


def judged(store: Store, *names: str) -> None:
    store.write_now(deaths.judge, names, 5.0)


def test_workers_that_are_gone_together_accuse_nobody_and_those_apart_do(postgres_store: Store) -> None:
    store = postgres_store
    sign_in(store, "first", "second", "later")
    for run_id, name in (("a", "first"), ("b", "second"), ("c", "later")):
        at_work(store, run_id, name)
    lost(store, "first", "second", ago=20)
    lost(store, "later")
    judged(store, "first")
    judged(store, "second", "later")
    assert [verdicts(store, one)[0][1] for one in "abc"] == ["company", "company", "alone"]


def test_who_was_accused_is_so_no_more_where_another_turns_out_to_be_gone_with_it(postgres_store: Store) -> None:
    store = postgres_store
    sign_in(store, "first", "idle", "me")
    at_work(store, "a", "first")
    lost(store, "first")
    judged(store, "first")
    assert verdicts(store, "a") == [("interrupted", "alone")], "nobody knows of the other yet"
    bury = {"silent": 3600.0, "frozen": 3600.0, "ended": ["idle"], "within": 5.0}
    assert store.write_now(deaths.bury, "me", **bury) == ["idle"]
    assert verdicts(store, "a") == [("interrupted", "company")]


def test_what_kills_one_worker_after_the_other_is_accused_however_quick_it_is(postgres_store: Store) -> None:
    store = postgres_store
    sign_in(store, "first", "second")
    at_work(store, "a", "first")
    lost(store, "first")
    judged(store, "first")
    at_work(store, "a", "second", attempt=2)
    lost(store, "second")
    judged(store, "second")
    assert [death for _, death in verdicts(store, "a")] == ["alone", "alone"]


def test_of_a_worker_that_wakes_the_judgement_is_taken_back_before_and_after_it(postgres_store: Store) -> None:
    store = postgres_store
    sign_in(store, "first", "second", "dead")
    for run_id, name in (("a", "first"), ("b", "second"), ("c", "dead")):
        at_work(store, run_id, name)
    for ago, name in enumerate(("first", "second", "dead")):
        lost(store, name, ago=ago * 20)
    judged(store, "first", "dead")
    store.write_now(deaths.take_back, "first")
    store.write_now(deaths.take_back, "second")
    judged(store, "second")
    assert [verdicts(store, one)[0] for one in "abc"] == [
        ("interrupted", ""),
        ("interrupted", ""),
        ("interrupted", "alone"),
    ]


def test_what_was_on_a_machine_that_turns_out_to_have_started_anew_is_excused(postgres_store: Store) -> None:
    store = postgres_store
    sign_in(store, "first", "second")
    sign_in(store, "elsewhere", host="two")
    for run_id, name in (("a", "first"), ("b", "second"), ("c", "elsewhere")):
        at_work(store, run_id, name)
    for ago, name in enumerate(("first", "second", "elsewhere")):
        lost(store, name, ago=ago * 20)
    judged(store, "first")
    sign_in(store, "heir", boot="the next start")
    judged(store, "second", "elsewhere")
    assert [verdicts(store, one)[0][1] for one in "abc"] == ["excused", "excused", "alone"]


def test_what_went_down_with_the_machine_or_had_been_asked_to_end_is_excused(store: Store) -> None:
    at_work(store, "a", "an earlier start")
    store.write_now(deaths.judge_all, BOOT)
    at_work(store, "b")
    store.write_now(deaths.excuse, BOOT)
    store.write_now(deaths.judge_all, BOOT)
    assert [verdicts(store, one)[0][1] for one in "ab"] == ["excused", "excused"]


def test_who_got_on_in_its_transcript_is_excused(store: Store) -> None:
    at_work(store, "a")
    time.sleep(0.002)  # it is later by the clock of the machine
    store.write_now(conversation.append_message, "a", "implement-0", 1, {"content": "x"}, "")
    store.write_now(deaths.judge_all, BOOT)
    assert verdicts(store, "a") == [("interrupted", "excused")]
    at_work(store, "a", attempt=2)
    store.write_now(deaths.judge_all, BOOT)
    assert verdicts(store, "a")[1] == ("interrupted", "alone"), "this time it did not"


def test_a_delivery_that_is_handled_once_more_is_company(store: Store) -> None:
    store.write_now(deliveries.keep, [Delivery("g", "issues", b"{}", 1.0)])
    store.write_now(deliveries.claim, 1, 0.0, BOOT)
    at_work(store, "a")
    store.write_now(deaths.judge_all, BOOT)
    store.write_now(deliveries.claim, 1, 400.0, BOOT)
    at_work(store, "a", attempt=2)
    store.write_now(deaths.judge_all, BOOT)
    assert [death for _, death in verdicts(store, "a")] == ["alone", "company"]


def test_the_time_for_which_nobody_noticed_is_no_work(store: Store) -> None:
    at_work(store, "a")
    store.write_now(conversation.append_message, "a", "fix", 0, {}, "")
    hours_ago = time.time() - 8 * 3600
    for table, column in ((tables.workflow_steps, "started_at"), (tables.transcript, "at")):
        later = {column: hours_ago + (60 if column == "at" else 0)}
        store.write_now(lambda db, table=table, later=later: db.execute(table.update().values(**later)) and None)
    store.write_now(deaths.judge_all, BOOT)
    (attempt,) = store.read_now(steps.steps_of, "a")
    assert attempt.ended_at == pytest.approx(hours_ago + 60)


def test_one_that_said_nothing_counts_until_its_worker_was_heard_of(postgres_store: Store) -> None:
    store = postgres_store
    store.write_now(deaths.sign_in, "first", host="h", process=1, places=1, boot=BOOT)
    at_work(store, "a", "first")
    now = time.time()
    began = tables.workflow_steps.update().values(started_at=now - 500)
    heard = tables.workers.update().values(seen_at=now - 400)
    store.write_now(lambda db: [db.execute(one) for one in (began, heard)] and None)
    store.write_now(deaths.judge, ["first"], 1.0)
    (attempt,) = store.read_now(steps.steps_of, "a")
    assert attempt.ended_at == pytest.approx(now - 400)
