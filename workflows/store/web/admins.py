"""Queries over which account first signed in with a login that the settings name among those who run the server."""

from __future__ import annotations

import time

import sqlalchemy as sa

from workflows.store.tables import admin_accounts


def note(db: sa.Connection, login: str, account: int) -> None:
    """Keep the first one, and no other behind it. `login` is in lower case."""
    if not first(db, login):
        db.execute(admin_accounts.insert().values(login=login, account=account, seen_at=time.time()))


def first(db: sa.Connection, login: str) -> int:
    """Its number on GitHub; 0 where nobody has signed in with that login yet."""
    return db.scalar(sa.select(admin_accounts.c.account).where(admin_accounts.c.login == login)) or 0
