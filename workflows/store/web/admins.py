"""Queries over which account first signed in with a login that the settings name among those who run the server."""

from __future__ import annotations

import time
from collections.abc import Collection

import sqlalchemy as sa

from workflows.store.tables import admin_accounts
from workflows.store.upserts import upsert


def note(db: sa.Connection, login: str, account: int) -> None:
    """Keep the first one, and no other behind it, also of two at once. `login` is in lower case."""
    values = {"login": login, "account": account, "seen_at": time.time()}
    db.execute(upsert(db.dialect.name, admin_accounts).values(values).on_conflict_do_nothing())


def first_of(db: sa.Connection, logins: Collection[str]) -> dict[str, int]:
    """The numbers on GitHub of who first signed in with these logins; without those with which nobody has yet."""
    query = sa.select(admin_accounts.c.login, admin_accounts.c.account).where(admin_accounts.c.login.in_(logins))
    return {row.login: row.account for row in db.execute(query)}
