"""The tables of this version for a test's database, without the time that the migrations take for each."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

import migrations
from workflows.store.database import Store


def make_tables(store: Store) -> None:
    """`migrations.upgrade`; an empty SQLite database begins as a copy of one that was migrated before."""
    if store.is_sqlite:
        begin_migrated(Path(store.url.database or ""))
    migrations.upgrade(store)


def begin_migrated(file: Path) -> None:
    """Put a migrated database where none is, for whoever opens it next."""
    if not file.exists() or not file.stat().st_size:
        file.write_bytes(_migrated())


@cache
def _migrated() -> bytes:
    """What the migrations leave, made once in each process."""
    folder = Path(tempfile.mkdtemp(prefix="pullwright-tables-"))
    try:
        store = Store(f"sqlite:///{folder / 'app.sqlite'}")
        migrations.upgrade(store)
        store.close()  # with the last connection its log goes into the file
        return (folder / "app.sqlite").read_bytes()
    finally:
        shutil.rmtree(folder)
