"""Queries over how runs went: by day, by repository, and where they failed."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from workflows.store.tables import model_calls, workflow_runs
from workflows.values import RunStatus

DAY = 86400.0
_MOST = 50_000
_GOOD = (RunStatus.COMPLETED,)
_BAD = (RunStatus.FAILED, RunStatus.ABORTED, RunStatus.ROLLED_BACK)


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

    @property
    def rate(self) -> int | None:
        """Of a hundred that ended, how many were completed; None where none ended."""
        return round(100 * self.good / self.ended) if self.ended else None


def history(db: sa.Connection, names: Collection[str] | None, since: float, now: float) -> HistorySums:
    """Of the runs of those repositories (None: of all) that began since then; of very many, the newest."""
    run = workflow_runs.c
    where = [run.created_at >= since]
    if names is not None:
        where.append(run.repository.in_(names))
    columns = (run.id, run.status, run.repository, run.current_step, run.created_at, run.ended_at, run.pull)
    rows = db.execute(sa.select(*columns).where(*where).order_by(run.created_at.desc()).limit(_MOST)).all()
    spent = _spent(db, where, since)
    by_day: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    by_repository: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    failed = Counter(row.current_step for row in rows if row.status == RunStatus.FAILED)
    for row in rows:
        good, bad = row.status in _GOOD, row.status in _BAD
        by_day[int(row.created_at // DAY)][bad] += good or bad
        mine = by_repository[row.repository]
        mine[0] += 1
        mine[1] += good
    days_usd: dict[int, float] = defaultdict(float)
    repositories_usd: dict[str, float] = defaultdict(float)
    for at, repository, usd in spent:
        days_usd[at] += usd
        repositories_usd[repository] += usd
    ended = [row for row in rows if row.status in (*_GOOD, *_BAD)]
    times = [row.ended_at - row.created_at for row in ended if row.status in _GOOD and row.pull and row.ended_at]
    numbers = range(int(since // DAY), int(now // DAY) + 1)
    most = sorted(by_repository.items(), key=lambda one: -one[1][0])[:20]
    return HistorySums(
        days=tuple(DaySum(day * DAY, by_day[day][0], by_day[day][1], days_usd[day]) for day in numbers),
        repositories=tuple(RepositorySum(name, sums[0], sums[1], repositories_usd[name]) for name, sums in most),
        failed_at=tuple(failed.most_common(10)),
        ended=len(ended),
        good=sum(row.status in _GOOD for row in ended),
        median_seconds=statistics.median(times) if times else None,
    )


def _spent(db: sa.Connection, where: list[sa.ColumnElement[bool]], since: float) -> list[tuple[int, str, float]]:
    """(day, repository, dollars) of calls."""
    calls, run = model_calls.c, workflow_runs.c
    day = sa.cast(sa.func.floor(calls.at / DAY), sa.Integer) if db.dialect.name == "postgresql" else _day(calls.at)
    joined = model_calls.join(workflow_runs, run.id == calls.run_id)
    query = sa.select(day.label("day"), run.repository, sa.func.coalesce(sa.func.sum(calls.usd), 0.0))
    query = query.select_from(joined).where(calls.at >= since, *where).group_by(sa.text("day"), run.repository)
    return [(int(at), name, float(usd)) for at, name, usd in db.execute(query)]


def _day(column: sa.ColumnElement[float]) -> sa.ColumnElement[int]:
    """SQLite cuts what follows the point off, and may have no functions for it."""
    return sa.cast(column / DAY, sa.Integer)
