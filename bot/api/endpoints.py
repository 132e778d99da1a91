"""What each operation of the API does."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from bot.access.answers import JsonAnswer, TextAnswer
from bot.access.people.visitors import WebVisit
from bot.access.refusals import RequestRefused
from bot.api.forms import brief, order_shape, whole
from bot.api.listing import listed
from bot.api.once import reference_of
from bot.api.shapes import (
    AbortRequest,
    AnswerRequest,
    ApproveRequest,
    OrderShape,
    RejectRequest,
    RetryRequest,
    RollbackRequest,
    RunList,
    SkipRequest,
    StartRequest,
    WhoShape,
)
from bot.asking.repositories import Repositories
from bot.asking.starts import Starts, StartWish, order_of
from bot.asking.steering import ActionFields, Steering
from bot.asking.streams import Streams
from sandbox.trees.rebuild import journal_diff
from workflows.runs.permission import Action
from workflows.store.run_events import Which
from workflows.store.run_rows import runs
from workflows.store.run_rows.ledger import SqlLedger
from workflows.store.web import orders, run_search
from workflows.store.web.keys import KeyScope
from workflows.store.web.orders import Order, OrderState
from workflows.store.web.run_search import Filter
from workflows.values import RunStatus

_WAIT_SECONDS = 25.0
_LOOK_SECONDS = 0.25
_MOST_PER_PAGE = 200
_LIMIT = re.compile("[0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class Endpoints:
    """All of them; each is given the request, whose it is, and what its body was."""

    steering: Steering
    streams: Streams
    repositories: Repositories
    starts: Starts

    async def who(self, request: Request, visit: WebVisit, body: None) -> Response:
        visitor = visit.visitor
        scopes = sorted(visitor.key.scopes if visitor.key is not None else KeyScope)
        bound = visitor.key.repository if visitor.key is not None else ""
        admin = visitor.admin
        return _json(WhoShape(name=visitor.name, login=visitor.login, admin=admin, scopes=scopes, repository=bound))

    async def list_runs(self, request: Request, visit: WebVisit, body: None) -> Response:
        given, names = request.query_params, await visit.readable_names()
        status, limit = given.get("status", ""), given.get("limit", "50")
        if status and status not in set(RunStatus):
            raise RequestRefused(422, "There is no such status.", f"There are: {', '.join(RunStatus)}.")
        if not _LIMIT.fullmatch(limit) or not 1 <= int(limit) <= _MOST_PER_PAGE:
            raise RequestRefused(422, f"limit is a number from 1 to {_MOST_PER_PAGE}.")
        which = Filter(
            repositories=names,
            repository=await self.repositories.name_of(given.get("repository", "")),
            statuses=[RunStatus(status)] if status else [],
            workflow=given.get("workflow", ""),
            words=given.get("q", ""),
        )
        found = await visit.store.read(run_search.search, which, int(limit), given.get("after", ""))
        return _json(RunList(runs=[brief(line) for line in found.lines], after=found.after))

    async def show(self, request: Request, visit: WebVisit, body: None) -> Response:
        return _json(whole(await visit.store.read(runs.snapshot, visit.the_run.id)))

    async def diff(self, request: Request, visit: WebVisit, body: None) -> Response:
        visit.the_run.need_records()
        ledger = SqlLedger(visit.store)
        entries = await asyncio.to_thread(ledger.entries, visit.the_run.id)
        text = await asyncio.to_thread(journal_diff, entries, ledger)
        return TextAnswer(text.encode("utf-8", "surrogateescape"))

    async def events(self, request: Request, visit: WebVisit, body: None) -> Response:
        return await self.streams.stream(request, visit)

    async def run_events(self, request: Request, visit: WebVisit, body: None) -> Response:
        return await self.streams.stream(request, visit, Which(run_id=visit.the_run.id))

    async def definitions(self, request: Request, visit: WebVisit, body: None) -> Response:
        return _json(await listed())

    async def order(self, request: Request, visit: WebVisit, body: None) -> Response:
        """To whoever may read what it is about; to anybody else it is not there."""
        return _json(order_shape(await order_of(visit, str(request.path_params["order"]))))

    async def start(self, request: Request, visit: WebVisit, body: StartRequest) -> Response:
        wish = StartWish(body.repository, body.workflow, body.number, body.hint, body.approve)
        placed = await self.starts.place(visit, wish, reference_of(request, visit))
        if body.wait:
            placed = await self._waited(visit, placed)
        return _placed(placed)

    async def approve(self, request: Request, visit: WebVisit, body: ApproveRequest) -> Response:
        return await self._act(request, visit, Action.APPROVE, body)

    async def reject(self, request: Request, visit: WebVisit, body: RejectRequest) -> Response:
        return await self._act(request, visit, Action.REJECT, body)

    async def answer(self, request: Request, visit: WebVisit, body: AnswerRequest) -> Response:
        return await self._act(request, visit, Action.ANSWER, body)

    async def abort(self, request: Request, visit: WebVisit, body: AbortRequest) -> Response:
        return await self._act(request, visit, Action.ABORT, body)

    async def retry(self, request: Request, visit: WebVisit, body: RetryRequest) -> Response:
        return await self._act(request, visit, Action.RETRY, body)

    async def skip(self, request: Request, visit: WebVisit, body: SkipRequest) -> Response:
        return await self._act(request, visit, Action.SKIP, body)

    async def rollback(self, request: Request, visit: WebVisit, body: RollbackRequest) -> Response:
        if body.dry_run:
            return _placed(await self.steering.plan(visit, ActionFields(mode=body.mode, count=body.count)))
        return await self._act(request, visit, Action.ROLLBACK, body)

    async def _act(self, request: Request, visit: WebVisit, action: Action, body: BaseModel) -> Response:
        asked = ActionFields(**body.model_dump(exclude={"dry_run"}))
        done = await self.steering.carry_out(visit, action, asked, reference_of(request, visit))
        if isinstance(done, Order):
            return _placed(done)
        return _json(whole(await visit.store.read(runs.snapshot, done.id)))

    async def _waited(self, visit: WebVisit, order: Order) -> Order:
        """The order when it is done, or as it is after a while."""
        until = time.monotonic() + _WAIT_SECONDS
        while order.state is OrderState.ASKED and time.monotonic() < until and not self.streams.stopping.is_set():
            await asyncio.sleep(_LOOK_SECONDS)
            found = await visit.store.read(orders.find, order.id)
            order = found or order
        return order


def _json(body: BaseModel, status: int = 200) -> Response:
    return JsonAnswer(body.model_dump(mode="json"), status)


def _placed(order: Order) -> Response:
    shape: OrderShape = order_shape(order)
    return _json(shape, 202 if order.state is OrderState.ASKED else 200)
