"""What runs may spend together in a day: whose calls count, of which day, and what is refused then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

import migrations
from tests.fakes.postgres import postgres, postgres_url
from tests.fakes.snapshots import snapshot
from tests.fakes.tables import make_tables
from tests.fakes.toy_workflow import TOY, RememberingReporter
from tests.fakes.walking import ME, StillEngine
from workflows.errors import DayIsSpent, RunError
from workflows.model.adapter import LiteModel
from workflows.model.spending.daily_caps import Capped, DailyCaps
from workflows.ports import Message, Usage
from workflows.runs.control import Runs, record_of
from workflows.store.database import Store
from workflows.store.records import Run, StepRun
from workflows.store.run_rows import definition_rows, runs, spending, steps
from workflows.store.tables import model_calls
from workflows.values import Options, RunStatus, StepStatus

__all__ = ["postgres", "postgres_url"]

DAY = 86400
NOON = 20_000.5 * DAY
MIDNIGHT = 20_000 * DAY


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """No day ends while these tests run."""
    monkeypatch.setattr(time, "time", lambda: NOON)


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "postgres":
        opened = Store(request.getfixturevalue("postgres_url"))
        migrations.upgrade(opened)
    else:
        opened = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
        make_tables(opened)
    opened.write_now(definition_rows.define, record_of(TOY))
    yield opened
    opened.close()


def a_run(store: Store, name: str, repository: str, *, outsider: bool = False) -> Run:
    """A run on GitHub where the repository begins with a host, a local one where it is a path."""
    inputs = {} if repository.startswith("/") else {"installation": 17, "repository": repository.partition("/")[2]}
    run = replace(
        snapshot().run,
        id=name,
        workflow="toy",
        repository=repository,
        inputs={**inputs, "outsider": outsider},
        active_key=None,
    )
    return store.write_now(runs.insert_run, run)


def paid(store: Store, run: Run, usd: float | None, at: float = NOON) -> None:
    def pay(db: sa.Connection) -> None:
        spending.add_call(db, run.id, "plan", "plan", "m", Usage(usd=usd))
        newest = sa.select(sa.func.max(model_calls.c.id)).scalar_subquery()
        db.execute(model_calls.update().where(model_calls.c.id == newest).values(at=at))

    store.write_now(pay)


def may(store: Store, caps: DailyCaps, run: Run, now: float = NOON) -> bool:
    try:
        store.read_now(caps.check, run, now)
    except DayIsSpent:
        return False
    return True


def test_all_repositories_of_an_owner_share_a_cap_and_local_runs_have_their_own(store: Store) -> None:
    caps = DailyCaps(account=1.0)
    one, two = a_run(store, "a", "github.com/octo/one"), a_run(store, "b", "github.com/Octo/two")
    others = [
        a_run(store, "c", "github.com/octopus/one"),
        a_run(store, "d", "github.com/oct_/x"),
        a_run(store, "e", "/o"),
    ]
    paid(store, one, 0.6)
    paid(store, one, None)
    assert may(store, caps, two)
    paid(store, two, 0.4)
    assert (may(store, caps, one), may(store, caps, two)) == (False, False)
    assert all(may(store, caps, other) for other in others)
    paid(store, others[2], 1.0)
    assert [may(store, caps, other) for other in others] == [True, True, False]
    assert may(store, DailyCaps(), one)


def test_a_day_is_one_of_utc(store: Store) -> None:
    caps, run = DailyCaps(account=1.0), a_run(store, "a", "/here")
    paid(store, run, 5.0, MIDNIGHT - 1)
    assert may(store, caps, run, MIDNIGHT)
    paid(store, run, 1.0, MIDNIGHT)
    assert not may(store, caps, run, MIDNIGHT + DAY - 1)
    assert may(store, caps, run, MIDNIGHT + DAY)


def test_runs_of_outsiders_share_a_cap_in_their_repository_which_binds_nobody_else(store: Store) -> None:
    caps = DailyCaps(outsiders=1.0)
    theirs = [a_run(store, name, "github.com/octo/one", outsider=True) for name in ("a", "b")]
    member, elsewhere = (
        a_run(store, "c", "github.com/octo/one"),
        a_run(store, "d", "github.com/octo/two", outsider=True),
    )
    paid(store, member, 9.0)
    assert may(store, caps, theirs[1])
    paid(store, theirs[0], 1.0)
    assert [may(store, caps, run) for run in (*theirs, member, elsewhere)] == [False, False, True, True]


def test_the_calls_of_a_day_are_found_by_an_index(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
    make_tables(store)
    said: list[tuple[str, tuple[object, ...]]] = []

    def listen(connection: object, cursor: object, statement: str, values: tuple[object, ...], *_: object) -> None:
        said.append((statement, values))

    def plan(db: sa.Connection) -> str:
        sa.event.listen(db, "before_cursor_execute", listen)
        spending.of_owner(db, "github.com/octo", NOON)
        sa.event.remove(db, "before_cursor_execute", listen)
        asked = [db.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all() for text, values in said]
        return " ".join(str(row) for rows in asked for row in rows)

    found = store.read_now(plan)
    store.close()
    assert "ix_model_calls_at" in found
    assert "ix_open_calls_at" in found
    assert "SCAN" not in found


async def test_where_the_day_is_spent_nothing_starts_and_nothing_goes_on(store: Store) -> None:
    office = Runs(store, StillEngine(), {"toy": TOY}, RememberingReporter(), caps=DailyCaps(account=1.0))

    async def start() -> Run:
        return await office.start(
            "toy", repository="/r", title="t", inputs={}, options=Options(), asker=ME, active_key="k"
        )

    run = await start()
    store.write_now(spending.add_call, run.id, "plan", "plan", "m", Usage(usd=1.0))
    assert (await start()).id == run.id, "the live one is given back as ever"
    store.write_now(runs.update_run, run.id, status=RunStatus.FAILED)
    remedy = (
        r"^Local runs have spent \$1\.00 today, of \$1 that they may\. Go on after midnight UTC, or .*MAX_DAILY_COST"
    )
    for refused in (start(), office.resume(run.id, asker=ME)):
        with pytest.raises(DayIsSpent, match=remedy):
            await refused
    with pytest.raises(RunError, match="has not come to step"):
        await office.retry(run.id, TOY.keys[0], asker=ME)
    store.write_now(steps.begin_step, StepRun(run.id, 0, 0, 1, TOY.keys[0], StepStatus.RUNNING))
    with pytest.raises(DayIsSpent):
        await office.retry(run.id, TOY.keys[0], asker=ME)
    assert [one.id for one in store.read_now(runs.list_runs)] == [run.id]


async def test_a_model_is_not_called_where_it_is_not_allowed() -> None:
    async def refuse() -> None:
        raise DayIsSpent("Enough.", "Wait.")

    model = Capped(LiteModel("openai/x", api_base="http://127.0.0.1:9", api_key="k"), refuse)
    with pytest.raises(DayIsSpent):
        await model.complete([Message("user", "hello")])
