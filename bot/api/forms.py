"""Runs and orders as the API gives them."""

from __future__ import annotations

import time

from bot.api.shapes import OrderShape, QuestionShape, RunBrief, RunShape, StepShape
from bot.view.run_view import view_of
from workflows.store.records import Question, Snapshot
from workflows.store.web.orders import Order
from workflows.store.web.run_search import RunLine
from workflows.values import to_json


def brief(line: RunLine) -> RunBrief:
    return RunBrief(
        run=line.id,
        workflow=line.workflow,
        status=line.status,
        repository=line.called,
        title=line.title,
        subject=line.subject,
        step=line.step,
        created_at=line.created_at,
        ended_at=line.ended_at,
        pull=line.pull,
        usd=None if line.usd is None else round(line.usd, 6),
    )


def whole(snapshot: Snapshot) -> RunShape:
    view = view_of(snapshot, time.time())
    run = snapshot.run
    steps = [
        StepShape(
            key=row.key,
            title=row.title,
            state=row.state,
            detail=row.detail,
            seconds=round(row.seconds, 3),
            attempts=row.attempts,
            beside=row.beside or None,
        )
        for row in view.steps
    ]
    return RunShape(
        run=run.id,
        workflow=run.workflow,
        status=run.status,
        repository=view.repository,
        title=view.title,
        sentence=view.sentence,
        step=view.step,
        percent=view.percent,
        steps=steps,
        question=_question(view.question) if view.question else None,
        branch=view.branch or None,
        commit=view.commit or None,
        pull=(view.pull.url if view.pull else "") or None,
        error=view.error or None,
        usd=round(view.spent.usd, 6) if view.spent.usd or not view.spent.unpriced else None,
        tokens=view.spent.tokens,
        model_calls=view.spent.turns,
        created_at=run.created_at,
        ended_at=run.ended_at,
        facts=to_json(dict(view.outcome.facts)),
    )


def order_shape(order: Order) -> OrderShape:
    return OrderShape(
        order=order.id,
        run=order.run_id or str(order.result.get("run", "")) or None,
        kind=order.kind.value,
        state=order.state.value,
        result=dict(order.result),
        asked_at=order.asked_at,
        done_at=order.done_at,
    )


def _question(question: Question) -> QuestionShape:
    return QuestionShape(
        number=question.segment,
        kind="approval" if question.kind == "approval" else "question",
        text=question.question,
        binding=question.binding,
        asked_at=question.asked_at,
        expires_at=question.expires_at,
    )
