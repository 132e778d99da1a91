"""What a run asks a person, how long it waits, who is reminded when, and what is done when nobody answers."""

from __future__ import annotations

import time

from workflows.definition import Wait, WaitFor
from workflows.store.records import Question, Run, StepRun
from workflows.values import ApprovalRules

_DAY = 24 * 3600.0
_DAYS = 7.0
FIRST_REMINDER, LAST_REMINDER = 1 * _DAY, 3 * _DAY
"""Seconds after it was asked, and before its time is over."""


def approval(run: Run, here: StepRun, item: Wait, now: float) -> Question:
    """The question of a wait, by the rules that the run was started with."""
    rules = run.options.approval
    days = item.expires.total_seconds() / _DAY if rules.days is None else rules.days
    return Question(
        run_id=run.id,
        segment=here.segment,
        step=item.key,
        kind="approval",
        question=item.question(run.state),
        binding=item.binding(run.state),
        default_action=rules.unanswered or item.default or "keep",
        asked_at=now,
        expires_at=now + days * _DAY,
    )


def from_step(run: Run, here: StepRun, asked: WaitFor, now: float) -> Question:
    """The question of a step. Nobody but a person can answer it: at the end the run waits on, or is aborted."""
    rules = run.options.approval
    return Question(
        run_id=run.id,
        segment=here.segment,
        step=here.key,
        kind="question",
        question=asked.question,
        binding="",
        default_action="keep" if rules.unanswered == "keep" else "abort",
        asked_at=now,
        expires_at=now + (_DAYS if rules.days is None else rules.days) * _DAY,
    )


def due_reminder(question: Question, rules: ApprovalRules, now: float) -> int:
    """Which reminder is due now: 1 a day after the question, 2 three days before its time is over; 0 for none.

    The second only where it comes behind the first. One that was due while nobody looked is
    not made up for.
    """
    if not rules.remind or question.expires_at is None or now >= question.expires_at:
        return 0
    first, last = question.asked_at + FIRST_REMINDER, question.expires_at - LAST_REMINDER
    number, at = (2, last) if first < last <= now else (1, first)
    return number if at <= now and (question.reminded_at or question.asked_at) < at else 0


def unanswered(question: Question) -> str:
    """What is done when nobody answers, as a sentence; "" where nothing is ever done."""
    does = {"abort": "this run is aborted", "approve": "the plan counts as approved"}.get(question.default_action)
    if does is None or question.expires_at is None:
        return ""
    return f"Without an answer by {moment(question.expires_at)}, {does}."


def moment(at: float) -> str:
    """A time for people everywhere: `2026-11-28 14:05 UTC`; `at` in seconds since the epoch."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))
