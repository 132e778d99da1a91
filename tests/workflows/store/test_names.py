"""Under which name runs of a repository are found, and that dry runs are nobody's there; on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.both_databases import either_store, postgres, postgres_url
from tests.fakes.snapshots import snapshot
from workflows.runs.meant import meant_by
from workflows.store import posts
from workflows.store.database import Store
from workflows.store.records import DefinitionRecord, Run
from workflows.store.run_rows import definition_rows, runs
from workflows.values import Issue, Options, to_json

__all__ = ["either_store", "postgres", "postgres_url"]

NAME = "github.com/octo/adder"
HUGE = 5_000_000_000


@pytest.fixture
def store(either_store: Store) -> Store:
    return either_store


def started(store: Store, run_id: str, repository_id: int | None, **columns: Any) -> Run:
    inputs: dict[str, Any] = {"forge": "github", "repository": "octo/adder", "issue": to_json(Issue(7, "It", ""))}
    if repository_id is not None:
        inputs["repository_id"] = str(repository_id)
    run = replace(snapshot().run, id=run_id, repository=NAME, inputs=inputs, **columns)
    store.write_now(lambda db: definition_rows.define(db, DefinitionRecord("toy", 1, "A toy", (("first", "Begin"),))))
    return store.write_now(runs.insert_run, run)


def test_a_repository_is_known_by_the_name_of_its_first_run_and_its_number(store: Store) -> None:
    assert store.read_now(runs.name_of, NAME, HUGE) == NAME
    started(store, "r1", HUGE)
    assert store.read_now(runs.name_of, "github.com/octo/renamed", HUGE) == NAME
    assert store.read_now(runs.name_of, NAME, 8) == f"{NAME}~8", "the name is another one's"
    assert store.read_now(runs.name_of, NAME, 0) == NAME


def test_people_are_told_the_name_that_a_repository_had_when_the_run_was_started(store: Store) -> None:
    run = started(store, "r1", HUGE)
    assert run.called == NAME
    later = replace(run, repository=f"{NAME}~8", inputs={**run.inputs, "repository": "octo/renamed"})
    assert later.called == "github.com/octo/renamed"
    assert replace(run, repository="/home/me/adder", inputs={}).called == "/home/me/adder"


def test_runs_from_before_numbers_were_kept_are_found_by_the_name(store: Store) -> None:
    started(store, "r1", None)
    assert store.read_now(runs.name_of, NAME, HUGE) == NAME


def test_a_dry_run_is_neither_the_issues_nor_ever_behind(store: Store) -> None:
    started(store, "r1", HUGE, created_at=1.0)
    started(store, "r2", HUGE, created_at=2.0, options=Options(dry_run=True))
    newest = store.read_now(meant_by, NAME, 7)
    assert newest is not None
    assert newest.id == "r1"
    assert store.read_now(posts.behind, "comment", "github", since=0.0) == ["r1"]
