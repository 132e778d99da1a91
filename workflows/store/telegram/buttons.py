"""Queries over buttons: what a press means, for whom, until when, and that it is done once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from workflows.store.tables import telegram_buttons

BUTTON_SECONDS = 7 * 86400.0
_FRESH_SECONDS = 86400.0
NOT_KNOWN = -1
"""The message of what is a reply, while Telegram has not said which number that has."""


@dataclass(frozen=True, slots=True)
class ChatButton:
    """Something to be done with a run: as it was at its `segment`, with the question of that `binding`, "" for none.

    `account` is who may do it, 0 for anybody who is linked. With a `message` it is a reply to that which does it.
    """

    token: str
    place: int
    run_id: str
    action: str
    segment: int
    binding: str
    account: int
    expires_at: float
    message: int = 0
    used_at: float | None = None
    used_by: str = ""


def ensure(db: sa.Connection, wanted: ChatButton, now: float) -> ChatButton:
    """The button like `wanted` that is there and good for a while, else a new one."""
    here = telegram_buttons.c
    same = sa.and_(
        here.place == wanted.place,
        here.run_id == wanted.run_id,
        here.action == wanted.action,
        here.segment == wanted.segment,
        here.binding == wanted.binding,
        here.account == wanted.account,
        here.message == wanted.message,
        here.used_at.is_(None),
        here.expires_at > now + _FRESH_SECONDS,
    )
    if (row := db.execute(sa.select(telegram_buttons).where(same).limit(1)).first()) is not None:
        return _button(row)
    return make(db, wanted, now)


def make(db: sa.Connection, wanted: ChatButton, now: float) -> ChatButton:
    """A new one, whatever there is. Those that are long over are forgotten."""
    db.execute(telegram_buttons.delete().where(telegram_buttons.c.expires_at < now - BUTTON_SECONDS))
    token = secrets.token_urlsafe(24)  # 32 of the 64 bytes that Telegram carries
    row = {
        "place": wanted.place,
        "run_id": wanted.run_id,
        "action": wanted.action,
        "segment": wanted.segment,
        "binding": wanted.binding,
        "account": wanted.account,
        "message": wanted.message,
        "expires_at": wanted.expires_at,
    }
    db.execute(telegram_buttons.insert().values(token=token, used_by="", used_with="", **row))
    found = find(db, token)
    assert found is not None, "it was made just now"
    return found


def find(db: sa.Connection, token: str) -> ChatButton | None:
    row = db.execute(sa.select(telegram_buttons).where(telegram_buttons.c.token == token)).first()
    return None if row is None else _button(row)


def of_message(db: sa.Connection, place: int, message: int) -> ChatButton | None:
    """What a reply to a message means."""
    here = sa.and_(telegram_buttons.c.place == place, telegram_buttons.c.message == message)
    row = db.execute(sa.select(telegram_buttons).where(here).limit(1)).first() if message else None
    return None if row is None else _button(row)


def stands_in(db: sa.Connection, token: str, message: int) -> None:
    """The message that it is a reply to has that number."""
    db.execute(telegram_buttons.update().where(telegram_buttons.c.token == token).values(message=message))


def of_lost_message(db: sa.Connection, place: int, account: int) -> ChatButton | None:
    """What a reply of somebody's to a message may mean whose number was never heard; the newest."""
    here = telegram_buttons.c
    mine = sa.and_(here.place == place, here.account == account, here.message == NOT_KNOWN, here.used_at.is_(None))
    row = db.execute(sa.select(telegram_buttons).where(mine).order_by(here.expires_at.desc()).limit(1)).first()
    return None if row is None else _button(row)


def use(db: sa.Connection, token: str, by: str, reference: str, now: float) -> bool:
    """It was done. False where it was done before, by somebody else or by another press."""
    mine = sa.and_(
        telegram_buttons.c.token == token,
        sa.or_(telegram_buttons.c.used_at.is_(None), telegram_buttons.c.used_with == reference),
    )
    changed = {"used_at": now, "used_by": by, "used_with": reference}
    return db.execute(telegram_buttons.update().where(mine).values(**changed)).rowcount == 1


def pressed(db: sa.Connection, run_id: str, place: int) -> list[ChatButton]:
    """What was done with a run in a chat, oldest first."""
    here = sa.and_(telegram_buttons.c.run_id == run_id, telegram_buttons.c.place == place)
    done = sa.select(telegram_buttons).where(here, telegram_buttons.c.used_at.is_not(None))
    return [_button(row) for row in db.execute(done.order_by(telegram_buttons.c.used_at))]


def _button(row: Any) -> ChatButton:
    return ChatButton(
        row.token,
        row.place,
        row.run_id,
        row.action,
        row.segment,
        row.binding,
        row.account,
        row.expires_at,
        row.message,
        row.used_at,
        row.used_by,
    )
