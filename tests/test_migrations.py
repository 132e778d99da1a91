"""Migrations make the tables that the code uses, on data of the one before, and refuse a newer database."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import migrations
from tests.fakes.postgres import postgres, postgres_url
from workflows.errors import StoreError
from workflows.ports import Usage
from workflows.store import posts, run_events
from workflows.store.database import Store
from workflows.store.records import DefinitionRecord, ItemRecord
from workflows.store.run_rows import definition_rows, runs, spending
from workflows.store.tables import day_costs, metadata
from workflows.store.telegram import buttons, chats, people
from workflows.values import RunStatus

__all__ = ["postgres", "postgres_url"]

ROOT = Path(migrations.__file__).parents[1]


def store_in(folder: Path) -> Store:
    return Store(f"sqlite:///{folder / 'app.sqlite'}")


def test_migrated_tables_are_the_declared_ones(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    migrations.upgrade(store)
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    store.close()


def test_the_named_head_is_the_newest_revision(tmp_path: Path) -> None:
    newest = max(path.name for path in (Path(migrations.__file__).parent / "versions").glob("[0-9]*.py"))
    assert newest.startswith(migrations.HEAD)


def test_a_second_upgrade_changes_nothing(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    migrations.upgrade(store)
    migrations.upgrade(store)
    store.close()


_STARTED = """
import sys, time
from pathlib import Path
import alembic.command, alembic.config
import migrations
from workflows.store.database import Store
store = Store(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
migrations.upgrade(store)
"""


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_several_that_are_started_at_once_migrate_once(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = request.getfixturevalue("postgres_url") if database == "postgres" else f"sqlite:///{tmp_path / 'app.sqlite'}"
    words = [sys.executable, "-c", _STARTED, url]
    pipe = subprocess.PIPE
    started = [subprocess.Popen(words, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(2)]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate(timeout=60)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0], told
    store = Store(url)
    found = store.read_now(lambda db: list(db.scalars(sa.text("SELECT version_num FROM alembic_version"))))
    store.close()
    assert found == [migrations.HEAD]


_OF_THE_ONE_BEFORE = """
INSERT INTO workflow_runs (id, workflow, version, status, repository, title, active_key, inputs, options, state,
    current_step, segment, generation, error_text, advice, created_at, updated_at, ended_at)
VALUES ('%s', 'w', 1, 'pending', 'r', 't', '%s#1', '%s', '{}', '%s', 'plan', 3, 0, '', '[]', 1.0, 1.0, NULL)
"""


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_runs_of_the_version_before_are_found_by_what_they_are_about_and_keep_their_place(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    store = Store(request.getfixturevalue("postgres_url")) if database == "postgres" else store_in(tmp_path)
    migrations.upgrade(store, "0002")
    hub = ('{"installation": 17, "issue": {"number": 4}, "delivery": "guid"}', '{"pull": {"number": 5}}')
    for row in (("hub", "hub", *hub), ("local", "/r", '{"issue": {"number": 0}}', "{}")):
        store.write_now(lambda db, row=row: db.exec_driver_sql((_OF_THE_ONE_BEFORE % row).replace("%", "%%")))
    migrations.upgrade(store)
    columns = "active_key, installation, subject_kind, subject_number, subject_name, pull, delivery, admitted"
    query = sa.text(f"SELECT {columns} FROM workflow_runs ORDER BY id")
    found = store.read_now(lambda db: [tuple(row) for row in db.execute(query)])
    store.close()
    assert found == [
        ("w:hub#1", "17", "issue", 4, "", 5, "guid", 3),
        ("w:/r#1", "", "issue", None, "", None, None, 3),
    ]


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_definitions_of_the_version_before_are_read_and_new_shapes_stand_beside_them(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    store = Store(request.getfixturevalue("postgres_url")) if database == "postgres" else store_in(tmp_path)
    migrations.upgrade(store, "0008")
    kept = "INSERT INTO workflows (name, version, title, steps) VALUES ('w', 1, 'W', '[[\"a\", \"Begin\"]]')"
    run = _OF_THE_ONE_BEFORE % ("old", "old", "{}", "{}")
    store.write_now(lambda db: [db.exec_driver_sql(words.replace("%", "%%")) for words in (kept, run)])
    migrations.upgrade(store)
    new = DefinitionRecord("w", 1, "W", (("b", "Begin"),), (ItemRecord("b", "Begin", "step", exits={"x": "b"}),))
    store.write_now(definition_rows.define, new)
    store.write_now(definition_rows.define, new)
    old = store.read_now(runs.get_run, "old")
    assert store.read_now(runs.snapshot, "old").definition == DefinitionRecord("w", 1, "W", (("a", "Begin"),))
    assert store.read_now(definition_rows.definition_of, replace(old, definition=new.digest)) == new
    store.close()


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_who_was_writing_a_post_holds_its_lease_and_the_feed_begins_empty(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    store = Store(request.getfixturevalue("postgres_url")) if database == "postgres" else store_in(tmp_path)
    migrations.upgrade(store, "0009")
    run = (
        "INSERT INTO workflow_runs (id, workflow, version, status, repository, title, inputs, options, state,"
        " current_step, segment, generation, error_text, advice, created_at, updated_at)"
        " VALUES ('r1', 'w', 1, 'failed', 'o/r', 't', '{}', '{}', '{}', 'a', 0, 0, '', '[]', 1.0, 2.0)"
    )
    post = (
        "INSERT INTO posts (run_id, kind, target, external_id, digest, at, pen, pen_until)"
        " VALUES ('r1', 'comment', 'o/r#1', '7', 'd', 2.0, 'worker', 5.0)"
    )
    for words in (run, post):
        store.write_now(lambda db, words=words: db.exec_driver_sql(words))
    migrations.upgrade(store)
    query = sa.text("SELECT external_id, digest, at, lease, lease_until FROM posts")
    assert store.read_now(lambda db: [tuple(row) for row in db.execute(query)]) == [("7", "d", 2.0, "worker", 5.0)]
    sheet = posts.Post("r1", "comment", "o/r#1")
    assert store.write_now(posts.take_lease, sheet, "other", 100.0, 60.0) is posts.Lease.TAKEN_OVER
    begins = store.read_now(run_events.latest)
    assert begins == run_events.Cursor()
    store.write_now(runs.update_run, "r1", status=RunStatus.PENDING)
    assert [one.run_id for one in store.read_now(run_events.since, begins).events] == ["r1"]
    store.close()


def test_a_database_of_a_newer_version_is_refused_with_a_remedy(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    migrations.upgrade(store)
    store.write_now(lambda db: db.execute(sa.text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(StoreError, match="another version of Pullwright"):
        migrations.upgrade(store)
    store.close()


def test_a_file_that_is_no_database_is_refused_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "app.sqlite").write_text("this is no database, " * 100)
    store = store_in(tmp_path)
    with pytest.raises(StoreError, match="backup"):
        migrations.upgrade(store)
    store.close()


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_runs_of_the_version_before_are_told_of_in_chats_from_the_day_that_one_hears_of_them(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    store = Store(request.getfixturevalue("postgres_url")) if database == "postgres" else store_in(tmp_path)
    migrations.upgrade(store, "0012")
    run = (
        "INSERT INTO workflow_runs (id, workflow, version, status, repository, title, inputs, options, state,"
        " current_step, segment, generation, error_text, advice, created_at, updated_at)"
        " VALUES ('r1', 'w', 1, 'failed', 'github.com/o/r', 't', '{\"forge\": \"github\"}', '{\"dry_run\": false}',"
        " '{}', 'a', 0, 0, '', '[]', 1.0, 2.0)"
    )
    store.write_now(lambda db: db.exec_driver_sql(run))
    migrations.upgrade(store)
    place = store.write_now(chats.meet, 41, 0, private=True)
    store.write_now(people.redeem, store.write_now(people.make_code, 41, "@alice", 3.0), "alice", 3.0)
    store.write_now(chats.subscribe, place.id, "github.com/o/r", 41, chats.Hears.ALL, 3.0)
    assert store.read_now(chats.hearing, "github.com/o/r", 2.0) == []
    assert [one.place for _, one in store.read_now(chats.hearing, "github.com/o/r", 4.0)] == [place.id]
    button = buttons.ChatButton("", place.id, "r1", "retry", 0, "", 41, 1e12)
    made = store.write_now(buttons.ensure, button, 3.0)
    assert store.write_now(buttons.ensure, button, 3.0).token == made.token
    assert len(made.token.encode()) <= 64, "as much as Telegram carries"
    store.write_now(lambda db: db.exec_driver_sql("DELETE FROM workflow_runs"))
    assert store.read_now(buttons.find, made.token) is None, "with the run its buttons are gone"
    store.close()


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_what_was_spent_before_is_added_up_by_day_and_repository(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    store = Store(request.getfixturevalue("postgres_url")) if database == "postgres" else store_in(tmp_path)
    migrations.upgrade(store, "0014")
    run = (
        "INSERT INTO workflow_runs (id, workflow, version, status, repository, title, inputs, options, state,"
        " current_step, segment, generation, error_text, advice, created_at, updated_at)"
        " VALUES ('{0}', 'w', 1, 'failed', '{1}', 't', '{{}}', '{{}}', '{{}}', 'a', 0, 0, '', '[]', 1.0, 2.0)"
    )
    call = (
        "INSERT INTO model_calls (run_id, step, purpose, model, prompt_tokens, completion_tokens, cached_tokens, usd,"
        " seconds, at) VALUES ('{0}', 'a', 'p', 'm', 1, 1, 0, {1}, 1.0, {2})"
    )
    words = [run.format("r1", "one"), run.format("r2", "two")]
    for where, usd, at in (
        ("r1", "0.5", 86399.9),
        ("r1", "0.25", 86400.0),
        ("r1", "0.5", 86401.0),
        ("r2", "1.0", 86401.0),
        ("r2", "NULL", 5.0),
    ):
        words.append(call.format(where, usd, at))
    store.write_now(lambda db: [db.exec_driver_sql(one.replace("%", "%%")) for one in words])
    migrations.upgrade(store)
    store.write_now(lambda db: spending.book(db, "r1", "a", "p", "m", Usage(1, 1, usd=2.0), 86402.0))
    found = store.read_now(lambda db: [tuple(row) for row in db.execute(sa.select(day_costs).order_by("day", "usd"))])
    assert found == [(0, "one", 0.5), (1, "two", 1.0), (1, "one", 2.75)]
    store.close()
