"""What is written of steps that run at once: where they begin, how each of them ends, and what they came to together.

Each time in one transaction, and only while the run is still at this walk. How a member ended stands in its own row
alone; what that means for the run is decided when all have ended, from the rows, so that it can be decided again
after a death.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from workflows.advice import words_of
from workflows.definition import Failed, Parallel, Result, Step, WaitFor
from workflows.engine import attempts, failure_policy, questions
from workflows.engine.attempts import Told
from workflows.store.records import Run, StepRun
from workflows.store.run_rows import runs, spending, steps, waits
from workflows.store.run_rows.passages import Passage, last_attempts, passage_of
from workflows.values import RunStatus, StepStatus

END: Told = {"next": None}
ASKS, STANDS, ABORTS = "asks", "stands", "aborts"
"""What a member's end leads to besides being taken back, in the order of how much it weighs."""
_WAITS = "It asks when the run comes to it again."


def entered(db: sa.Connection, run: Run, ordinal: int, key: str, item: Parallel[Any]) -> tuple[Run, Passage] | None:
    """Begin a passage, or take up the one that was begun there; None where the run was just stopped.

    Under the key of all each member is made, under that of one only that one. Nothing of it may be under way.
    """
    here = StepRun(run.id, run.segment, ordinal, 1, key, StepStatus.RUNNING)
    if not attempts.stands(db, here, with_place=True):
        return None
    passage = passage_of(runs.get_run(db, run.id).state)
    if passage is None or not passage.is_at(run.segment, ordinal):
        passage = Passage(run.segment, ordinal, item.keys, item.keys if key == item.key else (key,))
        runs.merge_state(db, run.id, passage.in_state)
    spending.book_lost(db, run.id)
    return runs.get_run(db, run.id), passage


def told_of(result: Result, told: Told, then: failure_policy.Consequence, item: Step[Any]) -> Told:
    """What a member's row says of its end: whether it stands, what it gave, and what its failure leads to."""
    match result:
        case WaitFor():
            return {**told, "then": ASKS}
        case Failed() if not isinstance(then, failure_policy.Skip | failure_policy.Again):
            words = list(words_of(result.advice, item.key, item.makers))
            return {**told, "then": ABORTS if isinstance(then, failure_policy.Abort) else STANDS, "advice": words}
        case Failed() if isinstance(then, failure_policy.Again):
            return told
        case _:
            return {**told, "gave": dict(result.state)}


def ends_all(row: StepRun) -> bool:
    """Whether a member ended so that its siblings need not go on."""
    return "rollback" in row.next or row.next.get("then") == ABORTS


def has_ended(row: StepRun | None) -> bool:
    """Whether nothing is left to be done for a member whose last attempt that is."""
    return row is not None and bool(row.next) and "again_in" not in row.next


def ended(
    db: sa.Connection, here: StepRun, result: Result, told: Told, then: failure_policy.Consequence
) -> StepRun | None:
    """The end of an attempt, and what it gives to the run's state; the row, None where somebody was quicker."""
    if not attempts.stands(db, here) or not steps.is_running(db, here):
        steps.stopped(db, here)
        return None
    spending.book_lost(db, here.run_id, here.key)  # a sibling may wait for what it took
    runs.merge_state(db, here.run_id, result.state)
    columns: dict[str, Any] = {"next": told, "mark_after": here.mark_before}
    match result:
        case Failed():
            left_out = isinstance(then, failure_policy.Skip)
            columns |= {"status": StepStatus.SKIPPED if left_out else StepStatus.FAILED, "reason": result.reason}
            columns |= {"output": result.output[-attempts.OUTPUT_KEPT :]}
        case WaitFor():
            columns |= {"status": StepStatus.WAITING, "summary": result.question}
        case _:
            columns |= {"status": StepStatus.COMPLETED, "summary": result.summary}
    steps.update_step(db, here, **columns)
    return replace(here, **columns)


def closed(db: sa.Connection, run: Run, passage: Passage, after: str | None) -> tuple[Told, StepRun | None]:
    """What all members came to: what the queue is told, and the row that decided where not all went well."""
    here = StepRun(run.id, passage.segment, passage.ordinal, 1, "", StepStatus.RUNNING)
    if not attempts.stands(db, here):
        return END, None
    last = last_attempts(passage, steps.steps_of(db, run.id))
    rows = [last[key] for key in passage.make if key in last]
    gravest = max(rows, key=_weight, default=None)
    if gravest is None or not _weight(gravest):
        if after is None:
            runs.update_run(db, run.id, status=RunStatus.COMPLETED)
        return {"next": after, "places": len(passage.members)}, None
    _leave_the_others(db, rows, gravest)
    if "rollback" in gravest.next:
        return {"next": None, "rollback": gravest.next["rollback"]}, gravest
    if gravest.next["then"] == ASKS:
        waits.ask(db, questions.from_step(run, gravest, WaitFor(gravest.summary), time.time()))
        runs.update_run(db, run.id, status=RunStatus.WAITING, current_step=gravest.key)
        return END, gravest
    runs.update_run(
        db,
        run.id,
        status=RunStatus.ABORTED if gravest.next["then"] == ABORTS else RunStatus.FAILED,
        current_step=gravest.key,
        error_text=_why(rows, gravest),
        advice=gravest.next["advice"],
    )
    return END, gravest


def _weight(row: StepRun) -> int:
    """What counts for the run where several members did not go well; 0 for one that did."""
    if "rollback" in row.next:
        return 5 if row.next["rollback"] == "hard" else 4
    return ("", ASKS, STANDS, ABORTS).index(row.next.get("then", ""))


def _why(rows: list[StepRun], gravest: StepRun) -> str:
    others = [f"Step {row.key} failed, too: {row.reason}" for row in rows if _failed(row) and row is not gravest]
    return " ".join([gravest.reason, *others])


def _failed(row: StepRun) -> bool:
    return row.next.get("then") in (STANDS, ABORTS) or "rollback" in row.next


def _leave_the_others(db: sa.Connection, rows: list[StepRun], gravest: StepRun) -> None:
    """Nothing more is done for members that were stopped, were to be tried again, or have a question of their own."""
    for row in rows:
        asks = row.next.get("then") == ASKS and row is not gravest
        if asks or not row.next:
            reason = _WAITS if asks else row.reason
            steps.update_step(db, row, status=StepStatus.ABORTED, reason=reason, next=END)
        elif "again_in" in row.next:
            steps.update_step(db, row, next=END)
