"""Queries over how far runs are, for a list of them: few, however many runs it shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

import sqlalchemy as sa

from workflows.store.run_rows.definition_rows import step_places, step_titles
from workflows.store.tables import workflow_runs, workflow_steps
from workflows.values import RunStatus, StepStatus

_BEHIND = (StepStatus.COMPLETED, StepStatus.SKIPPED)


def percents(db: sa.Connection, ids: Collection[str]) -> dict[str, int]:
    """How many of a hundred of their declared steps are behind runs that are at work or wait.

    What lies behind a step that a run went back to is to come again.
    """
    run, step = workflow_runs.c, workflow_steps.c
    known: dict[tuple[str, int, str], list[tuple[str, ...]]] = {}
    last = defaultdict[str, dict[str, str]](dict)
    of_steps = sa.select(step.run_id, step.key, step.status).where(step.run_id.in_(ids))
    for made in db.execute(of_steps.order_by(step.segment, step.ordinal, step.attempt)):
        last[made.run_id][made.key] = made.status
    found = {}
    columns = (run.id, run.workflow, run.version, run.definition, run.current_step, run.status)
    for row in db.execute(sa.select(*columns).where(run.id.in_(ids))).all():
        what = (row.workflow, row.version, row.definition)
        if what not in known:
            known[what] = step_places(db, *what)
        places = known[what]
        here = next((at for at, names in enumerate(places) if row.current_step in names), 0)
        keys = [key for names in places for key in names[len(names) > 1 :]]  # of what runs at once the members'
        answered = StepStatus.WAITING if row.status != RunStatus.WAITING else ""
        come_to = {key for names in places[: here + 1] for key in names}
        behind = sum(last[row.id].get(key) in (*_BEHIND, answered) for key in keys if key in come_to)
        found[row.id] = round(behind * 100 / len(keys)) if keys else 0
    return found


def now_at(db: sa.Connection, ids: Collection[str]) -> dict[str, str]:
    """The title of the step where each run stands, as the definition that it began with calls it."""
    run = workflow_runs.c
    known: dict[tuple[str, int, str], dict[str, str]] = {}
    found = {}
    columns = (run.id, run.workflow, run.version, run.definition, run.current_step)
    for row in db.execute(sa.select(*columns).where(run.id.in_(ids))).all():
        what = (row.workflow, row.version, row.definition)
        if what not in known:
            known[what] = step_titles(db, *what)
        found[row.id] = known[what].get(row.current_step, row.current_step.replace("_", " "))
    return found
