"""Queries over model calls and what they cost.

A call is written down before it is made, with the most that it may cost, and booked with what it did
cost. Whoever is killed in between has spent something that nobody knows any more: then the most counts.
"""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import sqlalchemy as sa

from workflows.ports import Usage
from workflows.store import run_events
from workflows.store.run_events import EventKind
from workflows.store.tables import day_costs, model_calls, open_calls, workflow_runs
from workflows.store.upserts import upsert
from workflows.values import RunStatus, Spent

LOST = "an answer that was lost"
"""The purpose of a call that was paid for, as far as we know, and whose answer nobody has."""
_DAY = 86400.0


# Made once: each turn of an agent needs them, and making a statement takes longer than carrying it out.


def _opening(usd: sa.ColumnElement[float]) -> sa.Insert:
    values = {
        "run_id": sa.bindparam("of"),
        "step": sa.bindparam("by"),
        "model": sa.bindparam("name"),
        "prompt_tokens": sa.bindparam("prompt"),
        "completion_tokens": sa.bindparam("completion"),
        "usd": usd,
        "at": sa.bindparam("now"),
    }
    return open_calls.insert().values(values).returning(open_calls.c.id)


@cache
def _adding_to_day(dialect: str) -> sa.Insert:
    run = workflow_runs.c
    today, dollars = sa.bindparam("today", type_=sa.Integer), sa.bindparam("dollars", type_=sa.Float)
    row = upsert(dialect, day_costs).from_select(
        ["day", "repository", "usd"], sa.select(today, run.repository, dollars).where(run.id == sa.bindparam("of"))
    )
    more = {"usd": day_costs.c.usd + row.excluded.usd}
    return row.on_conflict_do_update(index_elements=["day", "repository"], set_=more)


_OPEN = _opening(sa.bindparam("dollars", type_=sa.Float))
_OPEN_UNPRICED = _opening(
    sa.select(sa.func.max(model_calls.c.usd)).where(model_calls.c.run_id == sa.bindparam("of")).scalar_subquery()
)
_CLOSE_OLDEST = open_calls.delete().where(
    open_calls.c.id
    == sa.select(sa.func.min(open_calls.c.id))
    .where(open_calls.c.run_id == sa.bindparam("of"), open_calls.c.step == sa.bindparam("by"))
    .scalar_subquery()
)
_BOOK = model_calls.insert()


def open_call(db: sa.Connection, run_id: str, step: str, model: str, most: Usage) -> int:
    """Write down that a call is about to be made, which takes `most` at the most; its number.

    Where its price is known only behind it, the dearest call of the run so far stands in for it.
    """
    row = {
        "of": run_id,
        "by": step,
        "name": model,
        "prompt": most.prompt_tokens,
        "completion": most.completion_tokens,
        "now": time.time(),
    }
    if most.usd is None:
        return int(db.execute(_OPEN_UNPRICED, row).scalar_one())
    return int(db.execute(_OPEN, {**row, "dollars": most.usd}).scalar_one())


def forget_call(db: sa.Connection, number: int) -> None:
    """It was not answered, and nothing is paid for."""
    db.execute(open_calls.delete().where(open_calls.c.id == number))


def book_lost(db: sa.Connection, run_id: str, step: str = "") -> None:
    """Count the calls of a run that were begun and never booked, each with the most that it may have taken.

    Only for who knows that none of them is under way any more, with `step` of that one's.
    """
    mine = sa.and_(open_calls.c.run_id == run_id, open_calls.c.step == step if step else sa.true())
    for row in db.execute(sa.select(open_calls).where(mine)).all():
        most = Usage(row.prompt_tokens, row.completion_tokens, usd=row.usd)
        book(db, run_id, row.step, LOST, row.model, most, row.at)
        forget_call(db, row.id)


def add_call(db: sa.Connection, run_id: str, step: str, purpose: str, model: str, usage: Usage) -> None:
    """Book a call that was answered: it is not open any more. Of several of one step the oldest is taken for it."""
    db.execute(_CLOSE_OLDEST, {"of": run_id, "by": step})
    book(db, run_id, step, purpose, model, usage, time.time())


def book(db: sa.Connection, run_id: str, step: str, purpose: str, model: str, usage: Usage, at: float) -> None:
    """Count a call of that moment, for its run and for the day."""
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
        "at": at,
    }
    db.execute(_BOOK, row)
    if usage.usd:
        _add_to_day(db, run_id, usage.usd, at)
    run_events.note(db, run_id, EventKind.COST)


def _add_to_day(db: sa.Connection, run_id: str, usd: float, at: float) -> None:
    db.execute(_adding_to_day(db.dialect.name), {"today": int(at // _DAY), "of": run_id, "dollars": usd})


def spent(db: sa.Connection, run_id: str) -> Spent:
    """The sums over a run's calls; `seconds` is time spent inside of calls.

    One that is open counts once nothing works on the run: then its answer never came.
    """
    calls = _calls_of(run_id)
    row = db.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(calls.usd), 0.0),
            sa.func.coalesce(sa.func.sum(calls.prompt_tokens + calls.completion_tokens), 0),
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(calls.seconds), 0.0),
            sa.func.count() - sa.func.count(calls.usd),
        )
    ).one()
    return Spent(usd=float(row[0]), tokens=int(row[1]), turns=row[2], seconds=float(row[3]), unpriced=row[4])


def _calls_of(run_id: str) -> Any:
    """(usd, prompt_tokens, completion_tokens, seconds) of each, as the columns of a query."""
    calls, lost, run = model_calls.c, open_calls.c, workflow_runs.c
    booked = sa.select(calls.usd, calls.prompt_tokens, calls.completion_tokens, calls.seconds)
    begun = sa.select(lost.usd, lost.prompt_tokens, lost.completion_tokens, sa.literal(0.0))
    at_rest = sa.exists().where(run.id == run_id, run.status != RunStatus.RUNNING)
    both = sa.union_all(booked.where(calls.run_id == run_id), begun.where(lost.run_id == run_id, at_rest))
    return both.subquery().c


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
    """Of open calls those count that nobody waits for any more."""
    at_rest = workflow_runs.c.status != RunStatus.RUNNING
    total = 0.0
    for calls, counted in ((model_calls, sa.true()), (open_calls, at_rest)):
        joined = calls.join(workflow_runs, workflow_runs.c.id == calls.c.run_id)
        query = sa.select(sa.func.coalesce(sa.func.sum(calls.c.usd), 0.0)).select_from(joined)
        total += float(db.execute(query.where(calls.c.at >= since, counted, *which)).scalar_one())
    return total
