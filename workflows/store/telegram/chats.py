"""Queries over chats, and what each of them hears: which repositories, how much, and when without a sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from workflows.store.tables import telegram_chats, telegram_people, telegram_subscriptions, workflow_runs
from workflows.store.upserts import upsert


class Hears(StrEnum):
    """How much of a run a chat is shown."""

    ALL = "all"
    FAILURES = "failures"
    """Only runs that failed, were aborted, or ask something; from then on, how they go on."""
    FINAL = "final"
    """Only what became of a run that has ended."""


@dataclass(frozen=True, slots=True)
class ChatPlace:
    """A chat, or a topic of a forum; `id` stays when Telegram gives the chat another number.

    `muted_until` is in seconds since the epoch; `quiet` is `22:00-07:00 +02:00`, "" for no such hours; `gone` says
    why nothing can be said there, "" while it can.
    """

    id: int
    chat: int
    thread: int
    private: bool
    title: str = ""
    muted_until: float = 0.0
    quiet: str = ""
    gone: str = ""


@dataclass(frozen=True, slots=True)
class Subscription:
    """`repository` as runs name it; `login`, and `github` as in `LinkedAccount`, is whose right to see it counts."""

    place: int
    repository: str
    account: int
    login: str
    hears: Hears
    since: float
    github: int = 0


def meet(db: sa.Connection, chat: int, thread: int, *, private: bool, title: str = "") -> ChatPlace:
    """A chat that somebody speaks in: so something can be said there."""
    new = upsert(db.dialect.name, telegram_chats).values(chat=chat, thread=thread, private=private, title=title)
    db.execute(new.on_conflict_do_nothing())
    here = sa.and_(telegram_chats.c.chat == chat, telegram_chats.c.thread == thread)
    db.execute(telegram_chats.update().where(here).values(title=title, gone=""))
    return _place(db.execute(sa.select(telegram_chats).where(here)).one())


def get(db: sa.Connection, place: int) -> ChatPlace | None:
    row = db.execute(sa.select(telegram_chats).where(telegram_chats.c.id == place)).first()
    return None if row is None else _place(row)


def change(db: sa.Connection, place: int, /, **columns: Any) -> None:
    """Set `muted_until` or `quiet`."""
    db.execute(telegram_chats.update().where(telegram_chats.c.id == place).values(**columns))


def lose(db: sa.Connection, chat: int, why: str, thread: int | None = None) -> None:
    """Nothing can be said in a chat any more, or in one topic: blocked, removed, deleted."""
    here = telegram_chats.c.chat == chat
    if thread is not None:
        here = sa.and_(here, telegram_chats.c.thread == thread)
    db.execute(telegram_chats.update().where(here).values(gone=why))


def is_back(db: sa.Connection, chat: int) -> None:
    db.execute(telegram_chats.update().where(telegram_chats.c.chat == chat).values(gone=""))


def migrate(db: sa.Connection, old: int, new: int) -> None:
    """A group became a supergroup, with another number; told twice, it is done once."""
    columns = telegram_chats.c
    # where somebody was quicker and has spoken in the new one, what was subscribed in the old one counts
    unheard = columns.id.not_in(sa.select(telegram_subscriptions.c.place))
    before = list(db.scalars(sa.select(columns.thread).where(columns.chat == old)))
    db.execute(telegram_chats.delete().where(columns.chat == new, unheard, columns.thread.in_(before)))
    known = db.scalars(sa.select(telegram_chats.c.thread).where(telegram_chats.c.chat == new)).all()
    theirs = sa.and_(telegram_chats.c.chat == old, telegram_chats.c.thread.not_in(known))
    db.execute(telegram_chats.update().where(theirs).values(chat=new, gone=""))


# --- what is heard ---------------------------------------------------------------------------------


def subscribe(db: sa.Connection, place: int, repository: str, account: int, hears: Hears, now: float) -> None:
    """Have a chat hear of a repository from now on; who did so before is replaced, and `since` stays."""
    here = _here(place, repository)
    changed = {"account": account, "hears": hears}
    if db.execute(telegram_subscriptions.update().where(here).values(**changed)).rowcount:
        return
    row = {"place": place, "repository": repository, "since": now, **changed}
    db.execute(telegram_subscriptions.insert().values(**row))


def unsubscribe(db: sa.Connection, place: int, repository: str) -> bool:
    """False where it was not heard of."""
    return db.execute(telegram_subscriptions.delete().where(_here(place, repository))).rowcount == 1


def heard_in(db: sa.Connection, place: int) -> list[Subscription]:
    """What a chat hears, in order of the repositories' names."""
    rows = db.execute(_subscriptions().where(telegram_subscriptions.c.place == place))
    return [_subscription(row) for row in rows]


def hearing(db: sa.Connection, repository: str, at: float) -> list[tuple[ChatPlace, Subscription]]:
    """Who is to be told of a run of a repository that changed `at`; chats that are gone are not."""
    sub, chat = telegram_subscriptions.c, telegram_chats.c
    query = _subscriptions().add_columns(*telegram_chats.c).join(telegram_chats, chat.id == sub.place)
    rows = db.execute(query.where(sub.repository == repository, sub.since <= at, chat.gone == "")).mappings()
    return [(_place_of(row), _subscription_of(row)) for row in rows]


def runs_heard() -> sa.ColumnElement[bool]:
    """A condition on runs: that some chat is to be told of it as it is now."""
    sub, run = telegram_subscriptions.c, workflow_runs.c
    chat = sa.and_(telegram_chats.c.id == sub.place, telegram_chats.c.gone == "")
    heard = sa.select(sub.place).join(telegram_chats, chat)
    return heard.where(sub.repository == run.repository, sub.since <= run.updated_at).exists()


def _subscriptions() -> sa.Select[Any]:
    sub, people = telegram_subscriptions.c, telegram_people.c
    columns = (sub.place, sub.repository, sub.account, people.login, people.github, sub.hears, sub.since)
    return (
        sa.select(*columns)
        .select_from(telegram_subscriptions)
        .join(telegram_people, people.account == sub.account)
        .order_by(sub.repository, sub.place)
    )


def _here(place: int, repository: str) -> sa.ColumnElement[bool]:
    return sa.and_(telegram_subscriptions.c.place == place, telegram_subscriptions.c.repository == repository)


def _place(row: Any) -> ChatPlace:
    return _place_of(row._mapping)


def _place_of(row: Mapping[Any, Any]) -> ChatPlace:
    columns = telegram_chats.c
    return ChatPlace(
        row[columns.id],
        row[columns.chat],
        row[columns.thread],
        bool(row[columns.private]),
        row[columns.title],
        row[columns.muted_until],
        row[columns.quiet],
        row[columns.gone],
    )


def _subscription(row: Any) -> Subscription:
    return _subscription_of(row._mapping)


def _subscription_of(row: Mapping[Any, Any]) -> Subscription:
    sub = telegram_subscriptions.c
    return Subscription(
        row[sub.place],
        row[sub.repository],
        row[sub.account],
        row[telegram_people.c.login],
        Hears(row[sub.hears]),
        row[sub.since],
    )
