"""What is written of one attempt at a step, each time in one transaction.

It counts only while the run is still at this walk: whoever stops a run or sends it elsewhere
waits until the transaction has ended, and has the last word.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from workflows.advice import words_of
from workflows.definition import Done, Exit, Failed, Result, Step, WaitFor
from workflows.engine import failure_policy, questions
from workflows.store.records import Question, Run, StepRun
from workflows.store.run_rows import runs, spending, steps, waits
from workflows.values import RunStatus, StepStatus

Told = dict[str, Any]
"""What the queue is told, as JSON: {"next": key or None} or {"again_in": seconds}."""

OUTPUT_KEPT = 16_000
"""Characters of what a failed step printed."""


def begun(db: sa.Connection, here: StepRun, before: StepRun | None, among: str = "") -> bool:
    """Begin an attempt; False where the run was just stopped, or stands in line: what is at work has a place.

    `among` is the key of all those that run beside it: calls of theirs may be under way.
    """
    if not stands(db, here, with_place=True):
        return False
    if before is not None and before.status is StepStatus.RUNNING:
        steps.update_step(db, before, status=StepStatus.INTERRUPTED)
    spending.book_lost(db, here.run_id, step=here.key if among else "")
    steps.begin_step(db, here)
    runs.update_run(db, here.run_id, status=RunStatus.RUNNING, current_step=among or here.key)
    return True


def passed(db: sa.Connection, here: StepRun, ends: bool) -> None:
    """A step that is not needed."""
    if not stands(db, here):
        return
    steps.begin_step(db, here)
    if ends:
        runs.update_run(db, here.run_id, status=RunStatus.COMPLETED)


def asked(db: sa.Connection, here: StepRun, question: Question) -> None:
    """The run waits for an answer."""
    if not stands(db, here):
        return
    steps.begin_step(db, here)
    waits.ask(db, question)
    runs.update_run(db, here.run_id, status=RunStatus.WAITING, current_step=here.key)


def put_off(db: sa.Connection, here: StepRun, ended: Mapping[str, Any]) -> None:
    """The step is to be tried again."""
    if stands(db, here) and steps.is_running(db, here):
        spending.book_lost(db, here.run_id, here.key)  # what runs beside it may wait for what it took
        steps.update_step(db, here, **ended)


def ended(
    db: sa.Connection,
    run: Run,
    here: StepRun,
    item: Step[Any],
    result: Result,
    told: Told,
    mark: str,
    then: failure_policy.Consequence,
) -> None:
    """One transaction: the attempt's row, the run's state, and where it stands.

    Who aborted the run in the same moment has the last word, and so has who took it over.
    """
    if not stands(db, here) or not steps.is_running(db, here):
        steps.stopped(db, here)
        return
    runs.merge_state(db, run.id, result.state)
    match result:
        case Failed():
            steps.update_step(
                db,
                here,
                status=StepStatus.SKIPPED if isinstance(then, failure_policy.Skip) else StepStatus.FAILED,
                reason=result.reason,
                output=result.output[-OUTPUT_KEPT:],
                next=told,
                mark_after=mark,
            )
            if (status := failure_policy.status_after(then, told)) is not None:
                advice = list(words_of(result.advice, item.key, item.makers))
                runs.update_run(db, run.id, status=status, error_text=result.reason, advice=advice)
        case WaitFor():
            steps.update_step(db, here, status=StepStatus.WAITING, summary=result.question, next=told, mark_after=mark)
            waits.ask(db, questions.from_step(run, here, result, time.time()))
            runs.update_run(db, run.id, status=RunStatus.WAITING)
        case Done() | Exit():
            steps.update_step(db, here, status=StepStatus.COMPLETED, summary=result.summary, next=told, mark_after=mark)
            if told["next"] is None:
                runs.update_run(db, run.id, status=RunStatus.COMPLETED)


def stands(db: sa.Connection, here: StepRun, *, with_place: bool = False) -> bool:
    """Whether the run is still at this walk; whoever stops it or sends it elsewhere waits until we are done."""
    run = runs.get_run(db, here.run_id, lock=True)
    return run.status.active and run.segment == here.segment and (run.has_place or not with_place)
