"""Opening the database: all that is needed to look at runs, without an engine, a sandbox or a model."""

from __future__ import annotations

import sqlalchemy as sa

import migrations
from bot.settings import Settings
from workflows.store.database import Store
from workflows.store.pooler import refuse_pooler


def open_store(settings: Settings) -> Store:
    """The database, brought up to date. StoreError where it cannot be used."""
    store = Store(settings.database_url)
    try:
        refuse_pooler(store)
        migrations.upgrade(store)
    except BaseException:
        store.close()
        raise
    return store


def check_engine(settings: Settings) -> None:
    """StoreError where the engine's own database cannot be read; it may be moved away, runs go on without it."""
    store = Store(settings.engine_url)
    try:
        store.read_now(_tables)
    finally:
        store.close()


def _tables(db: sa.Connection) -> list[str]:
    return sa.inspect(db).get_table_names()
