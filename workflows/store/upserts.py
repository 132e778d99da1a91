"""Rows that are put in or, where they are there already, left or changed, in the words of whichever database it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert


def upsert(dialect: str, table: sa.Table) -> Insert:
    """An insert that has `on_conflict_do_nothing` and `on_conflict_do_update`, for a dialect by its name.

    Only the dialect that is in use is loaded: the other one is two megabytes of each process.
    """
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    return insert(table)
