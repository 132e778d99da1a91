"""Queries over the word that tells all processes of a server that somebody may have another role by now."""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from workflows.store.tables import role_changes
from workflows.store.upserts import upsert

_ROW = 1


def note(db: sa.Connection) -> None:
    """GitHub told of a change: what anybody remembers of roles is over."""
    word = secrets.token_hex(8)
    new = upsert(db.dialect.name, role_changes).values(id=_ROW, word=word)
    db.execute(new.on_conflict_do_update(index_elements=["id"], set_={"word": word}))


def word(db: sa.Connection) -> str:
    """Another one since the last change; "" before the first."""
    return str(db.scalar(sa.select(role_changes.c.word).where(role_changes.c.id == _ROW)) or "")
