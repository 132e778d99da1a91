"""Steps that run at once over real parts: a tree, a journal, a budget and a rollback that they cannot disturb."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.acting import NoReporter
from sandbox.trees.rollback import Mode
from tests.fakes.steps_by_hand import ByHand, by_hand
from tests.fakes.walking import ME, StillEngine
from workflows.definition import Definition, Done, Failed, Parallel, Result, Slot, Step, Touches
from workflows.effects.code.branch import CreateBranch
from workflows.engine.walker import Walker
from workflows.ports import Message, Reply, ToolSpec, Usage
from workflows.runs.control import Runs
from workflows.runs.undoing.rollback import plan_undoing
from workflows.services import StepContext
from workflows.steps.asking import text
from workflows.steps.source import open_workspace
from workflows.store.records import Run
from workflows.store.run_rows import runs, spending, steps
from workflows.values import Bounds, Issue, Options, to_json

Act = Callable[[StepContext], Awaitable[Result]]


class Dear:
    """A model whose answers cost a dollar at the most and ten cents in fact; it knows how many are asked at once."""

    name, context_tokens = "dear/one", 100_000

    def __init__(self) -> None:
        self.at_once = self.most_at_once = self.asked = 0
        self.seconds = 0.2

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        return completion_tokens / 4096

    async def complete(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = (), **more: Any) -> Reply:
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.seconds)
        self.at_once -= 1
        return Reply(Message("assistant", "Said."), Usage(10, 10, usd=0.1), self.name)

    async def check(self) -> str:
        return ""


class Bench:
    """Runs of one definition over the services of a run by hand."""

    def __init__(self, hand: ByHand, left: Act, right: Act) -> None:
        self.model = Dear()
        self.services = replace(hand.services, model=lambda run: self.model)
        self.hand, self.engine = hand, StillEngine()
        members = (_member("left", left), _member("right", right))
        last = Step("last", "End", _looks, gives=(Slot("last", list),))
        items = (Step("workspace", "Open", open_workspace), Parallel("both", "Both", members), last)
        definitions: dict[str, Definition[StepContext]] = {"issue_to_pr": Definition("issue_to_pr", "T", items)}
        self.walker: Walker[StepContext] = Walker(
            store=hand.store,
            definitions=definitions,
            trees=hand.services.workspaces,
            reporter=NoReporter(),
            context=lambda run, here: StepContext(run, here, self.services),
            bound=lambda ctx, only: replace(ctx, only=only),
        )
        self.runs = Runs(hand.store, self.engine, definitions, NoReporter())

    async def start(self, **bounds: Any) -> Run:
        inputs = {"issue": to_json(Issue(8, "t", "")), "base_branch": "main"}
        await self.runs.start(
            "issue_to_pr",
            repository=str(self.hand.repository),
            title="t",
            inputs=inputs,
            options=Options(bounds=Bounds(**bounds)),
            asker=ME,
        )
        return await self.walk()

    async def walk(self) -> Run:
        run_id, segment, here = self.engine.asked[-1]
        ordinal, key = 0, here
        while key is not None:
            told = await self.walker.take(run_id, segment, ordinal, key)
            ordinal, key = ordinal + told.get("places", 1), told["next"]
        return await self.hand.store.read(runs.get_run, run_id)


def _member(key: str, act: Act) -> Step[StepContext]:
    return Step(key, key, act, gives=(Slot(key, object),), touches=Touches.READS)


async def _looks(ctx: StepContext) -> Result:
    tree = (await ctx.workspace()).tree
    return Done({"last": sorted(path.name for path in tree.iterdir())})


async def quiet(ctx: StepContext) -> Result:
    return Done({ctx.here.key: ctx.here.segment})


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[ByHand]:
    with by_hand(tmp_path, {"a.py": "x = 1\n"}) as hand:
        yield hand


async def test_what_a_member_leaves_in_the_run_s_tree_is_gone_in_the_next_step(hand: ByHand) -> None:
    async def writes(ctx: StepContext) -> Result:
        tree = (await ctx.workspace()).tree
        (tree / "left.txt").write_text("left")
        (tree / "a.py").unlink()
        return Done()

    bench = Bench(hand, writes, quiet)
    run = await bench.start()
    assert (run.status, run.state["last"]) == ("completed", ["a.py"])
    assert [entry for entry in hand.services.ledger.entries(run.id) if entry.where.step != "restore"] == []


async def _effect(ctx: StepContext) -> Result:
    async def act() -> None:
        raise AssertionError("it is refused before")

    await ctx.journal.do(CreateBranch("fix/x", ctx.state["base_commit"]), act)
    return Done()


async def _keeps(ctx: StepContext) -> Result:
    await ctx.keep(base_commit="another")
    return Done()


@pytest.mark.parametrize("act", [_effect, _keeps])
async def test_a_member_that_would_change_more_than_it_may_fails_as_an_error_of_ours(hand: ByHand, act: Act) -> None:
    bench = Bench(hand, act, quiet)
    run = await bench.start()
    assert (run.status, run.current_step) == ("failed", "left")
    assert run.error_text.startswith("Pullwright itself failed at this step")
    assert run.state["base_commit"] != "another"
    assert hand.services.ledger.entries(run.id) == []


async def _asks_twice(ctx: StepContext) -> Result:
    said = [await text(ctx, "What is it?", "test") for _ in range(2)]
    return Done({ctx.here.key: said})


async def test_two_members_ask_at_once_while_the_budget_has_room_for_both(hand: ByHand) -> None:
    bench = Bench(hand, _asks_twice, _asks_twice)
    assert (await bench.start(usd=10.0)).status == "completed"
    assert bench.model.most_at_once == 2


async def test_two_members_wait_for_each_other_where_the_budget_has_room_for_one(hand: ByHand) -> None:
    bench = Bench(hand, _asks_twice, _asks_twice)
    run = await bench.start(usd=1.6)
    assert run.status == "completed"
    assert (bench.model.asked, bench.model.most_at_once) == (4, 1)


async def test_together_they_do_not_pass_it(hand: ByHand) -> None:
    bench = Bench(hand, _asks_twice, _asks_twice)
    run = await bench.start(usd=10.0, turns=3)
    assert run.status == "failed"
    assert 2 <= bench.model.asked <= 3, "who has none left ends the other, whose last call may not have begun"
    assert "budget of turns" in run.error_text


async def test_a_call_that_was_cut_off_is_not_waited_for_once_its_step_has_ended(hand: ByHand) -> None:
    async def gives_up(ctx: StepContext) -> Result:
        call = asyncio.create_task(text(ctx, "What is it?", "test"))
        while bench.model.asked == 0:
            await asyncio.sleep(0.01)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        return Done()

    async def asks_later(ctx: StepContext) -> Result:
        while bench.model.asked == 0:
            await asyncio.sleep(0.01)
        return Done({"right": await text(ctx, "What is it?", "test")})

    bench = Bench(hand, gives_up, asks_later)
    bench.model.seconds = 600.0
    async with asyncio.timeout(60):
        run = await bench.start(usd=1.2)  # what is left of it is too little for any answer
    assert (run.status, run.current_step, bench.model.asked) == ("failed", "right", 1)
    spent = await hand.store.read(spending.spent, run.id)
    assert spent.usd > 0.9, "it counts with the most that it may have cost"


async def test_rolled_back_by_a_step_it_goes_on_with_what_the_sibling_gave(hand: ByHand) -> None:
    bench = Bench(hand, quiet, quiet)
    run = await bench.start()
    for count, key in ((2, "right"), (3, "left")):
        undoing = await plan_undoing(bench.services, run, Mode.STEPS, count)
        await undoing.carry_out(ME)
        run = await hand.store.read(runs.get_run, run.id)
        assert (run.status, run.current_step) == ("aborted", key)
        assert ("left" in run.state) == (key == "right")
        await bench.runs.resume(run.id, asker=ME)
        run = await bench.walk()
        assert (run.status, {run.state["left"], run.state["right"]} >= {run.segment}) == ("completed", True)
    made = [row.key for row in await hand.store.read(steps.steps_of, run.id)]
    assert made.count("left") == 2
    assert made.count("right") == 3


async def test_what_its_sibling_came_to_stands_when_a_member_that_was_resumed_is_rolled_back(hand: ByHand) -> None:
    fails = [True, False, False]

    async def fails_once(ctx: StepContext) -> Result:
        return Failed("not yet") if fails.pop(0) else Done({"left": ctx.here.segment})

    bench = Bench(hand, fails_once, quiet)
    run = await bench.start()
    assert (run.status, run.current_step) == ("failed", "left")
    await bench.runs.resume(run.id, asker=ME)
    run = await bench.walk()
    undoing = await plan_undoing(bench.services, run, Mode.STEPS, 2)
    assert undoing.planned.steps == ("left", "last")
    await undoing.carry_out(ME)
    run = await hand.store.read(runs.get_run, run.id)
    assert (run.current_step, run.state["right"], "left" in run.state) == ("left", 0, False)
    await bench.runs.retry(run.id, "left", asker=ME)
    run = await bench.walk()
    assert (run.status, run.state["left"], run.state["right"]) == ("completed", 2, 0)
    made = [row.key for row in await hand.store.read(steps.steps_of, run.id)]
    assert made.count("right") == 1
