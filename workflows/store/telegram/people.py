"""Queries over which account of Telegram is which login on GitHub, and the codes by which that is shown.

A code is shown in a private chat only, and whoever writes it on GitHub says with it: this account is mine. It is kept
by its hash, good for a few minutes, and for one login: that one may say it again, as a delivery may be handled twice.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import sqlalchemy as sa

from workflows.store.tables import telegram_codes, telegram_people, telegram_subscriptions
from workflows.store.web.sessions import digest

CODE_SECONDS = 600.0
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 10


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """An account of Telegram, by its number there, and whose it is on GitHub.

    `github` is the number that they have there, 0 where it is not known: a login may be somebody else's one day.
    """

    account: int
    login: str
    github: int = 0


def make_code(db: sa.Connection, account: int, name: str, now: float) -> str:
    """A new code for an account; its earlier ones are good for nothing any more. `name` is what it is shown as."""
    db.execute(telegram_codes.delete().where(sa.or_(telegram_codes.c.expires_at <= now, _of(account))))
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    row = {"account": account, "name": name, "expires_at": now + CODE_SECONDS, "login": ""}
    db.execute(telegram_codes.insert().values(digest=digest(code), **row))
    return code


def redeem(db: sa.Connection, code: str, login: str, now: float, github: int = 0) -> str | None:
    """Link the account that was shown a code; what it is shown as. None where the code is not good for this login.

    `github` is as in `LinkedAccount`.
    """
    # taken by one statement, so that of two at once only one has it
    good = sa.and_(
        telegram_codes.c.digest == digest(code.strip().upper()),
        telegram_codes.c.expires_at > now,
        telegram_codes.c.login.in_(("", login)),
    )
    row = db.execute(sa.select(telegram_codes).where(good)).first()
    if row is None or db.execute(telegram_codes.update().where(good).values(login=login)).rowcount != 1:
        return None
    if row.login == login:
        return str(row.name)
    db.execute(telegram_people.delete().where(telegram_people.c.account == row.account))
    linked = {"account": row.account, "login": login, "github": github}
    db.execute(telegram_people.insert().values(**linked, linked_at=now, told=False))
    return str(row.name)


def find(db: sa.Connection, account: int) -> LinkedAccount | None:
    row = db.execute(sa.select(telegram_people).where(telegram_people.c.account == account)).first()
    return None if row is None else LinkedAccount(row.account, row.login, row.github)


def untold(db: sa.Connection) -> list[LinkedAccount]:
    """Those whose chat has not confirmed yet whose they are."""
    rows = db.execute(sa.select(telegram_people).where(~telegram_people.c.told))
    return [LinkedAccount(row.account, row.login, row.github) for row in rows]


def tell(db: sa.Connection, linked: LinkedAccount) -> None:
    """The chat has confirmed it."""
    same = sa.and_(telegram_people.c.account == linked.account, telegram_people.c.login == linked.login)
    db.execute(telegram_people.update().where(same).values(told=True))


def unlink(db: sa.Connection, account: int) -> None:
    """Forget whose an account is, with all that is told because of it."""
    db.execute(telegram_codes.delete().where(_of(account)))
    db.execute(telegram_subscriptions.delete().where(telegram_subscriptions.c.account == account))
    db.execute(telegram_people.delete().where(telegram_people.c.account == account))


def unlink_login(db: sa.Connection, login: str, github: int = 0) -> int:
    """The same for all accounts of a login, or of who had that number with another login; how many there were."""
    here = telegram_people.c
    by_name = sa.and_(here.login == login, here.github.in_((0, github)) if github else sa.true())
    mine = sa.or_(by_name, here.github == github) if github else by_name
    accounts = list(db.scalars(sa.select(here.account).where(mine)))
    for account in accounts:
        unlink(db, account)
    return len(accounts)


def _of(account: int) -> sa.ColumnElement[bool]:
    return telegram_codes.c.account == account
