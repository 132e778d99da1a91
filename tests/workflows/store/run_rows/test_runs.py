"""Runs as rows: what only one of them may work on is given to one, however many ask at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from sandbox.journal import Where
from tests.fakes.postgres import postgres, postgres_url
from tests.fakes.tables import make_tables
from workflows.store.database import Store
from workflows.store.records import DefinitionRecord, Run
from workflows.store.run_rows import definition_rows, runs
from workflows.store.run_rows.ledger import SqlLedger
from workflows.values import Options, RunStatus

__all__ = ["postgres", "postgres_url"]

ONE = Run("r0", "w", 1, RunStatus.PENDING, "r", "t", {}, Options(), {}, "a", 0, 0, active_key="r#1")


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    store = Store(postgres_url)
    make_tables(store)
    yield store
    store.close()


def test_of_several_workers_that_start_a_run_for_one_issue_at_once_one_does(store: Store) -> None:
    def start(name: str) -> Run:
        store.write_now(definition_rows.define, DefinitionRecord("w", 1, "W", (("a", "A"),)))
        return store.write_now(runs.insert_run, replace(ONE, id=name))

    with ThreadPoolExecutor(8) as pool:
        started = list(pool.map(start, [f"r{number}" for number in range(8)]))
    assert len({run.id for run in started}) == len(store.read_now(runs.list_runs)) == 1


def test_two_who_add_to_the_state_of_a_run_at_once_both_do(store: Store) -> None:
    store.write_now(definition_rows.define, DefinitionRecord("w", 1, "W", (("a", "A"),)))
    store.write_now(runs.insert_run, ONE)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.write_now(runs.merge_state, ONE.id, {f"k{n}": n}), range(16)))
    assert store.read_now(runs.get_run, ONE.id).state == {f"k{n}": n for n in range(16)}


def test_runs_that_keep_the_same_contents_at_once_all_do(store: Store) -> None:
    store.write_now(definition_rows.define, DefinitionRecord("w", 1, "W", (("a", "A"),)))
    contents = [(f"b{number}", bytes(5000)) for number in range(200)]

    def keep(number: int) -> None:
        run = replace(ONE, id=f"r{number}", active_key=None)
        store.write_now(runs.insert_run, run)
        mine = contents if number % 2 else contents[::-1]
        SqlLedger(store).append_files(Where(run.id, "a"), "t1", "t2", [], mine)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keep, range(16)))
    assert len(SqlLedger(store).known_blobs([name for name, _ in contents])) == 200
