"""Where a run stands changes here, each time in one transaction: its row, its steps, its question and the audit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from workflows.errors import RunError
from workflows.store import audit
from workflows.store.audit import Asker
from workflows.store.cluster import pauses
from workflows.store.records import DefinitionRecord, Question, Run, StepRun
from workflows.store.run_rows import definition_rows, runs, steps, waits
from workflows.store.run_rows.line import run_lock
from workflows.values import Options, RunStatus, StepStatus


def insert(db: sa.Connection, record: DefinitionRecord, run: Run, asker: Asker) -> Run:
    """Start a run, or give back the live one that holds its `active_key`."""
    definition_rows.define(db, record)
    kept = runs.insert_run(db, run)
    if kept.id == run.id:
        audit.note(db, asker.name, asker.source, "start", run.id, {"workflow": run.workflow} | asker.detail)
    return kept


def advance(
    db: sa.Connection,
    run: Run,
    columns: Mapping[str, Any],
    options: Options | None,
    answered: tuple[Question, str, str] | None,
    asker: Asker,
    what: str,
    left_out: StepRun | None = None,
) -> None:
    """Have a run go on with its next segment, with the answer and the options that it goes on with.

    `left_out` is an attempt that somebody skipped, as it counts from now on.

    RunError where it has moved on meanwhile, is being taken back, or its records were cleaned up.
    """
    now = runs.get_run(db, run.id, lock=True)
    now.need_records()
    _must_be_where_it_was(now, run)
    run_lock.must_be_free(db, run.id)
    if answered is not None:
        question, answer, reason = answered
        if not waits.answer(db, question, answer, reason=reason, by=asker.name):
            raise RunError(f"Run {run.id} was answered by somebody else meanwhile.")
    runs.update_run(db, run.id, **columns)
    if left_out is not None:
        steps.update_step(
            db, left_out, status=left_out.status, reason=left_out.reason, next=left_out.next, ended_at=left_out.ended_at
        )
    if options is not None:
        runs.set_options(db, run.id, options)
    audit.note(db, asker.name, asker.source, what, run.id, asker.detail)


def abort(db: sa.Connection, run_id: str, asker: Asker, reason: str, seen: Run | None = None) -> Run:
    """Stop a run; how it was before. One that has ended in this very moment stays as it ended.

    With `seen`, only a run that is still where it was then: RunError where it has moved on meanwhile.
    """
    run = runs.get_run(db, run_id, lock=True)
    if seen is not None:
        _must_be_where_it_was(run, seen)
    if run.status not in (RunStatus.PENDING, RunStatus.RUNNING, RunStatus.WAITING):
        raise RunError(f"Nothing to abort: run {run.id} is {run.status} at step {run.current_step}.")
    # What whoever runs the server is called there is nobody's business on a forge.
    by = "where Pullwright runs" if asker.source == "cli" and run.inputs.get("forge") else f"by {asker.name}"
    text = f"Aborted {by}" + (f": {reason}" if reason else "")
    runs.update_run(db, run.id, status=RunStatus.ABORTED, error_text=text, advice=["resume", "rollback"])
    steps.end_running_steps(db, run.id, StepStatus.ABORTED)
    question = waits.open_question(db, run.id)
    if question is not None:
        waits.answer(db, question, "abort", reason=reason, by=asker.name)
    audit.note(db, asker.name, asker.source, "abort", run.id, {"reason": reason} | asker.detail)
    return run


def _must_be_where_it_was(now: Run, seen: Run) -> None:
    if (now.segment, now.status) != (seen.segment, seen.status):
        raise RunError(f"Run {now.id} has moved on meanwhile: it is {now.status} at step {now.current_step}.")


def has_to_wait(db: sa.Connection, run: Run) -> bool:
    """Whether a walk of this run has to end here: it is paused, or has no place (any more)."""
    now = runs.get_run(db, run.id)
    here = now.status.active and now.segment == run.segment
    return here and (not now.has_place or pauses.holding(db, now.repository) is not None)


def set_aside(db: sa.Connection, run: Run, here: StepRun | None = None) -> None:
    """A run gives up its place, and stands in line with the segment that it is in.

    `here` is the attempt that it left, which somebody makes again.
    """
    now = runs.get_run(db, run.id, lock=True)
    if here is not None:
        steps.hand_over(db, here)
    if now.status.active and now.segment == run.segment:
        runs.update_run(db, run.id, status=RunStatus.PENDING, admitted=now.segment - 1)


def cannot_go_on(db: sa.Connection, run: Run, key: str, why: str, known: Collection[str]) -> None:
    """End a run that was begun with a definition that this version cannot go on with at a step.

    `known` are the steps that this version has: from one that was made already it can be done again.
    """
    now = runs.get_run(db, run.id, lock=True)
    if not now.status.active or now.segment != run.segment:
        return
    walked = [attempt.key for attempt in steps.steps_of(db, run.id) if attempt.key in known]
    advice = [*(f"retry {last}" for last in walked[-1:]), "rollback"]
    runs.update_run(db, run.id, status=RunStatus.FAILED, current_step=key, error_text=why, advice=advice)
    steps.end_running_steps(db, run.id, StepStatus.INTERRUPTED)


def fails_unrecorded(db: sa.Connection, run_id: str, segment: int, key: str, why: str) -> None:
    """End a run at a step that cannot be begun, or whose end cannot be written down as it is."""
    now = runs.get_run(db, run_id, lock=True)
    if not now.status.active or now.segment != segment:
        return
    runs.update_run(
        db, run_id, status=RunStatus.FAILED, current_step=key, error_text=why, advice=["resume", "rollback"]
    )
    steps.end_running_steps(db, run_id, StepStatus.FAILED)


def give_up(db: sa.Connection, run: Run, known: str) -> bool:
    """End a run; False where it has just ended or gone on by itself."""
    now = runs.get_run(db, run.id, lock=True)
    if (now.segment, now.status) != (run.segment, run.status):
        return False
    text = f"The engine gave up on this run ({known.lower().replace('_', ' ')}) at step {run.current_step}."
    runs.update_run(db, run.id, status=RunStatus.FAILED, error_text=text, advice=["resume", "rollback"])
    steps.end_running_steps(db, run.id, StepStatus.FAILED)
    return True
