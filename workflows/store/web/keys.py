"""Queries over the keys of the API: made once, shown once, kept by their hash."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from workflows.errors import RunError
from workflows.store import audit
from workflows.store.audit import Asker
from workflows.store.tables import api_keys
from workflows.store.web.sessions import digest

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_PREFIX = "pwk"
_USED_SECONDS = 60.0
"""How exactly it is kept when a key was used: each request would else be a write."""


class KeyScope(StrEnum):
    """What a key is for. None includes another."""

    READ = "read"
    START = "start"
    STEER = "steer"
    """Abort, retry, skip, and answer questions."""
    APPROVE = "approve"
    ROLLBACK = "rollback"
    ADMIN = "admin"
    """Deliveries with their payloads, the audit log, health."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept. `login` and `repository` bound it, "" does not; times in seconds since the epoch.

    `account` is GitHub's number of whoever had that login when it was made, 0 where it was not asked for.
    """

    id: str
    name: str
    login: str
    repository: str
    scopes: frozenset[KeyScope]
    created_at: float
    expires_at: float | None = None
    used_at: float | None = None
    revoked_at: float | None = None
    account: int = 0

    def is_good(self, now: float) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def make(
    db: sa.Connection,
    name: str,
    scopes: Iterable[KeyScope],
    asker: Asker,
    *,
    login: str = "",
    account: int = 0,
    repository: str = "",
    days: float | None = None,
) -> tuple[ApiKey, str]:
    """A new key, and the text that its holder sends, which is kept nowhere."""
    now, number, secret = time.time(), "".join(secrets.choice(_ALPHABET) for _ in range(8)), secrets.token_urlsafe(32)
    ends = None if days is None else now + days * 86400
    key = ApiKey(number, name, login, repository, frozenset(scopes), now, ends, account=account)
    row = {"id": key.id, "name": name, "digest": digest(secret), "login": login, "account": account}
    row["repository"] = repository
    times = {"created_at": now, "expires_at": key.expires_at}
    db.execute(api_keys.insert().values(scopes=sorted(key.scopes), **row, **times))
    bounds = {"scopes": sorted(key.scopes), "repository": repository, "login": login}
    audit.note(db, asker.name, asker.source, f"key {key.id} made: {name}", "", bounds)
    return key, f"{_PREFIX}_{key.id}_{secret}"


def find(db: sa.Connection, text: str) -> ApiKey | None:
    """The key that a text is, where it is good still."""
    prefix, number, secret = (*text.split("_", 2), "", "")[:3]
    row = db.execute(sa.select(api_keys).where(api_keys.c.id == number)).first() if prefix == _PREFIX else None
    same = hmac.compare_digest(digest(secret), row.digest if row is not None else digest(""))
    if row is None or not same:
        return None
    key = _key(row)
    return key if key.is_good(time.time()) else None


def used(db: sa.Connection, key: ApiKey) -> None:
    """Keep that a key was used, to the minute."""
    now = time.time()
    seldom = sa.or_(api_keys.c.used_at.is_(None), api_keys.c.used_at < now - _USED_SECONDS)
    db.execute(api_keys.update().where(api_keys.c.id == key.id, seldom).values(used_at=now))


def is_worth_noting(key: ApiKey) -> bool:
    return key.used_at is None or key.used_at < time.time() - _USED_SECONDS


def all_of_them(db: sa.Connection) -> list[ApiKey]:
    """Every key, the newest first, also those that are no good any more."""
    return [_key(row) for row in db.execute(sa.select(api_keys).order_by(api_keys.c.created_at.desc()))]


def revoke(db: sa.Connection, number: str, asker: Asker) -> ApiKey:
    """Have a key count no more; RunError where there is no such key."""
    row = db.execute(sa.select(api_keys).where(api_keys.c.id == number)).first()
    if row is None:
        raise RunError(f"There is no key {number[:40]!r}.", "`pullwright keys list` lists them.")
    if row.revoked_at is None:
        db.execute(api_keys.update().where(api_keys.c.id == number).values(revoked_at=time.time()))
        audit.note(db, asker.name, asker.source, f"key {number} revoked: {row.name}", "", {})
    return _key(db.execute(sa.select(api_keys).where(api_keys.c.id == number)).one())


def _key(row: Any) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        login=row.login,
        repository=row.repository,
        scopes=frozenset(KeyScope(one) for one in row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        revoked_at=row.revoked_at,
        account=row.account,
    )
