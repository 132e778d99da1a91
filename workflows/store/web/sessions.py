"""Queries over who is signed in to the pages, and the one-time links by which an operator is.

Of what a browser holds only the hash is kept: whoever reads the database cannot sign in with it. What is held is
256 bits of chance, so a hash without salt or stretching is enough; `bot/access/people/session_cookies.py` signs it.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass

import sqlalchemy as sa

from workflows.store.tables import signin_links, web_sessions

SESSION_SECONDS = 12 * 3600.0
LINK_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in until `expires_at`: a login on GitHub, or the operator by a one-time link.

    `account` is GitHub's number of theirs, 0 where it is not known.
    """

    login: str
    operator: bool
    expires_at: float
    account: int = 0


def begin(db: sa.Connection, login: str, account: int = 0, *, operator: bool = False) -> str:
    """Sign somebody in; the secret that their browser is to hold. Sessions that are over are forgotten."""
    now, secret = time.time(), secrets.token_urlsafe(32)
    db.execute(web_sessions.delete().where(web_sessions.c.expires_at <= now))
    row = {"login": login, "account": account, "operator": operator}
    times = {"created_at": now, "expires_at": now + SESSION_SECONDS}
    db.execute(web_sessions.insert().values(digest=digest(secret), **row, **times))
    return secret


def find(db: sa.Connection, secret: str) -> Session | None:
    """Who holds a secret; None where nobody does any more."""
    row = db.execute(sa.select(web_sessions).where(web_sessions.c.digest == digest(secret))).first()
    if row is None or row.expires_at <= time.time():
        return None
    return Session(row.login, bool(row.operator), row.expires_at, row.account)


def end(db: sa.Connection, secret: str) -> None:
    db.execute(web_sessions.delete().where(web_sessions.c.digest == digest(secret)))


def make_link(db: sa.Connection) -> str:
    """A secret that signs its holder in as the operator, once, within ten minutes."""
    now, secret = time.time(), secrets.token_urlsafe(32)
    db.execute(signin_links.delete().where(signin_links.c.expires_at <= now))
    db.execute(signin_links.insert().values(digest=digest(secret), expires_at=now + LINK_SECONDS))
    return secret


def take_link(db: sa.Connection, secret: str) -> bool:
    """Use a link up; False where it was used, is over, or never was one."""
    mine = sa.and_(signin_links.c.digest == digest(secret), signin_links.c.expires_at > time.time())
    return db.execute(signin_links.delete().where(mine)).rowcount == 1


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
