"""Starting a run from a form, which is drawn from what its workflow takes; and what became of such a wish."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from bot.access.bodies import form
from bot.access.gate import AccessGate
from bot.access.people.visitors import Need, WebVisit
from bot.access.refusals import RequestRefused
from bot.admin.drawing import page
from bot.asking.starts import Starts, StartWish, order_of
from bot.asking.steering import SCOPES
from sandbox.errors import UserError
from workflows.registry import STARTED_BY_HAND, WORKFLOWS, Entry
from workflows.registry.start_fields import read_all
from workflows.runs.permission import ROLES, Action
from workflows.store.records import Run
from workflows.store.web.orders import OrderState

_USUAL = "issue_to_pr"
_ONCE = re.compile(r"[\w-]{8,64}", re.ASCII)
_LOOK_AGAIN = {"Refresh": "1"}
"""Without script, too, the page is loaded again until a worker has taken the order up."""


@dataclass(frozen=True, slots=True)
class StartPages:
    gate: AccessGate
    starts: Starts

    def routes(self) -> Sequence[BaseRoute]:
        route, scope = self.gate.route, SCOPES[Action.START]
        return (
            route("/admin/start", self.form, Need.SIGNED_IN),
            route("/admin/start", self.start, Need.SIGNED_IN, methods=("POST",), scope=scope),
            route("/admin/runs/{run}/again", self.again, Need.RUN),
            route("/admin/orders/{order}", self.order, Need.SIGNED_IN),
        )

    async def form(self, request: Request, visit: WebVisit) -> Response:
        given = request.query_params
        return await self._drawn(visit, _entry(given.get("workflow", "")), dict(given))

    async def again(self, request: Request, visit: WebVisit) -> Response:
        """The form with what a run was started with, to be changed."""
        run = visit.the_run
        if not can_start_again(run):
            raise RequestRefused(409, "This run was not started on GitHub.", "Start it where it was started.")
        return await self._drawn(visit, _entry(run.workflow), _inputs_of(run), run)

    async def start(self, request: Request, visit: WebVisit) -> Response:
        sent = await form(request)
        entry = _entry(sent.get("workflow", ""))
        try:
            given = read_all(entry.fields, sent)
        except UserError as error:
            raise RequestRefused(422, error.sentence, error.remedy) from error
        wish = StartWish(
            repository=sent.get("repository", "").strip(),
            workflow=entry.name,
            number=int(given.get("number", 0)),
            hint=str(given.get("hint", "")),
            approve=bool(given.get("approve", False)),
        )
        once = sent.get("once", "")
        reference = f"form {visit.visitor.id} {once}" if _ONCE.fullmatch(once) else ""
        placed = await self.starts.place(visit, wish, reference)
        return RedirectResponse(f"/admin/orders/{placed.id}", 303)

    async def order(self, request: Request, visit: WebVisit) -> Response:
        """To the run once there is one; until then, or where it was refused, what is known of the order."""
        found = await order_of(visit, str(request.path_params["order"]))
        run = str(found.result.get("run") or "") or found.run_id
        if found.state is OrderState.DONE and run:
            return RedirectResponse(f"/admin/runs/{run}", 303)
        shown = page("order.html", visit.visitor, title="What was asked for", order=found, run=run)
        if found.state is OrderState.ASKED:
            shown.headers.update(_LOOK_AGAIN)
        return shown

    async def _drawn(
        self, visit: WebVisit, entry: Entry, given: Mapping[str, object], before: Run | None = None
    ) -> Response:
        least = ROLES[Action.START]
        mine = [one for one in await visit.readable() if one.installation and await visit.role_in(one) >= least]
        return page(
            "start.html",
            visit.visitor,
            title="Start a run",
            entry=entry,
            entries=list(STARTED_BY_HAND.values()),
            given=given,
            repositories=[one.called.partition("/")[2] for one in mine],
            before=before,
            once=secrets.token_urlsafe(12),
        )


def can_start_again(run: Run) -> bool:
    """Whether a run can be started anew from a page: one that was started on GitHub, and about what has a number."""
    return run.inputs.get("forge") == "github" and run.workflow in STARTED_BY_HAND and bool(run.subject.told_on)


def _inputs_of(run: Run) -> dict[str, object]:
    """What a run was started with, as fields of the form."""
    asked = run.title if WORKFLOWS[run.workflow].question else str(run.inputs.get("hint") or "")
    noted = run.inputs.get("range") or {}
    if run.workflow == "release_notes":
        asked = "..".join(filter(None, (str(noted.get("since") or ""), str(noted.get("until") or ""))))
    return {
        "repository": str(run.inputs.get("repository") or ""),
        "number": run.subject.told_on,
        "hint": asked,
        "approve": run.options.approve,
    }


def _entry(name: str) -> Entry:
    found = STARTED_BY_HAND.get(name or _USUAL)
    if found is None:
        raise RequestRefused(404, "There is no such workflow.", f"There are: {', '.join(STARTED_BY_HAND)}.")
    return found
