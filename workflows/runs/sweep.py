"""What is done by itself when nobody does it.

Questions that nobody answered in time come to their default, before that somebody is reminded
of them, and work on a run ends that was aborted by a process without an engine to tell.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Collection

import sqlalchemy as sa

from workflows.engine.questions import FIRST_REMINDER, LAST_REMINDER, due_reminder
from workflows.errors import RunError, StoreError, TransientError, UserError
from workflows.runs.control import Asker, Runs
from workflows.store import posts
from workflows.store.posts import Post
from workflows.store.records import Question, Run
from workflows.store.run_rows import waits
from workflows.store.run_rows.runs import get_run
from workflows.values import RunStatus

log = logging.getLogger(__name__)

Tell = Callable[[Run, Question, int], Awaitable[None]]
"""Tells somebody that a run still waits, as reminder number so-and-so of its question."""

_TELLING_SECONDS = 600.0
"""For how long somebody who tells is believed to do so still; one whose process is gone is not."""

_SWEEP = Asker("nobody in time", "sweep")


async def expire_waits(runs: Runs, now: float | None = None) -> list[str]:
    """Answer every question whose time is over with its default; the runs' ids. `now` in seconds since the epoch."""
    expired = await runs.store.read(waits.expired_questions, time.time() if now is None else now)
    moved = []
    for question in expired:
        run = await runs.store.read(get_run, question.run_id)
        if run.status is not RunStatus.WAITING or run.segment != question.segment:
            continue  # the run has gone on without an answer
        try:
            if question.default_action == "approve":
                await runs.answer(question.run_id, "approve", asker=_SWEEP, binding=question.binding)
            elif question.default_action == "abort":
                await runs.abort(run.id, asker=_SWEEP, reason="no answer came in time", seen=run)
            else:  # it stays open for as long as it takes
                continue
        except RunError as error:  # somebody was faster
            log.info("run %s: its question was not expired: %s", question.run_id, error)
        else:
            moved.append(question.run_id)
    return moved


async def remind(runs: Runs, tell: Tell, me: str, now: float | None = None) -> list[str]:
    """Have somebody told of the questions that are open for long; the runs' ids. `me` is this worker.

    A reminder counts as told when it was: who tells it holds its lease, so that of several sweeps
    at once one does, and where it cannot be told, or its teller dies, it is left to the next.
    """
    now = time.time() if now is None else now
    told = []
    for question in await runs.store.read(waits.unreminded, now, FIRST_REMINDER, LAST_REMINDER):
        run = await runs.store.read(get_run, question.run_id)
        number = due_reminder(question, run.options.approval, now)
        if not number or run.status is not RunStatus.WAITING or run.segment != question.segment:
            continue
        sheet = Post(run.id, "reminder", f"{question.segment}:{number}")
        if not await runs.store.write(_taken_on, question, sheet, me, now):
            continue
        over = True
        try:
            await tell(run, question, number)
        except (TransientError, StoreError) as error:
            log.warning("run %s: nobody can be reminded of its question for the moment: %s", run.id, error)
            over = False
        except UserError as error:
            log.warning("run %s: nobody is reminded of its question: %s", run.id, error)
        else:
            told.append(run.id)
        await runs.store.write(_given_back, question, sheet, me, now, over=over)
    return told


def _taken_on(db: sa.Connection, question: Question, sheet: Post, me: str, now: float) -> bool:
    """Be the one who tells; False where somebody else does, or has."""
    if posts.take_lease(db, sheet, me, now, _TELLING_SECONDS) is None:
        return False
    if waits.is_open(db, question):
        return True
    posts.give_back(db, sheet, me)
    return False


def _given_back(db: sa.Connection, question: Question, sheet: Post, me: str, now: float, *, over: bool) -> None:
    if posts.give_back(db, sheet, me) and over:
        waits.reminded(db, question, now)


async def stop_aborted(runs: Runs, at_work: Collection[str]) -> list[str]:
    """Of the runs that this process has in the middle of a step, stop those that were aborted; their ids."""
    stopped = []
    for run_id in at_work:
        run = await runs.store.read(get_run, run_id)
        if run.status is RunStatus.ABORTED:
            await runs.engine.cancel(run.id, run.segment)
            await runs.reporter.ended(run.id)
            stopped.append(run.id)
    return stopped
