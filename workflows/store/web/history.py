"""Queries over how runs went: by day, by repository, and where they failed."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from workflows.store.run_rows.runs import OPENS
from workflows.store.tables import day_costs, workflow_runs, workflows
from workflows.values import RunStatus

DAY = 86400.0
_MOST = 50_000
_MOST_REPOSITORIES, _MOST_STEPS = 20, 10
_GOOD = RunStatus.COMPLETED
_ENDED = (_GOOD, RunStatus.FAILED, RunStatus.ABORTED, RunStatus.ROLLED_BACK)


@dataclass(frozen=True, slots=True)
class DaySum:
    """A day (UTC), by the runs that began on it; `usd` is what was spent on it."""

    at: float
    good: int
    bad: int
    usd: float


@dataclass(frozen=True, slots=True)
class RepositorySum:
    repository: str
    runs: int
    good: int
    usd: float


@dataclass(frozen=True, slots=True)
class HistorySums:
    """What came of the runs of some days. `median_seconds` is from start to a pull request, None where none came."""

    days: tuple[DaySum, ...]
    repositories: tuple[RepositorySum, ...]
    failed_at: tuple[tuple[str, int], ...]
    ended: int
    good: int
    median_seconds: float | None
    merged: int = 0
    """Of the pull requests that were opened, how many were merged by now; `closed` without that."""
    closed: int = 0
    open: int = 0

    @property
    def rate(self) -> int | None:
        """Of a hundred that ended, how many were completed; None where none ended."""
        return round(100 * self.good / self.ended) if self.ended else None


def history(db: sa.Connection, names: Collection[str] | None, since: float, now: float) -> HistorySums:
    """Of the runs of those repositories (None: of all) that began since then."""
    run = workflow_runs.c
    where = [run.created_at >= since]
    if names is not None:
        where.append(run.repository.in_(names))
    number = sa.func.count()
    by_day: dict[int, Counter[bool]] = defaultdict(Counter)
    by_repository: dict[str, Counter[str]] = defaultdict(Counter)
    day = _day(db, run.created_at).label("day")
    query = sa.select(day, run.repository, run.status, number).where(*where)
    for at, repository, status, count in db.execute(query.group_by(sa.text("day"), run.repository, run.status)):
        if status in _ENDED:
            by_day[int(at)][status == _GOOD] += count
        by_repository[repository][status] += count
    days_usd, repositories_usd = _spent(db, names, since)
    failed = sa.select(run.workflow, run.current_step, number).where(run.status == RunStatus.FAILED, *where)
    at_fault = Counter[str]()
    for workflow, step, count in db.execute(failed.group_by(run.workflow, run.current_step)):
        at_fault[_titles(db, workflow).get(step, step)] += count
    took = sa.select(run.ended_at - run.created_at).where(run.status == _GOOD, run.pull.is_not(None), *where)
    times = [float(one) for one in db.scalars(took.limit(_MOST)) if one is not None]
    pulls = _pulls(db, where)
    most = sorted(by_repository.items(), key=lambda one: (-one[1].total(), one[0]))[:_MOST_REPOSITORIES]
    whole = Counter[bool]()
    for sums in by_day.values():
        whole.update(sums)
    return HistorySums(
        days=tuple(
            DaySum(at * DAY, by_day[at][True], by_day[at][False], days_usd[at])
            for at in range(int(since // DAY), int(now // DAY) + 1)
        ),
        repositories=tuple(
            RepositorySum(name, sums.total(), sums[_GOOD], repositories_usd[name]) for name, sums in most
        ),
        failed_at=tuple(sorted(at_fault.items(), key=lambda one: (-one[1], one[0]))[:_MOST_STEPS]),
        ended=whole.total(),
        good=whole[True],
        median_seconds=statistics.median(times) if times else None,
        merged=pulls[True],
        closed=pulls[False],
        open=pulls[None],
    )


def _titles(db: sa.Connection, workflow: str) -> dict[str, str]:
    """What the steps of a workflow are called, by the newest of its versions that calls them."""
    of_it = sa.select(workflows.c.steps).where(workflows.c.name == workflow).order_by(workflows.c.version)
    return {key: title for steps in db.scalars(of_it) for key, title in steps}


def _pulls(db: sa.Connection, where: Sequence[sa.ColumnElement[bool]]) -> Counter[bool | None]:
    """How many of the pull requests that runs opened are merged (True), closed without that (False), or open."""
    run = workflow_runs.c
    query = sa.select(run.merged, sa.func.count()).where(run.pull.is_not(None), run.workflow == OPENS, *where)
    found: Counter[bool | None] = Counter()
    for merged, number in db.execute(query.group_by(run.merged)):
        found[merged] = number
    return found


def _spent(
    db: sa.Connection, names: Collection[str] | None, since: float
) -> tuple[Mapping[int, float], Mapping[str, float]]:
    """Dollars of calls since then, by day and by repository."""
    row = day_costs.c
    days: dict[int, float] = defaultdict(float)
    repositories: dict[str, float] = defaultdict(float)
    query = sa.select(row.day, row.repository, row.usd).where(row.day >= int(since // DAY))
    for at, repository, usd in db.execute(query if names is None else query.where(row.repository.in_(names))):
        days[at] += usd
        repositories[repository] += usd
    return days, repositories


def _day(db: sa.Connection, column: sa.ColumnElement[float]) -> sa.ColumnElement[int]:
    """SQLite cuts what follows the point off, and may have no functions for it; Postgres would round."""
    days = column / DAY
    return sa.cast(sa.func.floor(days) if db.dialect.name == "postgresql" else days, sa.Integer)
