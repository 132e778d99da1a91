"""What pages and the API have people do with a run: fields of a request in, an action of `workflows.runs.actions` out.

What takes a worker's trees or forge (a rollback, its plan, a new run) becomes an order that a worker carries out by
the same rules; who may not is told so at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from bot.access.people.visitors import WebVisit
from bot.access.refusals import RequestRefused
from sandbox.trees.rollback import Mode
from workflows.errors import NotFound, RunError
from workflows.runs import actions, permission
from workflows.runs.approval import Seen
from workflows.runs.control import Runs
from workflows.runs.permission import Action
from workflows.runs.principal import Principal
from workflows.store.records import Run
from workflows.store.run_rows import waits
from workflows.store.web import orders
from workflows.store.web.keys import KeyScope
from workflows.store.web.orders import Order, OrderKind
from workflows.text.sanitise import sanitised
from workflows.values import Issue, from_json

SCOPES: Mapping[Action, KeyScope] = {
    Action.START: KeyScope.START,
    Action.APPROVE: KeyScope.APPROVE,
    Action.REJECT: KeyScope.APPROVE,
    Action.ANSWER: KeyScope.STEER,
    Action.ABORT: KeyScope.STEER,
    Action.RETRY: KeyScope.STEER,
    Action.SKIP: KeyScope.STEER,
    Action.ROLLBACK: KeyScope.ROLLBACK,
    Action.ROLLBACK_HARD: KeyScope.ROLLBACK,
    Action.STATUS: KeyScope.READ,
}
"""What a key must be for, beside the role that each action takes."""


@dataclass(frozen=True, slots=True)
class ActionFields:
    """What somebody wants with a run, in their words; what an action does not need is empty.

    `question` is the number of the question that they were shown, `binding` its mark; None: they say nothing of it.
    """

    reason: str = ""
    text: str = ""
    step: str = ""
    budget: str = ""
    question: int | None = None
    binding: str | None = None
    mode: str = ""
    count: int = 0


class IssueSource(Protocol):
    """Tells how an issue is at this moment: an approval is for what can have been read.

    NotFound where it is gone, TransientError where it cannot be known now.
    """

    async def issue(self, run: Run) -> Issue: ...


@dataclass(frozen=True, slots=True)
class Steering:
    """Carries out what is asked."""

    runs: Runs
    issues: IssueSource

    async def carry_out(self, visit: WebVisit, action: Action, asked: ActionFields, reference: str = "") -> Run | Order:
        """The run afterwards, or the order that a worker will carry out; what the action refuses with.

        `reference` is what the request is known by: sent twice, it is done once.
        """
        run = visit.the_run
        who = await visit.principal(run.repository, reference)
        await _is_open(visit, asked)
        match action:
            case Action.APPROVE:
                return await actions.approve(self.runs, run.id, who, await self._seen(run, asked))
            case Action.REJECT:
                return await actions.reject(self.runs, run.id, who, await self._seen(run, asked), asked.reason)
            case Action.ANSWER:
                if not asked.text.strip():
                    raise RequestRefused(422, "The answer is empty.", "Say something.")
                return await actions.answer(self.runs, run.id, who, Seen(0.0, "", asked.binding), asked.text)
            case Action.ABORT:
                return await actions.abort(self.runs, run.id, who, asked.reason)
            case Action.RETRY if asked.budget:
                permission.need(who, action, run.repository)
                return await _place(visit, OrderKind.RETRY, {"step": asked.step, "budget": asked.budget}, who)
            case Action.RETRY:
                return await actions.retry(self.runs, run.id, who, asked.step)
            case Action.SKIP:
                return await actions.skip(self.runs, run.id, who, asked.step)
            case Action.ROLLBACK | Action.ROLLBACK_HARD:
                return await self.order(visit, OrderKind.ROLLBACK, asked, who)
            case _:
                raise RequestRefused(404, "There is no such action.")

    async def plan(self, visit: WebVisit, asked: ActionFields) -> Order:
        """Have a worker say what a rollback would do."""
        who = await visit.principal(visit.the_run.repository)
        return await self.order(visit, OrderKind.PLAN, asked, who)

    async def order(self, visit: WebVisit, kind: OrderKind, asked: ActionFields, who: Principal) -> Order:
        """Ask a worker for a rollback or its plan. NotAllowed where they may not, RunError where it cannot be."""
        run, mode = visit.the_run, mode_of(asked)
        permission.need(who, Action.ROLLBACK_HARD if mode is Mode.HARD else Action.ROLLBACK, run.repository)
        run.need_records()
        if run.status.active and kind is OrderKind.ROLLBACK:
            raise RunError(f"Run {run.id} is at work at step {run.current_step}.", "Abort it first, then roll it back.")
        return await _place(visit, kind, {"mode": mode.value, "count": asked.count}, who)

    async def _seen(self, run: Run, asked: ActionFields) -> Seen:
        """What whoever says yes or no can have read: the question that was open on their page, the issue as it is."""
        if asked.binding is None:
            raise RequestRefused(
                422, "It is not said which plan is meant.", "Send the binding of the question that you read."
            )
        try:
            return Seen(0.0, await self._digest(run), asked.binding)
        except NotFound as error:
            raise RunError("The issue is not there any more.", "Abort this run.") from error

    async def _digest(self, run: Run) -> str:
        kept = run.inputs.get("issue")
        if not kept:
            return ""
        there = run.inputs.get("forge") == "github"
        return sanitised(await self.issues.issue(run) if there else from_json(Issue, kept)).digest


async def _is_open(visit: WebVisit, asked: ActionFields) -> None:
    """RunError where the question that was shown is not the one that is open, if any is."""
    if asked.question is None:
        return
    question = await visit.store.read(waits.open_question, visit.the_run.id)
    if question is not None and question.segment != asked.question:
        raise RunError(
            f"Run {visit.the_run.id} asks about something newer than what was answered.", "Look again, then answer."
        )


async def _place(visit: WebVisit, kind: OrderKind, arguments: Mapping[str, Any], who: Principal) -> Order:
    run = visit.the_run
    number = f"{run.id}-{who.reference}" if who.reference else ""
    return await visit.store.write(
        orders.place, kind, run.repository, arguments, asdict(who), run_id=run.id, number=number
    )


def mode_of(asked: ActionFields) -> Mode:
    """The kind of rollback that is asked for."""
    match asked.mode:
        case "soft" | "hard":
            return Mode(asked.mode)
        case "steps" if 0 < asked.count < 10_000:
            return Mode.STEPS
    raise RequestRefused(422, "Say which kind of rollback.", "soft, hard, or steps with how many.")


def number_of(text: str, name: str) -> int:
    """A whole number of a request."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not number.is_integer() or abs(number) > 1_000_000_000:
        raise RequestRefused(422, f"{name} is no number.")
    return int(number)
