"""Queries over model calls and what they cost."""

from __future__ import annotations

import time

import sqlalchemy as sa

from workflows.ports import Usage
from workflows.store.tables import model_calls
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
