"""How runs went: by day, repository and step, on both databases."""

from __future__ import annotations

import pytest

from tests.fakes.both_databases import either_store, postgres, postgres_url
from workflows.ports import Usage
from workflows.store.database import Store
from workflows.store.records import Run
from workflows.store.run_rows import runs, spending
from workflows.store.tables import workflow_runs
from workflows.store.web import run_search
from workflows.store.web.history import DAY, DaySum, RepositorySum, history
from workflows.store.web.run_search import Filter
from workflows.values import Options, RunStatus

__all__ = ["either_store", "postgres", "postgres_url"]

NOW = 20_000 * DAY + 0.9 * DAY


@pytest.fixture
def store(either_store: Store) -> Store:
    return either_store


def keep(store: Store, run_id: str, repository: str, status: RunStatus, at: float, usd: float, pull: int = 0) -> None:
    state = {"pull": {"number": pull}} if pull else {}
    inputs = {"forge": "github", "installation": 7, "repository": f"{repository}-now"}
    run = Run(run_id, "issue_to_pr", 1, status, f"h/{repository}", run_id, inputs, Options(), state, "plan", 0, 0)
    store.write_now(runs.insert_run, run)
    times = workflow_runs.update().where(workflow_runs.c.id == run_id).values(created_at=at, ended_at=at + 100)
    store.write_now(lambda db: db.execute(times))
    for part in (usd / 2, usd / 2, None):
        usage = Usage(1, 1, usd=part, seconds=1.0)
        store.write_now(lambda db, usage=usage: spending.book(db, run_id, "plan", "p", "m", usage, at))


def test_runs_are_summed_up(store: Store) -> None:
    keep(store, "a", "one", RunStatus.COMPLETED, NOW, 0.5, pull=3)
    keep(store, "b", "one", RunStatus.FAILED, NOW, 0.25)
    keep(store, "c", "two", RunStatus.ABORTED, NOW - DAY, 1.0)
    keep(store, "d", "two", RunStatus.RUNNING, NOW - DAY, 1.0)
    keep(store, "e", "two", RunStatus.COMPLETED, NOW - 9 * DAY, 9.0)
    found = store.read_now(history, None, NOW - 2 * DAY, NOW)
    assert found.days == (
        DaySum(19_998 * DAY, 0, 0, 0.0),
        DaySum(19_999 * DAY, 0, 1, 2.0),
        DaySum(20_000 * DAY, 1, 1, 0.75),
    )
    assert found.repositories == (RepositorySum("h/one", 2, 1, 0.75), RepositorySum("h/two", 2, 0, 2.0))
    assert (found.ended, found.good, found.rate, found.failed_at) == (3, 1, 33, (("plan", 1),))
    assert found.median_seconds == pytest.approx(100)
    one = store.read_now(history, {"h/one"}, NOW - 2 * DAY, NOW)
    assert (one.ended, [sums.repository for sums in one.repositories]) == (2, ["h/one"])
    assert store.read_now(history, (), NOW - 2 * DAY, NOW).rate is None


def test_what_became_of_pull_requests_is_counted(store: Store) -> None:
    for number in range(1, 7):
        keep(store, f"r{number}", "one", RunStatus.COMPLETED, NOW, 0.1, pull=number)
    keep(store, "x", "two", RunStatus.COMPLETED, NOW, 0.1, pull=1)
    keep(store, "y", "one", RunStatus.COMPLETED, NOW, 0.1)
    for number, merged in ((1, True), (2, True), (3, False), (4, True), (4, None), (99, True)):
        noted = store.write_now(runs.note_pull_end, "h/one", number, merged)
        assert noted is (number != 99)
    found = store.read_now(history, None, NOW - DAY, NOW)
    assert (found.merged, found.closed, found.open) == (2, 1, 4)
    two = store.read_now(history, {"h/two"}, NOW - DAY, NOW)
    assert (two.merged, two.closed, two.open) == (0, 0, 1)


def test_lists_are_searched_and_repositories_known_by_their_newest_name(store: Store) -> None:
    for number in range(5):
        keep(store, f"r{number}", "one", RunStatus.FAILED, NOW + number, 0.1)
    keep(store, "x", "two", RunStatus.COMPLETED, NOW + 2, 0.2, pull=77)
    first = store.read_now(run_search.search, Filter(), 4)
    rest = store.read_now(run_search.search, Filter(), 4, first.after)
    assert [one.id for one in first.lines + rest.lines] == ["r4", "r3", "x", "r2", "r1", "r0"]
    assert rest.after == ""
    found = store.read_now(run_search.search, Filter(words="#77"), 4)
    assert [(one.id, one.usd, one.called) for one in found.lines] == [("x", 0.2, "h/two-now")]
    assert store.read_now(run_search.search, Filter(words="100%_"), 4).lines == ()
    assert [(one.name, one.called, one.installation) for one in store.read_now(run_search.repositories)] == [
        ("h/one", "h/one-now", 7),
        ("h/two", "h/two-now", 7),
    ]
    assert store.read_now(run_search.counts, ("h/one",)) == {RunStatus.FAILED: 5}
