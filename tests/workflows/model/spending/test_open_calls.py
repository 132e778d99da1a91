"""Calls that were begun: what counts of them when the answer came, was refused, or never came."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.tables import make_tables
from tests.fakes.toy_workflow import TOY
from tests.workflows.model.spending.test_daily_caps import a_run, noon, postgres, postgres_url, store
from workflows.engine import attempts
from workflows.errors import DayIsSpent
from workflows.model.spending.daily_caps import DailyCaps
from workflows.model.spending.open_calls import Booked
from workflows.ports import Message, Reply, ToolSpec, Usage
from workflows.store.database import Store
from workflows.store.records import Run, StepRun
from workflows.store.run_rows import runs, spending
from workflows.values import RunStatus, StepStatus

__all__ = ["TOY", "make_tables", "noon", "postgres", "postgres_url", "store"]

MOST = Usage(1000, 500, usd=2.5)


class Slow:
    """A model that says `answer`, raises it, or never answers."""

    name, context_tokens = "slow/one", 8000

    def __init__(self, answer: Reply | BaseException | None) -> None:
        self.answer = answer
        self.asked = asyncio.Event()

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        return prompt_tokens / 1e3 + completion_tokens / 1e3

    async def complete(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = (), **more: Any) -> Reply:
        self.asked.set()
        if self.answer is None:
            await asyncio.Event().wait()
        if isinstance(self.answer, BaseException):
            raise self.answer
        assert isinstance(self.answer, Reply)
        return self.answer

    async def check(self) -> str:
        return ""


def booked(store: Store, run: Run, model: Slow) -> Booked:
    async def opened(most: Usage) -> int:
        return await store.write(spending.open_call, run.id, "plan", model.name, most)

    async def forgotten(number: int) -> None:
        await store.write(spending.forget_call, number)

    return Booked(model, opened, forgotten)


def stopped(store: Store, run: Run) -> None:
    store.write_now(runs.update_run, run.id, status=RunStatus.ABORTED)


async def test_a_call_that_was_cut_off_counts_with_the_most_that_it_may_have_cost(store: Store) -> None:
    run = a_run(store, "r", "github.com/octo/sample")
    model = Slow(None)
    call = asyncio.ensure_future(booked(store, run, model).complete([Message("user", "x" * 3000)], max_tokens=500))
    await model.asked.wait()
    store.write_now(runs.update_run, run.id, status=RunStatus.RUNNING)
    assert store.read_now(spending.spent, run.id).usd == 0, "its answer may still come"
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    stopped(store, run)
    spent = store.read_now(spending.spent, run.id)
    assert (spent.usd, spent.tokens, spent.turns) == (1.5, 1500, 1)
    with pytest.raises(DayIsSpent):
        store.read_now(DailyCaps(account=1.5).check, run)


@pytest.mark.parametrize("answer", [OSError("away"), RuntimeError("refused")])
async def test_a_call_that_was_not_answered_costs_nothing(store: Store, answer: Exception) -> None:
    run = a_run(store, "r", "github.com/octo/sample")
    with pytest.raises(type(answer)):
        await booked(store, run, Slow(answer)).complete([Message("user", "x")])
    stopped(store, run)
    assert store.read_now(spending.spent, run.id).turns == 0


async def test_a_call_that_is_booked_counts_once_and_with_what_it_cost(store: Store) -> None:
    run = a_run(store, "r", "github.com/octo/sample")
    reply = Reply(Message("assistant", "yes"), Usage(10, 2, usd=0.25), "stop")
    await booked(store, run, Slow(reply)).complete([Message("user", "x")])
    store.write_now(spending.add_call, run.id, "plan", "plan", "slow/one", reply.usage)
    stopped(store, run)
    spent = store.read_now(spending.spent, run.id)
    assert (spent.usd, spent.turns) == (0.25, 1)


def test_the_next_attempt_books_what_a_killed_one_had_begun(store: Store) -> None:
    """A run under a cap that is killed in each of its calls comes to the cap all the same."""
    run = a_run(store, "r", "github.com/octo/sample")
    store.write_now(runs.update_run, run.id, status=RunStatus.PENDING, admitted=run.segment)
    here = StepRun(run.id, run.segment, 0, 1, TOY.items[0].key, StepStatus.RUNNING, worker="one")
    before = None
    for attempt in (1, 2, 3):
        now = replace(here, attempt=attempt)
        assert store.write_now(attempts.begun, now, before)
        store.write_now(spending.open_call, run.id, here.key, "slow/one", MOST)
        before = now
    spent = store.read_now(spending.spent, run.id)
    assert (spent.usd, spent.turns) == (5.0, 2), "the third is under way"


def test_of_several_calls_of_one_step_each_answer_closes_one(store: Store) -> None:
    run = a_run(store, "r", "github.com/octo/sample")
    for _ in range(3):
        store.write_now(spending.open_call, run.id, "review", "m", MOST)
    store.write_now(spending.add_call, run.id, "review", "review", "m", Usage(usd=0.5))
    store.write_now(spending.add_call, run.id, "another", "x", "m", Usage(usd=0.5))
    stopped(store, run)
    assert store.read_now(spending.spent, run.id).usd == 0.5 + 0.5 + 2 * 2.5


def test_where_no_price_is_known_a_lost_call_counts_as_one_without_a_price(store: Store) -> None:
    run = a_run(store, "r", "github.com/octo/sample")
    store.write_now(spending.open_call, run.id, "plan", "m", Usage(1000, 500))
    stopped(store, run)
    spent = store.read_now(spending.spent, run.id)
    assert (spent.usd, spent.unpriced) == (0, 1)


def test_where_only_the_provider_knows_the_price_the_dearest_call_so_far_stands_for_a_lost_one(store: Store) -> None:
    run = a_run(store, "r", "github.com/octo/sample")
    for usd in (0.5, 0.75, 0.25):
        store.write_now(spending.add_call, run.id, "plan", "plan", "m", Usage(usd=usd))
    store.write_now(spending.open_call, run.id, "plan", "m", Usage(1000, 500))
    stopped(store, run)
    assert store.read_now(spending.spent, run.id).usd == 0.5 + 0.75 + 0.25 + 0.75
