"""What we posted is claimed before it is made, and known afterwards with what it shows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

import migrations
from tests.fakes.postgres import postgres, postgres_url
from workflows.store import posts, runs
from workflows.store.database import Store
from workflows.store.posts import GIVEN_UP, Post
from workflows.store.records import DefinitionRecord, Run
from workflows.values import Options, RunStatus

__all__ = ["postgres", "postgres_url"]


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    file = f"sqlite:///{tmp_path / 'app.sqlite'}"
    store = Store(file if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    migrations.upgrade(store)
    store.write_now(runs.define, DefinitionRecord("w", 1, "W", (("a", "A"),)))
    for run_id, forge in (("r1", "github"), ("r2", "local")):
        run = Run(run_id, "w", 1, RunStatus.RUNNING, "r", "t", {"forge": forge}, Options(), {}, "a", 0, 0)
        store.write_now(runs.insert_run, run)
    yield store
    store.close()


def claim(store: Store, now: float, lease: float = 60) -> Post | None:
    return store.write_now(posts.claim, "r1", "comment", "o/r#1", now, lease)


def behind(store: Store, until: float | None = None) -> list[str]:
    return store.read_now(posts.behind, "comment", "github", since=0, until=until)


def shown(store: Store) -> float:
    return store.read_now(runs.get_run, "r1").updated_at


def test_only_one_makes_a_post_until_it_is_long_overdue(store: Store) -> None:
    assert claim(store, 100) == Post("r1", "comment", "o/r#1")
    assert claim(store, 150) is None
    taken = claim(store, 170)
    assert taken is not None
    assert taken.at == 100
    assert claim(store, 171) is None


def test_of_several_at_once_one_makes_it_and_one_takes_it_over(store: Store) -> None:
    for now in (100.0, 200.0):
        with ThreadPoolExecutor(8) as pool:
            claims = list(pool.map(lambda _, now=now: claim(store, now), range(16)))
        assert sum(one is not None for one in claims) == 1


def test_a_claim_that_came_to_nothing_is_free_at_once(store: Store) -> None:
    first = claim(store, 100)
    assert first is not None
    store.write_now(posts.release, first)
    assert claim(store, 101) is not None


def test_a_confirmed_post_is_everybodys_to_change(store: Store) -> None:
    made = Post("r1", "comment", "o/r#1", "7", "digest", 100)
    claim(store, 100)
    store.write_now(posts.confirm, made)
    assert claim(store, 101) == made
    store.write_now(posts.release, made)
    assert store.read_now(posts.find, "r1", "comment") == made


def test_a_run_is_behind_until_its_post_shows_it_as_it_is(store: Store) -> None:
    assert behind(store) == ["r1"]
    made = claim(store, time.time() + 1000)
    assert made is not None
    assert behind(store) == ["r1"]
    store.write_now(posts.confirm, replace(made, external_id="7", at=shown(store)))
    assert behind(store) == []
    store.write_now(runs.update_run, "r1", status=RunStatus.FAILED)
    assert behind(store) == ["r1"]
    assert behind(store, until=0) == []


def test_what_was_refused_is_left_alone_until_the_run_changes(store: Store) -> None:
    made = claim(store, 100)
    assert made is not None
    store.write_now(posts.confirm, replace(made, digest=GIVEN_UP, at=shown(store)))
    assert behind(store) == []
    assert claim(store, 101) is not None
    store.write_now(runs.update_run, "r1", status=RunStatus.FAILED)
    assert behind(store) == ["r1"]


def test_the_newest_run_of_an_issue_is_found_by_its_number_or_that_of_its_pull_request(store: Store) -> None:
    for run_id, number in (("r3", 7), ("r4", 7), ("r5", 8)):
        inputs = {"issue": {"number": number}}
        state = {"pull": {"number": 20}} if run_id == "r3" else {}
        run = Run(run_id, "w", 1, RunStatus.FAILED, "github.com/o/r", "t", inputs, Options(), state, "a", 0, 0)
        store.write_now(runs.insert_run, run)
    asked = [("github.com/o/r", 7), ("github.com/o/r", 20), ("github.com/o/r", 9), ("github.com/o/other", 7)]
    found = [store.read_now(runs.newest_on_issue, *one) for one in asked]
    assert [run and run.id for run in found] == ["r4", "r3", None, None]
