"""What is done with a run from a chat: through `workflows.runs.actions`, as one whose role was asked just now.

What takes a worker's trees or forge (a rollback, its plan, a new run) becomes an order, whose end is waited for
a while.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bot.telegram.said.desk import ChatDesk
from bot.telegram.shown.keyboard import ACTIONS, Press
from bot.telegram.wire.html import code, lines, words
from sandbox.trees.rollback import Mode
from workflows.errors import NotFound, RunError
from workflows.runs import actions, permission
from workflows.runs.approval import Seen
from workflows.runs.permission import Action
from workflows.runs.principal import Principal, Role
from workflows.store.database import Store
from workflows.store.records import Run
from workflows.store.run_rows import runs as stored
from workflows.store.web import orders
from workflows.store.web.orders import Order, OrderKind, OrderState
from workflows.store.web.run_search import KnownRepository

_LOOK_SECONDS = 0.2
PLAN_SECONDS = 10.0
ROLLBACK_SECONDS = 60.0
START_SECONDS = 20.0
_HARD = {"mode": Mode.HARD.value, "count": 0}
_MOST_LINES = 20


async def carry_out(desk: ChatDesk, press: Press, run: Run, who: Principal, seen: Seen, said: str = "") -> str:
    """Do it; what is answered, as HTML. What the action refuses with. `said` are the words that came with it."""
    match press:
        case Press.APPROVE:
            await actions.approve(desk.runs, run.id, who, seen)
            return "Approved."
        case Press.REASON | Press.REJECT:
            await actions.reject(desk.runs, run.id, who, seen, said)
            return "Rejected: the plan is made again with that in mind."
        case Press.ABORT:
            await actions.abort(desk.runs, run.id, who, said)
            return "Aborted. What it did is kept."
        case Press.RETRY:
            await actions.retry(desk.runs, run.id, who, said)
            return "It goes on."
        case Press.ROLLBACK_NOW:
            return await roll_back(desk.store, run, who)
    raise AssertionError(f"{press} does nothing by itself")


async def answer(desk: ChatDesk, run: Run, who: Principal, seen: Seen, said: str) -> str:
    """Answer what the run asks in words."""
    await actions.answer(desk.runs, run.id, who, seen, said)
    return "Taken as the answer."


async def skip(desk: ChatDesk, run: Run, who: Principal, said: str) -> str:
    await actions.skip(desk.runs, run.id, who, said)
    return "It goes on behind that step."


def need_role(press: Press, who: Principal, run: Run) -> None:
    """NotAllowed where they may not, before anything else is looked at."""
    permission.need(who, ACTIONS[press], run.repository)


async def planned(store: Store, run: Run, who: Principal) -> str:
    """What taking all of it back would do, as HTML. RunError where it cannot be done."""
    order = await _order(store, OrderKind.PLAN, run, who)
    done = await result(store, order, PLAN_SECONDS)
    if done is None:
        return "What that undoes is not known yet."
    found = [f"• {words(one['line'], 200)}{_obstacle(one)}" for one in done["lines"][:_MOST_LINES]]
    more = len(done["lines"]) - _MOST_LINES + int(done.get("more", 0))
    return lines(["This would be undone:", *found, *([f"and {more} more"] if more > 0 else [])], 3500)


async def roll_back(store: Store, run: Run, who: Principal) -> str:
    order = await _order(store, OrderKind.ROLLBACK, run, who)
    done = await result(store, order, ROLLBACK_SECONDS)
    if done is None:
        return "The rollback is under way."
    found = [f"• {words(one['line'], 200)}" for one in done["lines"][:_MOST_LINES]]
    left = [f"• stays: {words(str(one), 200)}" for one in done.get("left", ())[:_MOST_LINES]]
    return lines(["Rolled back.", *found, *left], 3500)


async def start(
    desk: ChatDesk, workflow: str, where: KnownRepository, number: int, who: Principal, hint: str, *, approve: bool
) -> str:
    """Start a workflow on an issue or pull request; what became of it, as HTML."""
    if who.role < Role.READ:
        raise NotFound("There is no such repository, or you may not see it.")
    permission.need(who, Action.START, where.name)
    wanted = {
        "workflow": workflow,
        "repository": where.called.partition("/")[2],
        "number": number,
        "hint": hint,
        "approve": approve,
        "login": who.name,
        "installation": where.installation,
    }
    name = f"{where.name}-{who.reference}"
    order = await desk.store.write(orders.place, OrderKind.START, where.name, wanted, asdict(who), number=name)
    done = await result(desk.store, order, START_SECONDS)
    if done is None:
        return "It is asked for, and begins as soon as a worker takes it up."
    run = await desk.store.read(stored.get_run, str(done["run"]))
    begun = "has begun" if done.get("new") else f"works on it already, and is {run.standing}"
    return f"Run {code(run.id)} {begun}."


async def result(store: Store, order: Order, seconds: float) -> Mapping[str, Any] | None:
    """What a worker made of an order; RunError where it refused it, None where it has not come to it yet."""
    until = time.monotonic() + seconds
    while (found := await store.read(orders.find, order.id)) is not None and time.monotonic() < until:
        if found.state is OrderState.REFUSED:
            raise RunError(str(found.result["sentence"]), str(found.result["remedy"]))
        if found.state is OrderState.DONE:
            return found.result
        await asyncio.sleep(_LOOK_SECONDS)
    return None


async def _order(store: Store, kind: OrderKind, run: Run, who: Principal) -> Order:
    permission.need(who, Action.ROLLBACK_HARD, run.repository)
    run.need_records()
    if run.status.active:
        raise RunError(f"Run {run.id} is at work at step {run.current_step}.", "Abort it first, then roll it back.")
    number = f"{run.id}-{kind}-{who.reference}"
    return await store.write(orders.place, kind, run.repository, _HARD, asdict(who), run_id=run.id, number=number)


def _obstacle(one: Mapping[str, Any]) -> str:
    return f" — <b>{words(one['obstacle'], 200)}</b>" if one.get("obstacle") else ""
