"""Migrations make the tables that the code uses, on data of the one before, and refuse a newer database."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import migrations
from workflows.errors import StoreError
from workflows.store.database import Store
from workflows.store.tables import metadata


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
