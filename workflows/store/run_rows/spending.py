"""Queries over model calls and what they cost."""

from __future__ import annotations

import time

import sqlalchemy as sa

from workflows.ports import Usage
from workflows.store.tables import model_calls, workflow_runs
from workflows.values import Spent


def add_call(db: sa.Connection, run_id: str, step: str, purpose: str, model: str, usage: Usage) -> None:
    row = {
        "run_id": run_id,
        "step": step,
        "purpose": purpose,
        "model": model,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "cached_tokens": usage.cached_tokens,
        "usd": usage.usd,
        "seconds": usage.seconds,
        "at": time.time(),
    }
    db.execute(model_calls.insert(), row)


def spent(db: sa.Connection, run_id: str) -> Spent:
    """The sums over a run's calls; `seconds` is time spent inside of calls."""
    calls = model_calls.c
    row = db.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(calls.usd), 0.0),
            sa.func.coalesce(sa.func.sum(calls.prompt_tokens + calls.completion_tokens), 0),
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(calls.seconds), 0.0),
            sa.func.count() - sa.func.count(calls.usd),
        ).where(calls.run_id == run_id)
    ).one()
    return Spent(usd=float(row[0]), tokens=int(row[1]), turns=row[2], seconds=float(row[3]), unpriced=row[4])


def of_owner(db: sa.Connection, owner: str, since: float) -> float:
    """The dollars of all calls since then in repositories whose names begin with `owner` and a slash."""
    named = sa.func.lower(workflow_runs.c.repository).startswith(f"{owner.lower()}/", autoescape=True)
    return _dollars(db, since, workflow_runs.c.installation != "", named)


def of_local_runs(db: sa.Connection, since: float) -> float:
    """The dollars of all calls since then in runs that came from no forge."""
    return _dollars(db, since, workflow_runs.c.installation == "")


def of_outsiders(db: sa.Connection, repository: str, since: float) -> float:
    """The dollars of all calls since then in a repository's runs that people without write permission caused."""
    theirs = workflow_runs.c.inputs["outsider"].as_boolean()
    return _dollars(db, since, workflow_runs.c.repository == repository, theirs)


def _dollars(db: sa.Connection, since: float, *which: sa.ColumnElement[bool]) -> float:
    calls = model_calls.join(workflow_runs, workflow_runs.c.id == model_calls.c.run_id)
    query = sa.select(sa.func.coalesce(sa.func.sum(model_calls.c.usd), 0.0)).select_from(calls)
    return float(db.execute(query.where(model_calls.c.at >= since, *which)).scalar_one())
