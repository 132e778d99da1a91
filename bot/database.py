"""Opening the database: all that is needed to look at runs, without an engine, a sandbox or a model."""

from __future__ import annotations

import migrations
from bot.settings import Settings
from workflows.store.database import Store


def open_store(settings: Settings) -> Store:
    """The database, brought up to date. StoreError where it cannot be used."""
    store = Store(settings.database_url)
    try:
        migrations.upgrade(store)
    except BaseException:
        store.close()
        raise
    return store
