"""What is done by itself when nobody does it.

Questions that nobody answered in time come to their default, and work on a run ends that was
aborted by a process without an engine to tell.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection

from workflows.errors import RunError
from workflows.runs import Asker, Runs
from workflows.store import waits
from workflows.store.runs import get_run
from workflows.values import RunStatus

log = logging.getLogger(__name__)

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
                await runs.abort(question.run_id, asker=_SWEEP, reason="no answer came in time")
            else:  # it stays open for as long as it takes
                continue
        except RunError as error:  # somebody was faster
            log.info("run %s: its question was not expired: %s", question.run_id, error)
        else:
            moved.append(question.run_id)
    return moved


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
