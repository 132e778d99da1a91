"""What was kept for long enough goes, and nothing that anybody still needs; on both databases."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from sandbox.journal import FileAction, FileChange, Where
from tests.fakes.postgres import postgres, postgres_url
from tests.fakes.tables import make_tables
from workflows.errors import RunError, TransientError
from workflows.store import deliveries, retention
from workflows.store.database import Store
from workflows.store.deliveries import Delivery, DeliveryStatus
from workflows.store.records import DefinitionRecord, Run
from workflows.store.run_rows import definition_rows, runs
from workflows.store.run_rows.ledger import SqlLedger, add_files
from workflows.values import Options, RunStatus

__all__ = ["postgres", "postgres_url"]

LONG_AGO = 1000.0


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    sqlite = f"sqlite:///{tmp_path / 'app.sqlite'}"
    opened = Store(sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    make_tables(opened)
    opened.write_now(definition_rows.define, DefinitionRecord("w", 1, "W", (("a", "A"),)))
    for name in ("old", "other"):
        run = Run(name, "w", 1, RunStatus.RUNNING, "r", "t", {}, Options(), {}, "a", 0, 0)
        opened.write_now(runs.insert_run, run)
    yield opened
    opened.close()


def changed(store: Store, run_id: str, *names: str, given: tuple[str, ...] = ()) -> None:
    changes = [FileChange(name, FileAction.CREATED, after_mode="100644", after_blob=name) for name in names]
    where = Where(run_id, "a", 1)
    SqlLedger(store).append_files(where, "t1", "t2", changes, [(name, name.encode() * 100) for name in given])


def end(store: Store, run_id: str, status: RunStatus = RunStatus.FAILED, at: float = LONG_AGO) -> None:
    store.write_now(runs.update_run, run_id, status=status, ended_at=at)


def kept(store: Store) -> set[str]:
    return SqlLedger(store).known_blobs(["mine", "shared", "theirs"])


def test_the_records_of_a_run_go_and_contents_that_others_name_stay(store: Store) -> None:
    changed(store, "old", "mine", "shared", given=("mine", "shared"))
    changed(store, "other", "shared", "theirs", given=("theirs",))
    end(store, "old")
    before = store.read_now(runs.get_run, "old")
    assert store.read_now(retention.ended_before, LONG_AGO + 1) == ["old"]
    assert (store.write_now(retention.forget_run, "old", LONG_AGO + 1) or 0) > 0
    assert kept(store) == {"shared", "theirs"}
    assert SqlLedger(store).entries("old") == []
    run = store.read_now(runs.get_run, "old")
    assert (run.updated_at, run.title) == (before.updated_at, "t")
    with pytest.raises(RunError, match="were cleaned up on"):
        run.need_records()
    assert store.write_now(retention.forget_run, "old", LONG_AGO + 1) is None
    assert store.read_now(retention.repositories) == ["r"]


@pytest.mark.parametrize("status", [RunStatus.RUNNING, RunStatus.PENDING, RunStatus.WAITING, RunStatus.FAILED])
def test_a_run_that_may_still_go_on_keeps_all_it_has(store: Store, status: RunStatus) -> None:
    changed(store, "old", "mine", given=("mine",))
    end(store, "old", status)
    before = LONG_AGO - 1 if status is RunStatus.FAILED else time.time() + 1e6
    assert store.read_now(retention.ended_before, before) == []
    assert store.write_now(retention.forget_run, "old", before) is None
    assert kept(store) == {"mine"}
    fate = store.read_now(retention.fates, ["old", "nobody"])
    assert [(one.ended_at, one.cleaned) for one in fate.values()] == [
        (LONG_AGO if status is RunStatus.FAILED else None, False)
    ]


def test_contents_are_not_removed_under_a_journal_that_is_just_written(postgres_url: str, tmp_path: Path) -> None:
    store = Store(postgres_url)
    make_tables(store)
    store.write_now(definition_rows.define, DefinitionRecord("w", 1, "W", (("a", "A"),)))
    for name in ("old", "other"):
        run = Run(name, "w", 1, RunStatus.RUNNING, "r", "t", {}, Options(), {}, "a", 0, 0)
        store.write_now(runs.insert_run, run)
    changed(store, "old", "mine", "shared", given=("mine", "shared"))
    end(store, "old")
    change = FileChange("f", FileAction.CREATED, after_mode="100644", after_blob="shared")
    cleaning = threading.Thread(target=store.write_now, args=(retention.forget_run, "old", LONG_AGO + 1))
    with store.engine.begin() as db:
        add_files(db, Where("other", "a", 1), "t1", "t2", [change], [])
        cleaning.start()
        cleaning.join(0.3)
        assert cleaning.is_alive()
    cleaning.join(30)
    assert kept(store) == {"shared"}
    store.close()


def test_who_names_contents_that_have_just_gone_is_told_to_try_again(store: Store) -> None:
    with pytest.raises(TransientError, match="cleaned up"):
        changed(store, "other", "mine")
    assert SqlLedger(store).entries("other") == []


def test_webhooks_that_were_handled_go_in_batches_and_those_that_were_not_stay(store: Store) -> None:
    arrived = [Delivery(f"g{number}", "issues", b"{}", 1.0) for number in range(5)]
    store.write_now(deliveries.keep, arrived)
    for one in arrived[:3]:
        store.write_now(deliveries.close, one.guid, DeliveryStatus.IGNORED, "a bot did it")
    assert store.read_now(retention.count_deliveries, time.time() - 60) == 0
    later = time.time() + 60
    assert [store.write_now(retention.forget_deliveries, later, 2) for _ in range(3)] == [2, 1, 0]
    assert store.read_now(deliveries.counts) == {"stored": 2}


def test_a_file_gives_back_what_was_removed_from_it(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
    make_tables(store)
    store.write_now(
        lambda db: db.execute(sa.text("INSERT INTO blobs (id, size, data) VALUES ('b', 1, zeroblob(3000000))"))
    )
    store.write_now(lambda db: db.execute(sa.text("DELETE FROM blobs")))
    given = [store.write_now(retention.give_back) for _ in range(3)]
    assert sum(given) > 2_900_000
    assert given[2] == 0
    store.close()
