"""Which runs the number of an issue or pull request may mean, the likeliest first."""

from __future__ import annotations

import sqlalchemy as sa

from workflows.registry import READ_ONLY
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.values import RunStatus


def all_on(db: sa.Connection, repository: str, number: int, *, workflow: str = "", limit: int = 50) -> list[Run]:
    """The runs there, or those of one workflow.

    Those that opened the pull request come before those that are about it, those that change nothing come
    last, and then the newer ones: whoever takes something back there means what made it.
    """
    return runs.of_number(db, repository, number, workflow=workflow, last=READ_ONLY, limit=limit)


def meant_by(db: sa.Connection, repository: str, number: int, workflow: str = "") -> Run | None:
    """The run that a command on an issue or pull request means where it names none."""
    return next(iter(all_on(db, repository, number, workflow=workflow, limit=1)), None)


def at_work_on(db: sa.Connection, repository: str, number: int) -> Run | None:
    """The run that works on an issue, or waits for an answer there, to change something; None where there is none."""
    found = (one for one in all_on(db, repository, number) if one.workflow not in READ_ONLY)
    alive = (one for one in found if one.status.active or one.status is RunStatus.WAITING)
    return next((one for one in alive if one.subject.number == number), None)
