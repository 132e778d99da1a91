"""Queries over what Telegram delivered: each once, kept before it is acknowledged, handled in the order of its chat."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from workflows.store.tables import telegram_updates
from workflows.store.upserts import upsert

DUTY = "telegram"
"""What whoever speaks with Telegram has a lease of."""
MOST_WAITING = 30
"""Of one chat."""
_NEWEST = 5
_KEPT_SECONDS = 3 * 86400.0
"""Telegram repeats what was not acknowledged for a day at most."""
_COUNTS_SECONDS = 6 * 86400.0
"""Where nothing came for a week, Telegram begins its numbers anew, lower or higher: https://core.telegram.org/bots/api#update"""


class UpdateState(StrEnum):
    STORED = "stored"
    HANDLED = "handled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StoredUpdate:
    """One update as it came; `id` is Telegram's number. `chat` is 0 where it is about none."""

    id: int
    chat: int
    payload: Mapping[str, Any]
    attempts: int = 0
    received_at: float = 0.0


class AnswerKind(StrEnum):
    """What an answer is about, by which it is decided whether it may stand there twice."""

    TELLS = "tells"
    """Nothing was done: it tells what there is."""
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said about an update, as HTML; `perhaps` says that it stands there already, or does not."""

    kind: AnswerKind
    html: str
    perhaps: bool = False


_NEWEST_FIRST = (telegram_updates.c.received_at.desc(), telegram_updates.c.id.desc())


def keep(db: sa.Connection, found: Iterable[tuple[int, int, Mapping[str, Any]]]) -> None:
    """Keep updates, as (number, chat, payload); what is there already stays as it is.

    Of a chat in which more waits than anybody says in earnest, what comes besides is let go.
    """
    now, here = time.time(), telegram_updates.c
    for number, chat, payload in found:
        waiting = sa.select(sa.func.count()).where(here.chat == chat, here.status == UpdateState.STORED)
        if (db.scalar(waiting) or 0) >= MOST_WAITING:
            continue
        row = {"id": number, "chat": chat, "payload": dict(payload), "status": UpdateState.STORED}
        new = upsert(db.dialect.name, telegram_updates).values(**row, attempts=0, due_at=0.0, received_at=now)
        db.execute(new.on_conflict_do_nothing())


def eldest_waiting(db: sa.Connection) -> float | None:
    """When the eldest came that nobody has handled yet."""
    here = telegram_updates.c
    at: float | None = db.scalar(sa.select(sa.func.min(here.received_at)).where(here.status == UpdateState.STORED))
    return at


def next_number(db: sa.Connection) -> int:
    """Where to read on: behind the newest that we have; 0 for all that nobody acknowledged.

    That is where we have none, or none for so long that the numbers may have begun anew: a number that is too high
    would have Telegram forget what comes, unread.
    """
    here = telegram_updates.c
    newest = db.execute(sa.select(here.id, here.received_at).order_by(*_NEWEST_FIRST).limit(1)).first()
    counts = newest is not None and newest.received_at > time.time() - _COUNTS_SECONDS
    return int(newest.id) + 1 if newest is not None and counts else 0


def newest_message(db: sa.Connection, chat: int) -> int:
    """The highest number of a message that was heard of in a chat; 0 where none is kept."""
    here = telegram_updates.c
    rows = db.scalars(sa.select(here.payload).where(here.chat == chat).order_by(*_NEWEST_FIRST).limit(_NEWEST))
    found = 0
    for payload in rows:
        message = payload.get("message") or (payload.get("callback_query") or {}).get("message") or {}
        found = max(found, int(message.get("message_id") or 0))
    return found


def due(db: sa.Connection, busy: Collection[int] = (), limit: int = 50) -> list[StoredUpdate]:
    """The eldest of each chat that is not `busy`, where that is due: what a chat waits with holds up no other."""
    here = telegram_updates.c
    waiting = sa.and_(here.status == UpdateState.STORED, here.chat.not_in(busy))
    eldest = sa.select(sa.func.min(here.id)).where(waiting).group_by(here.chat)
    query = sa.select(telegram_updates).where(here.id.in_(eldest), here.due_at <= time.time())
    rows = db.execute(query.order_by(here.id).limit(limit))
    return [StoredUpdate(row.id, row.chat, row.payload, row.attempts, row.received_at) for row in rows]


def close(db: sa.Connection, number: int, state: UpdateState) -> None:
    """It was handled, or never will be. The newest stays, since it says where to read on."""
    here, old = telegram_updates.c, time.time() - _KEPT_SECONDS
    db.execute(telegram_updates.update().where(here.id == number).values(status=state))
    newest = sa.select(here.id).order_by(*_NEWEST_FIRST).limit(1).scalar_subquery()
    over = sa.and_(here.status != UpdateState.STORED, here.received_at < old, here.id != newest)
    db.execute(telegram_updates.delete().where(over))


def answers(db: sa.Connection, number: int, answer: Answer | None, *, perhaps: bool = False) -> None:
    """Keep what is about to be said, or that it was not; None: it is to be made anew."""
    kept = None if answer is None else {"kind": answer.kind.value, "html": answer.html, "perhaps": perhaps}
    db.execute(telegram_updates.update().where(telegram_updates.c.id == number).values(answer=kept))


def answer_of(db: sa.Connection, number: int) -> Answer | None:
    """What was to be said about an update; None where nothing was made yet."""
    kept = db.scalar(sa.select(telegram_updates.c.answer).where(telegram_updates.c.id == number))
    return None if kept is None else Answer(AnswerKind(kept["kind"]), kept["html"], kept["perhaps"])


def put_off(db: sa.Connection, number: int, seconds: float) -> None:
    """It cannot be handled now."""
    here = telegram_updates.c
    changed = {"attempts": here.attempts + 1, "due_at": time.time() + seconds}
    db.execute(telegram_updates.update().where(here.id == number).values(**changed))
