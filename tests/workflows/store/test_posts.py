"""What we posted is claimed before it is made, and known afterwards with what it shows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.postgres import postgres, postgres_url
from tests.fakes.tables import make_tables
from workflows.runs.meant import meant_by
from workflows.store import posts
from workflows.store.database import Store
from workflows.store.posts import GIVEN_UP, Lease, Post
from workflows.store.records import DefinitionRecord, Run
from workflows.store.run_rows import definition_rows, runs
from workflows.store.tables import workers, workflow_runs
from workflows.values import Options, RunStatus

__all__ = ["postgres", "postgres_url"]

WORKERS = ["a", "b", *map(str, range(16))]


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    file = f"sqlite:///{tmp_path / 'app.sqlite'}"
    store = Store(file if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    make_tables(store)
    store.write_now(definition_rows.define, DefinitionRecord("w", 1, "W", (("a", "A"),)))
    for run_id, forge in (("r1", "github"), ("r2", "local")):
        run = Run(run_id, "w", 1, RunStatus.RUNNING, "r", "t", {"forge": forge}, Options(), {}, "a", 0, 0)
        store.write_now(runs.insert_run, run)
    yield store
    store.close()


@pytest.fixture
def workers_on(store: Store) -> Store:
    signed = [{"id": one, "host": "h", "process": 1, "places": 2, "started_at": 0, "seen_at": 0} for one in WORKERS]
    store.write_now(lambda db: db.execute(workers.insert(), signed))
    return store


SHEET = Post("r1", "comment", "o/r#1")


def lease(store: Store, who: str, now: float = 100, seconds: float = 60) -> Lease | None:
    return store.write_now(posts.take_lease, SHEET, who, now, seconds)


def claim(store: Store, now: float) -> Post:
    return store.write_now(posts.claim, SHEET, now)


def behind(store: Store, until: float | None = None) -> list[str]:
    return store.read_now(posts.behind, "comment", "github", since=0, until=until)


def shown(store: Store) -> float:
    return store.read_now(runs.get_run, "r1").updated_at


def test_only_one_of_those_who_work_has_the_lease_and_not_for_ever(workers_on: Store) -> None:
    assert lease(workers_on, "a") is Lease.FREE
    assert lease(workers_on, "b") is None
    assert lease(workers_on, "a") is Lease.TAKEN_OVER, "of what it wrote before nobody knows"
    assert lease(workers_on, "b", now=159) is None
    assert lease(workers_on, "b", now=161) is Lease.TAKEN_OVER
    assert not workers_on.write_now(posts.give_back, SHEET, "a", [replace(SHEET, external_id="7")])
    assert claim(workers_on, 200) == SHEET, "who lost the lease keeps nothing"
    assert workers_on.write_now(posts.give_back, SHEET, "b")
    assert lease(workers_on, "a") is Lease.FREE


def test_the_lease_of_a_worker_that_left_is_free_at_once(workers_on: Store) -> None:
    lease(workers_on, "a")
    assert lease(workers_on, "b") is None
    workers_on.write_now(lambda db: db.execute(workers.update().where(workers.c.id == "a").values(left_at=1.0)))
    assert lease(workers_on, "b") is Lease.TAKEN_OVER


def test_of_several_at_once_one_has_the_lease(workers_on: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda number: lease(workers_on, f"{number}"), range(16)))
    assert sum(one is not None for one in taken) == 1


def test_what_was_about_to_be_made_is_looked_for_before_it_is_made(store: Store) -> None:
    assert claim(store, 100) == SHEET
    assert claim(store, 150).at == 100
    made = Post("r1", "comment", "o/r#1", "7", "digest", 100)
    store.write_now(posts.confirm, made)
    assert claim(store, 160) == made
    assert store.read_now(posts.find, "r1", "comment") == made


def test_what_is_made_anew_since_it_was_deleted_is_looked_for_too(store: Store) -> None:
    claim(store, 100)
    made = Post("r1", "comment", "o/r#1", "7", "digest", 100)
    store.write_now(posts.confirm, made)
    store.write_now(posts.is_gone, replace(made, external_id="6"), 170)  # another one was quicker
    assert claim(store, 180) == made
    store.write_now(posts.is_gone, made, 190)
    assert claim(store, 200) == replace(made, external_id="", digest="", at=190)


def test_a_run_is_behind_until_its_post_shows_it_as_it_is(store: Store) -> None:
    assert behind(store) == ["r1"]
    made = claim(store, time.time() + 1000)
    assert behind(store) == ["r1"]
    store.write_now(posts.confirm, replace(made, external_id="7", at=shown(store)))
    assert behind(store) == []
    store.write_now(runs.update_run, "r1", status=RunStatus.FAILED)
    assert behind(store) == ["r1"]
    assert behind(store, until=0) == []


def test_a_change_counts_though_the_clock_of_the_machine_before_was_ahead(store: Store) -> None:
    ahead = time.time() + 1000
    store.write_now(lambda db: db.execute(workflow_runs.update().values(updated_at=ahead)))
    store.write_now(posts.confirm, replace(claim(store, 100), external_id="7", at=ahead))
    assert behind(store) == []
    store.write_now(runs.update_run, "r1", status=RunStatus.FAILED)
    assert behind(store) == ["r1"]


def test_what_was_refused_is_left_alone_until_the_run_changes(store: Store) -> None:
    made = claim(store, 100)
    store.write_now(posts.confirm, replace(made, digest=GIVEN_UP, at=shown(store)))
    assert behind(store) == []
    store.write_now(runs.update_run, "r1", status=RunStatus.FAILED)
    assert behind(store) == ["r1"]
    assert store.read_now(posts.behind, "comment", "github", since=0, at_rest=True) == ["r1"]


def test_the_newest_run_of_an_issue_is_found_by_its_number_or_that_of_its_pull_request(store: Store) -> None:
    for run_id, number in (("r3", 7), ("r4", 7), ("r5", 8)):
        inputs = {"issue": {"number": number}}
        state = {"pull": {"number": 20}} if run_id == "r3" else {}
        run = Run(run_id, "w", 1, RunStatus.FAILED, "github.com/o/r", "t", inputs, Options(), state, "a", 0, 0)
        store.write_now(runs.insert_run, run)
    asked = [("github.com/o/r", 7), ("github.com/o/r", 20), ("github.com/o/r", 9), ("github.com/o/other", 7)]
    found = [store.read_now(meant_by, *one) for one in asked]
    assert [run and run.id for run in found] == ["r4", "r3", None, None]


def test_what_stands_in_one_chat_is_not_taken_for_what_stands_in_another(store: Store) -> None:
    for run_id, target in (("r1", "private:1"), ("r2", "private:12")):
        post = Post(run_id, "telegram", target, external_id="5")
        store.write_now(posts.claim, post, 1.0)
        store.write_now(posts.confirm, post)
    sound = Post("r2", "sound", "private:12!0 failed", external_id="6")
    store.write_now(posts.claim, sound, 1.0)
    store.write_now(posts.confirm, sound)
    kinds = ("telegram", "sound")
    assert store.read_now(posts.shown_by, kinds, "private:1", "5") == "r1"
    assert store.read_now(posts.shown_by, kinds, "private:12", "5") == "r2"
    assert store.read_now(posts.shown_by, kinds, "private:12", "6") == "r2"
    assert store.read_now(posts.shown_by, kinds, "private:1", "6") == ""
