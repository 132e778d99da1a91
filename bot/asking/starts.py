"""Asking a worker for a new run, by the same rules from a form and from the API; and who may see what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bot.access.people.visitors import WebVisit
from bot.access.refusals import RequestRefused
from bot.asking.repositories import Repositories
from sandbox.errors import UserError
from workflows.errors import NotFound
from workflows.registry import STARTED_BY_HAND
from workflows.registry.start_fields import need_all
from workflows.runs import permission
from workflows.runs.permission import Action
from workflows.store.web import orders
from workflows.store.web.orders import Order, OrderKind
from workflows.store.web.run_search import KnownRepository


@dataclass(frozen=True, slots=True)
class StartWish:
    """What is to be started; what a workflow does not take is empty."""

    repository: str
    """As people call it, "owner/name", or as runs name it."""
    workflow: str
    number: int
    hint: str = ""
    approve: bool = False


@dataclass(frozen=True, slots=True)
class Starts:
    repositories: Repositories

    async def place(self, visit: WebVisit, wish: StartWish, reference: str = "") -> Order:
        """The order; under one `reference` there is one. NotFound or NotAllowed where they may not.

        RequestRefused where it is not known what is wanted.
        """
        where = await self._where(visit, wish.repository)
        role = await visit.role_in(where)
        if role <= 0:
            raise _not_there(wish.repository)
        who = visit.visitor.principal(role, where.name, reference)
        permission.need(who, Action.START, where.name)
        entry = STARTED_BY_HAND.get(wish.workflow)
        if entry is None:
            raise RequestRefused(422, "There is no such workflow.", f"There are: {', '.join(STARTED_BY_HAND)}.")
        given = asdict(wish)
        try:
            need_all(entry.fields, given)
        except UserError as error:
            raise RequestRefused(422, error.sentence, error.remedy) from error
        called = where.called.partition("/")[2]
        arguments = {
            **given,
            "repository": called,
            "login": visit.visitor.login,
            "installation": where.installation,
        }
        number = f"{where.name}-{reference}" if reference else ""
        return await visit.store.write(orders.place, OrderKind.START, where.name, arguments, asdict(who), number=number)

    async def _where(self, visit: WebVisit, called: str) -> KnownRepository:
        try:
            return await self.repositories.where(called)
        except NotFound as error:
            if visit.visitor.operator:
                raise
            raise _not_there(called) from error


def _not_there(called: str) -> NotFound:
    """The same of what there is not and of what they may not see, so that nobody is told which."""
    return NotFound(f"The App does not work in {called[:200]}, or you may not see it.", "Name it as OWNER/NAME.")


async def order_of(visit: WebVisit, number: str) -> Order:
    """An order that they may see: who may read what it is about, and whoever asked. NotFound for anybody else."""
    found = await visit.store.read(orders.find, number)
    if found is None or not await _may_see(visit, found):
        raise NotFound("There is no such order, or you may not see it.")
    return found


async def _may_see(visit: WebVisit, order: Order) -> bool:
    if await visit.may_read(order.repository):
        return True
    asked: Mapping[str, Any] = order.principal
    same = asked.get("account", 0) in (0, visit.visitor.account)  # a login may be somebody else's by now
    return same and bool(asked.get("name")) and asked.get("name") == visit.visitor.name
