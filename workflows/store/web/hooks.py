"""Queries over outgoing webhooks: who is told of what, and each message until it was taken or given up.

A message is written in the transaction that moves its hook's place in the feed, so each event is told once, whoever
dies. That it arrives twice cannot be ruled out: its id stays the same, and whoever gets it knows it by that.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from workflows.errors import RunError
from workflows.store import audit, run_events
from workflows.store.audit import Asker
from workflows.store.run_events import RESTING, Cursor, EventKind, RunEvent, Which
from workflows.store.run_rows import runs
from workflows.store.tables import hook_messages, hooks

BY_DEFAULT = tuple(sorted({EventKind.STARTED, *RESTING}))
LEASE_SECONDS = 120.0
_PAUSES = (5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0)
"""Between the attempts, as https://www.standardwebhooks.com has them: for about two days."""
_KEPT_SECONDS = 30 * 86400.0
_MOST_ERROR = 300


class HookState(StrEnum):
    DUE = "due"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class OutgoingHook:
    """An address that is told of those kinds of events, in one repository or (with "") all. Its secret signs."""

    id: str
    url: str
    secret: str
    kinds: frozenset[EventKind]
    repository: str
    created_at: float
    ended_at: float | None = None
    ended_why: str = ""


@dataclass(frozen=True, slots=True)
class HookMessage:
    """One thing that is told. `status` is that of the last answer, 0 where there was none."""

    id: str
    hook: str
    run_id: str
    kind: str
    body: str
    state: HookState
    attempts: int
    due_at: float
    status: int
    error_text: str
    created_at: float


def make(db: sa.Connection, url: str, kinds: Sequence[EventKind], repository: str, asker: Asker) -> OutgoingHook:
    """Tell an address of what happens from now on."""
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    number, now = secrets.token_hex(4), time.time()
    row = {"id": number, "url": url, "secret": secret, "kinds": sorted(kinds), "repository": repository}
    here = str(run_events.latest(db))
    db.execute(hooks.insert().values(cursor=here, created_at=now, ended_at=None, ended_why="", **row))
    audit.note(db, asker.name, asker.source, f"hook {number} made", "", {"url": url, "kinds": sorted(kinds)})
    return OutgoingHook(number, url, secret, frozenset(kinds), repository, now)


def all_of_them(db: sa.Connection) -> list[OutgoingHook]:
    return [_hook(row) for row in db.execute(sa.select(hooks).order_by(hooks.c.created_at.desc()))]


def find(db: sa.Connection, number: str) -> OutgoingHook:
    """RunError where there is none."""
    row = db.execute(sa.select(hooks).where(hooks.c.id == number)).first()
    if row is None:
        raise RunError(f"There is no hook {number[:40]!r}.", "`pullwright hooks list` lists them.")
    return _hook(row)


def remove(db: sa.Connection, number: str, asker: Asker) -> OutgoingHook:
    """Tell it nothing more, and forget what it was told."""
    hook = find(db, number)
    db.execute(hook_messages.delete().where(hook_messages.c.hook == number))
    db.execute(hooks.delete().where(hooks.c.id == number))
    audit.note(db, asker.name, asker.source, f"hook {number} removed", "", {"url": hook.url})
    return hook


def end(db: sa.Connection, number: str, why: str) -> None:
    """It wants to hear no more; it stays in the list, with why."""
    mine = sa.and_(hooks.c.id == number, hooks.c.ended_at.is_(None))
    db.execute(hooks.update().where(mine).values(ended_at=time.time(), ended_why=why))


def is_any(db: sa.Connection) -> bool:
    return db.execute(sa.select(hooks.c.id).where(hooks.c.ended_at.is_(None)).limit(1)).first() is not None


def spread(db: sa.Connection, redact: Callable[[str], str]) -> int:
    """Write what every hook is to be told of what happened since it was asked last; how many messages."""
    now, written = time.time(), 0
    db.execute(hook_messages.delete().where(hook_messages.c.created_at < now - _KEPT_SECONDS))
    alive = sa.select(hooks).where(hooks.c.ended_at.is_(None)).order_by(hooks.c.id)
    for row in db.execute(alive.with_for_update(skip_locked=True)).all():
        hook, here = _hook(row), Cursor.parse(row.cursor)
        which = Which(kinds=hook.kinds, repositories=frozenset({hook.repository}) if hook.repository else None)
        page = run_events.since(db, here, which)
        for event in page.events:
            values = {"run_id": event.run_id, "kind": event.kind.value, "body": redact(_body(db, event))}
            values |= {"state": HookState.DUE, "error_text": ""}
            numbers = {"attempts": 0, "due_at": 0.0, "status": 0, "created_at": now}
            new = hook_messages.insert().values(id=f"msg_{secrets.token_hex(12)}", hook=hook.id, **values, **numbers)
            db.execute(new)
            written += 1
        if str(page.cursor) != row.cursor:
            db.execute(hooks.update().where(hooks.c.id == hook.id).values(cursor=str(page.cursor)))
    return written


def take(
    db: sa.Connection, limit: int = 16, of_one: int = 4, busy: Collection[str] = ()
) -> list[tuple[OutgoingHook, HookMessage]]:
    """Take up to `limit` messages that are due, oldest first and no more than `of_one` of a hook, for a lease.

    Hooks that are `busy` are passed over, so that one whose address is slow does not hold up the others.
    """
    now, rows = time.time(), hook_messages.c
    alive = sa.select(hooks.c.id).where(hooks.c.ended_at.is_(None), hooks.c.id.not_in(busy))
    is_due = sa.and_(rows.state == HookState.DUE, rows.due_at <= now, rows.hook.in_(alive))
    place = sa.func.row_number().over(partition_by=rows.hook, order_by=(rows.created_at, rows.id)).label("place")
    first = sa.select(rows.id, place).where(is_due).subquery()
    due = sa.select(hook_messages).where(is_due, rows.id.in_(sa.select(first.c.id).where(first.c.place <= of_one)))
    found = db.execute(due.order_by(rows.created_at).limit(limit).with_for_update(skip_locked=True)).all()
    if found:
        mine = rows.id.in_([row.id for row in found])
        later = {"due_at": now + LEASE_SECONDS, "attempts": rows.attempts + 1}
        db.execute(hook_messages.update().where(mine).values(later))
    by_id = {hook.id: hook for hook in all_of_them(db)} if found else {}
    return [(by_id[row.hook], _message(row)) for row in found]


def sent(db: sa.Connection, message: HookMessage, status: int) -> None:
    _update(db, message.id, state=HookState.SENT, status=status, error_text="", done_at=time.time())


def failed(db: sa.Connection, message: HookMessage, status: int, why: str, wait: float = 0.0) -> None:
    """It was not taken: it is tried again later, or given up after the last attempt."""
    tried = message.attempts + 1
    told = {"status": status, "error_text": why[:_MOST_ERROR]}
    if tried > len(_PAUSES):
        _update(db, message.id, state=HookState.FAILED, done_at=time.time(), **told)
    else:
        _update(db, message.id, due_at=time.time() + max(_PAUSES[tried - 1], wait), **told)


def replay(db: sa.Connection, number: str) -> bool:
    """Tell it once more, under its own id; False where there is no such message, RunError where its hook has ended."""
    of = sa.select(hooks).join(hook_messages, hook_messages.c.hook == hooks.c.id).where(hook_messages.c.id == number)
    hook = db.execute(of).first()
    if hook is not None and hook.ended_at is not None:
        raise RunError(f"Hook {hook.id} is told nothing more: {hook.ended_why}.", "Make another one for its address.")
    again = {"state": HookState.DUE, "attempts": 0, "due_at": 0.0, "done_at": None}
    return db.execute(hook_messages.update().where(hook_messages.c.id == number).values(again)).rowcount == 1


def listed(db: sa.Connection, hook: str = "", limit: int = 100) -> list[HookMessage]:
    """What was told, newest first."""
    query = sa.select(hook_messages).order_by(hook_messages.c.created_at.desc(), hook_messages.c.id).limit(limit)
    if hook:
        query = query.where(hook_messages.c.hook == hook)
    return [_message(row) for row in db.execute(query)]


def _body(db: sa.Connection, event: RunEvent) -> str:
    """The event as https://www.standardwebhooks.com has it: its type, its time, and the run as it is by now."""
    run = runs.get_run(db, event.run_id)
    data = {
        "run": run.id,
        "workflow": run.workflow,
        "status": run.status.value,
        "repository": run.called,
        "title": run.title,
        "step": run.current_step,
        "pull": (run.state.get("pull") or {}).get("url"),
        "error": run.error_text or None,
    }
    at = datetime.fromtimestamp(event.at, UTC).isoformat().replace("+00:00", "Z")
    return json.dumps({"type": f"run.{event.kind.value}", "timestamp": at, "data": data})


def _update(db: sa.Connection, number: str, **columns: Any) -> None:
    db.execute(hook_messages.update().where(hook_messages.c.id == number).values(**columns))


def _hook(row: Any) -> OutgoingHook:
    kinds = frozenset(EventKind(one) for one in row.kinds)
    return OutgoingHook(row.id, row.url, row.secret, kinds, row.repository, row.created_at, row.ended_at, row.ended_why)


def _message(row: Any) -> HookMessage:
    return HookMessage(
        id=row.id,
        hook=row.hook,
        run_id=row.run_id,
        kind=row.kind,
        body=row.body,
        state=HookState(row.state),
        attempts=row.attempts,
        due_at=row.due_at,
        status=row.status,
        error_text=row.error_text,
        created_at=row.created_at,
    )
