"""Brings a database to the tables of this version."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from workflows.errors import StoreError
from workflows.store.database import Store

HEAD = "0019"
"""The newest revision; kept here so that an up-to-date database needs no import of Alembic."""

_LOCK = 0x70756C6C6D696772
"""Any number would do that nobody else takes in the same database."""


def upgrade(store: Store, to: str = HEAD) -> None:
    """Make or bring up to date all tables; StoreError where the database is of a newer version than this program.

    Of several that are started at once, one does it, and the others find it done.
    """
    if store.read_now(_revision) == to:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    try:
        with store.engine.begin() as connection:
            if not store.is_sqlite:  # which lets one write at a time anyway
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            config.attributes["connection"] = connection
            command.upgrade(config, to)
    except CommandError as error:
        raise StoreError(
            f"The database was made by another version of Pullwright ({error}).",
            "Run that version, or set PULLWRIGHT_DATA to another directory.",
        ) from error


def _revision(db: sa.Connection) -> str | None:
    if not sa.inspect(db).has_table("alembic_version"):
        return None
    return db.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
