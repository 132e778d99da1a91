"""All operations of the API, each once."""

from __future__ import annotations

from collections.abc import Sequence

from bot.access.people.visitors import Need
from bot.api.endpoints import Endpoints
from bot.api.operations import ApiOperation, Parameter
from bot.api.shapes import (
    AbortRequest,
    AnswerRequest,
    ApproveRequest,
    DefinitionList,
    OrderShape,
    RejectRequest,
    RetryRequest,
    RollbackRequest,
    RunList,
    RunShape,
    SkipRequest,
    StartRequest,
    WhoShape,
)
from bot.asking.steering import SCOPES
from workflows.runs.permission import Action
from workflows.store.web.keys import KeyScope
from workflows.values import RunStatus

BASE = "/api/v1"
_STREAM = "text/event-stream"
_RUN = f"{BASE}/runs/{{run}}"

_FILTERS = (
    Parameter("status", "Only runs that are so.", {"type": "string", "enum": [one.value for one in RunStatus]}),
    Parameter("repository", "Only runs of this one.", {"type": "string"}),
    Parameter("workflow", "Only runs of this one.", {"type": "string"}),
    Parameter("q", "Words of the title, a number, an id.", {"type": "string"}),
    Parameter("limit", "How many at most.", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
    Parameter("after", "From the page before.", {"type": "string"}),
)


def operations(do: Endpoints) -> Sequence[ApiOperation]:
    """The table, over what carries it out."""
    read, run = KeyScope.READ, Need.RUN
    return (
        ApiOperation(
            "who",
            "GET",
            f"{BASE}/me",
            "Whose key this is, and what it is for.",
            do.who,
            Need.SIGNED_IN,
            read,
            gives=WhoShape,
        ),
        ApiOperation(
            "list_definitions",
            "GET",
            f"{BASE}/definitions",
            "The workflows, with what a start takes.",
            do.definitions,
            Need.SIGNED_IN,
            read,
            gives=DefinitionList,
        ),
        ApiOperation(
            "list_runs",
            "GET",
            f"{BASE}/runs",
            "Runs, newest first.",
            do.list_runs,
            Need.SIGNED_IN,
            read,
            gives=RunList,
            fields=_FILTERS,
        ),
        ApiOperation(
            "start_run",
            "POST",
            f"{BASE}/runs",
            "Start a run.",
            do.start,
            Need.SIGNED_IN,
            SCOPES[Action.START],
            StartRequest,
            OrderShape,
            202,
        ),
        ApiOperation("show_run", "GET", _RUN, "A run in full.", do.show, run, read, gives=RunShape),
        ApiOperation(
            "show_diff",
            "GET",
            f"{_RUN}/diff",
            "What a run changed, as a unified diff.",
            do.diff,
            run,
            read,
            kind="text/plain",
        ),
        ApiOperation(
            "follow_run",
            "GET",
            f"{_RUN}/events",
            "What happens to a run, as it happens.",
            do.run_events,
            run,
            read,
            kind=_STREAM,
        ),
        ApiOperation(
            "follow_runs",
            "GET",
            f"{BASE}/events",
            "What happens to runs, as it happens.",
            do.events,
            Need.SIGNED_IN,
            read,
            kind=_STREAM,
        ),
        ApiOperation(
            "approve_plan",
            "POST",
            f"{_RUN}/approve",
            "Say yes to the plan that was read.",
            do.approve,
            run,
            SCOPES[Action.APPROVE],
            ApproveRequest,
            RunShape,
        ),
        ApiOperation(
            "reject_plan",
            "POST",
            f"{_RUN}/reject",
            "Have the plan made again.",
            do.reject,
            run,
            SCOPES[Action.REJECT],
            RejectRequest,
            RunShape,
        ),
        ApiOperation(
            "answer_question",
            "POST",
            f"{_RUN}/answer",
            "Answer what a run asks.",
            do.answer,
            run,
            SCOPES[Action.ANSWER],
            AnswerRequest,
            RunShape,
        ),
        ApiOperation(
            "abort_run",
            "POST",
            f"{_RUN}/abort",
            "Stop a run where it is.",
            do.abort,
            run,
            SCOPES[Action.ABORT],
            AbortRequest,
            RunShape,
        ),
        ApiOperation(
            "retry_run",
            "POST",
            f"{_RUN}/retry",
            "Go on where a run stopped, or again from a step; with a larger budget an order is answered.",
            do.retry,
            run,
            SCOPES[Action.RETRY],
            RetryRequest,
            RunShape,
        ),
        ApiOperation(
            "skip_step",
            "POST",
            f"{_RUN}/skip",
            "Go on behind the step that failed.",
            do.skip,
            run,
            SCOPES[Action.SKIP],
            SkipRequest,
            RunShape,
        ),
        ApiOperation(
            "roll_back",
            "POST",
            f"{_RUN}/rollback",
            "Take a run back, or say what that would do.",
            do.rollback,
            run,
            SCOPES[Action.ROLLBACK],
            RollbackRequest,
            OrderShape,
            202,
        ),
        ApiOperation(
            "show_order",
            "GET",
            f"{BASE}/orders/{{order}}",
            "What became of what a worker was asked for.",
            do.order,
            Need.SIGNED_IN,
            read,
            gives=OrderShape,
        ),
    )
