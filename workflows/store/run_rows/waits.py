"""Queries over questions to people and their answers."""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa

from workflows.store.records import Question
from workflows.store.tables import waits


def ask(db: sa.Connection, question: Question) -> None:
    """Keep a question; the same segment's question is kept once."""
    here = sa.and_(waits.c.run_id == question.run_id, waits.c.segment == question.segment)
    if db.execute(sa.select(waits.c.id).where(here)).first() is None:
        db.execute(
            waits.insert().values(
                run_id=question.run_id,
                segment=question.segment,
                step=question.step,
                kind=question.kind,
                question=question.question,
                binding=question.binding,
                default_action=question.default_action,
                expires_at=question.expires_at,
                asked_at=time.time(),
                answer="",
                reason="",
                answered_by="",
            )
        )


def open_question(db: sa.Connection, run_id: str) -> Question | None:
    """The question that the run waits for, if any."""
    query = (
        sa.select(waits)
        .where(waits.c.run_id == run_id, waits.c.answered_at.is_(None))
        .order_by(waits.c.segment.desc())
        .limit(1)
    )
    row = db.execute(query).first()
    return None if row is None else _question(row)


def follows_another(db: sa.Connection, question: Question) -> bool:
    """Whether the run has asked for approval before: of a plan that this one took the place of."""
    here = sa.and_(waits.c.run_id == question.run_id, waits.c.kind == question.kind)
    earlier = sa.select(waits.c.id).where(here, waits.c.segment < question.segment).limit(1)
    return db.execute(earlier).first() is not None


def expired_questions(db: sa.Connection, now: float) -> list[Question]:
    query = sa.select(waits).where(waits.c.answered_at.is_(None), waits.c.expires_at <= now)
    return [_question(row) for row in db.execute(query)]


def unreminded(db: sa.Connection, now: float, after: float, before: float) -> list[Question]:
    """The open questions of which somebody may have to be reminded, `after` they were asked or `before` their end.

    All in seconds. It only leaves out those of which nobody has to be: hundreds may be open.
    """
    last = waits.c.expires_at - before
    due = sa.or_(waits.c.reminded_at.is_(None), sa.and_(last <= now, waits.c.reminded_at < last))
    query = sa.select(waits).where(
        waits.c.answered_at.is_(None), waits.c.expires_at > now, waits.c.asked_at <= now - after, due
    )
    return [_question(row) for row in db.execute(query.order_by(waits.c.id))]


def is_open(db: sa.Connection, question: Question) -> bool:
    """Whether nobody has answered a question, or was reminded of it, since it was as it is here."""
    return db.execute(sa.select(waits.c.id).where(_as_it_is(question))).first() is not None


def reminded(db: sa.Connection, question: Question, now: float) -> None:
    """Somebody was reminded of a question that is as it is here."""
    db.execute(waits.update().where(_as_it_is(question)).values(reminded_at=now))


def _as_it_is(question: Question) -> sa.ColumnElement[bool]:
    here = sa.and_(waits.c.run_id == question.run_id, waits.c.segment == question.segment)
    last = question.reminded_at
    same = waits.c.reminded_at.is_(None) if last is None else waits.c.reminded_at == last
    return sa.and_(here, waits.c.answered_at.is_(None), same)


def answer(db: sa.Connection, question: Question, answer: str, *, reason: str, by: str) -> bool:
    """Keep an answer; False where somebody answered before."""
    done = db.execute(
        waits.update()
        .where(waits.c.run_id == question.run_id, waits.c.segment == question.segment, waits.c.answered_at.is_(None))
        .values(answered_at=time.time(), answer=answer, reason=reason, answered_by=by)
    )
    return done.rowcount == 1


def _question(row: Any) -> Question:
    return Question(
        run_id=row.run_id,
        segment=row.segment,
        step=row.step,
        kind=row.kind,
        question=row.question,
        binding=row.binding,
        default_action=row.default_action,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        answered_at=row.answered_at,
        answer=row.answer,
        reason=row.reason,
        answered_by=row.answered_by,
        reminded_at=row.reminded_at,
    )
