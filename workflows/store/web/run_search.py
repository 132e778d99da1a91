"""Queries for lists of runs: filtered, searched, page by page, and which repositories there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from workflows.store.tables import model_calls, workflow_runs
from workflows.values import RunStatus

_MOST_REPOSITORIES = 5000


@dataclass(frozen=True, slots=True)
class KnownRepository:
    """A repository that runs are about, as its newest run names it: `name` as runs are kept under, `called` now.

    `number` is its forge's, which stays when the name changes; 0 where it is not known.
    """

    name: str
    called: str
    forge: str
    installation: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class Filter:
    """Which runs; what is empty bounds nothing. `repositories` are those that may be seen, None for all."""

    repositories: Collection[str] | None = None
    repository: str = ""
    statuses: Sequence[RunStatus] = ()
    workflow: str = ""
    words: str = ""


EVERY_RUN = Filter()


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run as a list shows it."""

    id: str
    workflow: str
    status: RunStatus
    repository: str
    called: str
    title: str
    subject: str
    step: str
    created_at: float
    ended_at: float | None
    pull: int | None
    usd: float | None
    """Of its calls to models, as far as their prices are known; None where no price is."""


@dataclass(frozen=True, slots=True)
class Lines:
    """A page of a list, newest first; `after` is where the next one begins, "" on the last."""

    lines: tuple[RunLine, ...]
    after: str = ""


def repositories(db: sa.Connection) -> list[KnownRepository]:
    """Every repository that there are runs of, in order of their names."""
    run = workflow_runs.c
    newest = sa.select(run.repository, sa.func.max(run.created_at).label("at")).group_by(run.repository).subquery()
    here = sa.and_(run.repository == newest.c.repository, run.created_at == newest.c.at)
    forge, called = run.inputs["forge"].as_string(), run.inputs["repository"].as_string()
    columns = (run.repository, run.repository_id, run.installation)
    query = sa.select(*columns, forge.label("forge"), called.label("called"))
    rows = db.execute(query.join(newest, here).order_by(run.repository).limit(_MOST_REPOSITORIES))
    found = {row.repository: row for row in rows}
    return [_known(row) for row in found.values()]


def repository_of(db: sa.Connection, name: str) -> KnownRepository | None:
    """One of them; None where there is no run of it."""
    run = workflow_runs.c
    forge, called = run.inputs["forge"].as_string(), run.inputs["repository"].as_string()
    columns = (run.repository, run.repository_id, run.installation)
    query = sa.select(*columns, forge.label("forge"), called.label("called"))
    row = db.execute(query.where(run.repository == name).order_by(run.created_at.desc()).limit(1)).first()
    return None if row is None else _known(row)


def search(db: sa.Connection, which: Filter, limit: int = 50, after: str = "") -> Lines:
    """A page of runs, newest first, behind the one that `after` names."""
    run = workflow_runs.c
    columns = (run.id, run.workflow, run.status, run.repository, run.title, run.current_step, run.created_at)
    more = (run.ended_at, run.pull, run.subject_kind, run.subject_number, run.subject_name)
    called = run.inputs["repository"].as_string().label("called")
    query = sa.select(*columns, *more, called).where(*_conditions(which))
    if after:
        # of a run that may not be seen nothing is told, not even that it is there
        mine = sa.true() if which.repositories is None else run.repository.in_(which.repositories)
        here = sa.select(run.created_at).where(run.id == after, mine).scalar_subquery()
        query = query.where(sa.or_(run.created_at < here, sa.and_(run.created_at == here, run.id < after)))
    rows = db.execute(query.order_by(run.created_at.desc(), run.id.desc()).limit(limit + 1)).all()
    costs = _costs(db, [row.id for row in rows[:limit]])
    lines = tuple(_line(row, costs.get(row.id, 0.0)) for row in rows[:limit])
    return Lines(lines, lines[-1].id if len(rows) > limit else "")


def counts(db: sa.Connection, names: Collection[str] | None) -> dict[RunStatus, int]:
    """How many runs of those repositories (None: of all) there are of each status."""
    run = workflow_runs.c
    query = sa.select(run.status, sa.func.count()).where(*_conditions(Filter(names))).group_by(run.status)
    return {RunStatus(status): number for status, number in db.execute(query)}


def _conditions(which: Filter) -> list[sa.ColumnElement[bool]]:
    run, found = workflow_runs.c, list[sa.ColumnElement[bool]]()
    if which.repositories is not None:
        found.append(run.repository.in_(which.repositories))
    if which.repository:
        found.append(run.repository == which.repository)
    if which.statuses:
        found.append(run.status.in_(which.statuses))
    if which.workflow:
        found.append(run.workflow == which.workflow)
    for word in which.words.split()[:8]:
        found.append(_has(word))
    return found


def _has(word: str) -> sa.ColumnElement[bool]:
    """Whether a run is about a word: a number, or something in its title, id or repository."""
    run, number = workflow_runs.c, word.lstrip("#")
    places = [column.icontains(word, autoescape=True) for column in (run.title, run.id, run.repository)]
    if number.isdecimal() and len(number) < 10:
        places += [run.subject_number == int(number), run.pull == int(number)]
    return sa.or_(*places)


def _costs(db: sa.Connection, ids: Sequence[str]) -> dict[str, float | None]:
    calls = model_calls.c
    query = sa.select(calls.run_id, sa.func.sum(calls.usd)).where(calls.run_id.in_(ids)).group_by(calls.run_id)
    return {row.run_id: row[1] for row in db.execute(query)} if ids else {}


def _known(row: Any) -> KnownRepository:
    host = row.repository.partition("/")[0]
    called = f"{host}/{row.called}" if row.called else row.repository
    number = str(row.installation or "")
    installation = int(number) if number.isdecimal() else 0
    return KnownRepository(row.repository, called, row.forge or "", installation, row.repository_id or 0)


def _line(row: Any, usd: float | None) -> RunLine:
    host = row.repository.partition("/")[0]
    number = f"#{row.subject_number}" if row.subject_number else ""
    return RunLine(
        id=row.id,
        workflow=row.workflow,
        status=RunStatus(row.status),
        repository=row.repository,
        called=f"{host}/{row.called}" if row.called else row.repository,
        title=row.title,
        subject=number or (f"@{row.subject_name}" if row.subject_name else ""),
        step=row.current_step,
        created_at=row.created_at,
        ended_at=row.ended_at,
        pull=row.pull,
        usd=usd,
    )
