"""What is done by itself when nobody does it.

Questions that nobody answered in time come to their default, before that somebody is reminded
of them, and work on a run ends that was aborted by a process without an engine to tell.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Collection

from workflows.errors import RunError, TransientError, UserError
from workflows.runs import Asker, Runs
from workflows.store import waits
from workflows.store.records import Question, Run
from workflows.store.runs import get_run
from workflows.values import RunStatus
from workflows.waiting import FIRST_REMINDER, LAST_REMINDER, due_reminder

log = logging.getLogger(__name__)

Tell = Callable[[Run, Question, int], Awaitable[None]]
"""Tells somebody that a run still waits, as reminder number so-and-so of its question."""

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


async def remind(runs: Runs, tell: Tell, now: float | None = None) -> list[str]:
    """Have somebody told of the questions that are open for long; the runs' ids.

    Each reminder is taken on before it is told, so that of several sweeps at once one tells
    it; where it cannot be told for the moment, it is left to the next.
    """
    now = time.time() if now is None else now
    told = []
    for question in await runs.store.read(waits.unreminded, now, FIRST_REMINDER, LAST_REMINDER):
        run = await runs.store.read(get_run, question.run_id)
        number = due_reminder(question, run.options.approval, now)
        if not number or run.status is not RunStatus.WAITING or run.segment != question.segment:
            continue
        if not await runs.store.write(waits.remind, question, now):
            continue
        try:
            await tell(run, question, number)
        except TransientError as error:
            log.warning("run %s: nobody can be reminded of its question for the moment: %s", run.id, error)
            await runs.store.write(waits.unremind, question, now)
        except UserError as error:
            log.warning("run %s: nobody is reminded of its question: %s", run.id, error)
        else:
            told.append(run.id)
    return told


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
