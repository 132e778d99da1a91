"""Queries over runs."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from workflows.errors import RunError
from workflows.store import run_events
from workflows.store.cluster import pauses
from workflows.store.records import Run, Snapshot
from workflows.store.run_events import EventKind
from workflows.store.run_rows.definition_rows import definition_of
from workflows.store.run_rows.line.run_queue import SHOWN, before
from workflows.store.run_rows.spending import spent
from workflows.store.run_rows.steps import steps_of
from workflows.store.run_rows.waits import open_question
from workflows.store.tables import AT_WORK, workflow_runs
from workflows.values import Options, RunStatus, from_json, to_json

OPENS = "issue_to_pr"
"""The workflow whose runs open pull requests; others have one that was there."""
_LATER = 1e-3
"""Seconds: enough to be told apart from what was before."""


def insert_run(db: sa.Connection, run: Run) -> Run:
    """Add a run, or give back the live one that already holds its `active_key`."""
    if (holder := _holder(db, run)) is not None:
        return holder
    try:
        with db.begin_nested():
            db.execute(workflow_runs.insert().values(**_columns(run)))
    except sa.exc.IntegrityError:  # another worker was as quick
        if (holder := _holder(db, run)) is None:
            raise
        return holder
    run_events.note(db, run.id, EventKind.STARTED)
    return get_run(db, run.id)


def _holder(db: sa.Connection, run: Run) -> Run | None:
    if run.active_key is None:
        return None
    row = db.execute(sa.select(workflow_runs).where(workflow_runs.c.active_key == run.active_key)).first()
    return None if row is None else _run(row)


def _columns(run: Run) -> dict[str, Any]:
    now = time.time()
    return {
        "id": run.id,
        "workflow": run.workflow,
        "version": run.version,
        "definition": run.definition,
        "status": run.status,
        "repository": run.repository,
        "installation": str(run.inputs.get("installation") or ""),
        "repository_id": int(run.inputs.get("repository_id") or 0) or None,
        "subject_kind": run.subject.kind.value,
        "subject_number": run.subject.number or None,
        "subject_name": run.subject.name,
        "pull": _number(run.state.get("pull")),
        "delivery": run.inputs.get("delivery"),
        "title": run.title,
        "active_key": run.active_key,
        "inputs": dict(run.inputs),
        "options": to_json(run.options),
        "state": dict(run.state),
        "current_step": run.current_step,
        "segment": run.segment,
        "generation": run.generation,
        "error_text": run.error_text,
        "advice": list(run.advice),
        "created_at": now,
        "updated_at": now,
    }


def get_run(db: sa.Connection, run_id: str, *, lock: bool = False) -> Run:
    """The run; RunError where there is none. With `lock` it stays as it is until the transaction has ended."""
    query = sa.select(workflow_runs).where(workflow_runs.c.id == run_id)
    row = db.execute(query.with_for_update(key_share=True) if lock else query).first()
    if row is None:
        raise RunError(f"There is no run {run_id!r}.", "`pullwright runs` lists them.")
    return _run(row)


def maybe_run(db: sa.Connection, run_id: str) -> Run | None:
    """The run of exactly that id; None where there is none."""
    row = db.execute(sa.select(workflow_runs).where(workflow_runs.c.id == run_id)).first()
    return None if row is None else _run(row)


def find_run(db: sa.Connection, prefix: str) -> Run:
    """The one run whose id begins so; RunError where there is none or more than one."""
    rows = db.execute(
        sa.select(workflow_runs).where(workflow_runs.c.id.startswith(prefix, autoescape=True)).limit(3)
    ).all()
    exact = [row for row in rows if row.id == prefix]
    if len(exact or rows) == 1:
        return _run((exact or rows)[0])
    if not rows:
        raise RunError(f"There is no run {prefix!r}.", "`pullwright runs` lists them.")
    raise RunError(f"{prefix!r} could be {' or '.join(row.id for row in rows)}.", "Write more of the id.")


def list_runs(
    db: sa.Connection,
    *,
    statuses: Sequence[RunStatus] = (),
    repository: str = "",
    workflow: str = "",
    limit: int = 50,
) -> list[Run]:
    """Runs, newest first."""
    query = sa.select(workflow_runs).order_by(workflow_runs.c.created_at.desc(), workflow_runs.c.id.desc())
    if statuses:
        query = query.where(workflow_runs.c.status.in_(statuses))
    if repository:
        query = query.where(workflow_runs.c.repository == repository)
    if workflow:
        query = query.where(workflow_runs.c.workflow == workflow)
    return [_run(row) for row in db.execute(query.limit(limit))]


def list_at_work(db: sa.Connection) -> list[Run]:
    """The runs that have a place: no more than there are, however many wait in line."""
    return [_run(row) for row in db.execute(sa.select(workflow_runs).where(sa.text(AT_WORK)))]


def of_number(
    db: sa.Connection, repository: str, number: int, *, workflow: str = "", last: Collection[str] = (), limit: int = 50
) -> list[Run]:
    """The runs that opened the pull request of a number, then those that are about what has that number.

    With `workflow`, only its runs; those of the workflows in `last` come last, and otherwise the newer ones first. A
    dry run is nobody's but this machine's: it is not steered from there.
    """
    there = workflow_runs.c.repository == repository
    opened = workflow_runs.c.pull == number
    # Said twice, so that each half is looked up in its own index.
    here = sa.or_(sa.and_(there, workflow_runs.c.subject_number == number), sa.and_(there, opened))
    query = (
        sa.select(workflow_runs)
        .where(here, ~workflow_runs.c.options["dry_run"].as_boolean())
        .order_by(
            sa.case((opened, 0), (workflow_runs.c.workflow.in_(last), 2), else_=1),
            workflow_runs.c.created_at.desc(),
            workflow_runs.c.id.desc(),
        )
        .limit(limit)
    )
    if workflow:
        query = query.where(workflow_runs.c.workflow == workflow)
    return [_run(row) for row in db.execute(query)]


def name_of(db: sa.Connection, name: str, number: int) -> str:
    """The name under which runs of a repository are kept, which a forge calls `name` and knows by a number (0: none).

    It is the one that the first of them was started with, since repositories are renamed. A repository
    that took over the name of another one gets its number behind it.
    """
    if not number:
        return name
    theirs = workflow_runs.c.repository_id
    first = sa.select(workflow_runs.c.repository).where(theirs == number).order_by(workflow_runs.c.created_at).limit(1)
    known = db.execute(first).scalar()
    if known is not None:
        return str(known)
    taken = sa.select(workflow_runs.c.id).where(workflow_runs.c.repository == name, theirs.is_not(None)).limit(1)
    return name if db.execute(taken).first() is None else f"{name}~{number}"


def of_delivery(db: sa.Connection, repository: str, guid: str, workflow: str) -> Run | None:
    """The run of a workflow that a webhook's delivery started, whatever became of it."""
    found = (_run(row) for row in db.execute(sa.select(workflow_runs).where(workflow_runs.c.delivery == guid)))
    return next((run for run in found if (run.repository, run.workflow) == (repository, workflow)), None)


def update_run(db: sa.Connection, run_id: str, /, **columns: Any) -> None:
    """Set columns of a run; whoever ends it gives up its `active_key` too.

    `updated_at` only grows, also where the clock of the machine before was ahead of ours.
    """
    status = columns.get("status")
    if status in (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.ABORTED, RunStatus.ROLLED_BACK):
        columns.setdefault("active_key", None)
        columns.setdefault("ended_at", time.time())
    elif status is not None:
        columns.setdefault("ended_at", None)
    if "state" in columns:
        columns["pull"] = _number(columns["state"].get("pull"))
    now, last = time.time(), workflow_runs.c.updated_at
    later = sa.case((last < now, now), else_=last + _LATER)
    db.execute(workflow_runs.update().where(workflow_runs.c.id == run_id).values(updated_at=later, **columns))
    run_events.note(db, run_id, EventKind.STATE if status is None else EventKind(status))


def note_pull_end(db: sa.Connection, repository: str, number: int, merged: bool | None) -> bool:
    """What became of a pull request: merged, closed without that, or (None) open again; whether a run opened it."""
    mine = sa.and_(
        workflow_runs.c.repository == repository, workflow_runs.c.pull == number, workflow_runs.c.workflow == OPENS
    )
    return db.execute(workflow_runs.update().where(mine).values(merged=merged)).rowcount > 0


def set_options(db: sa.Connection, run_id: str, options: Options) -> None:
    """Change how a run goes on, for example with a larger budget."""
    update_run(db, run_id, options=to_json(options))


def merge_state(db: sa.Connection, run_id: str, changes: Mapping[str, Any]) -> None:
    """Add to a run's state."""
    if changes:
        state = get_run(db, run_id, lock=True).state
        update_run(db, run_id, state={**state, **changes})


def snapshot(db: sa.Connection, run_id: str, *, counting: int = SHOWN) -> Snapshot:
    """All that a reporter shows of a run; its place in line up to the one numbered `counting`."""
    run = get_run(db, run_id)
    return Snapshot(
        run=run,
        definition=definition_of(db, run),
        steps=tuple(steps_of(db, run_id)),
        question=open_question(db, run_id),
        spent=spent(db, run_id),
        before=before(db, run_id, counting) if run.in_line else None,
        pause=pauses.holding(db, run.repository) if run.status.active else None,
    )


def _number(thing: Mapping[str, Any] | None) -> int | None:
    """The number of an issue or a pull request."""
    return thing.get("number") if thing else None


def _run(row: Any) -> Run:
    return Run(
        id=row.id,
        workflow=row.workflow,
        version=row.version,
        definition=row.definition,
        status=RunStatus(row.status),
        repository=row.repository,
        title=row.title,
        inputs=row.inputs,
        options=from_json(Options, row.options),
        state=row.state,
        current_step=row.current_step,
        segment=row.segment,
        generation=row.generation,
        error_text=row.error_text,
        advice=tuple(row.advice),
        active_key=row.active_key,
        created_at=row.created_at,
        updated_at=row.updated_at,
        ended_at=row.ended_at,
        installation=row.installation,
        admitted=row.admitted,
        cleaned_at=row.cleaned_at,
    )
