"""The pages for who runs the server: deliveries, health, audit log, keys; and how runs went."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from bot.access.bodies import form
from bot.access.gate import AccessGate
from bot.access.people.visitors import Need, WebVisit
from bot.access.refusals import RequestRefused
from bot.admin import audit_export
from bot.admin.charts import Pile, bars
from bot.admin.drawing import page, query
from bot.admin.pages.server_facts import server_facts
from bot.admin.payloads import pretty
from bot.asking.steering import number_of
from bot.settings import Settings
from workflows.runs.control import Runs
from workflows.store import audit, deliveries
from workflows.store.audit import Asker
from workflows.store.cluster import pauses
from workflows.store.deliveries import DeliveryStatus
from workflows.store.web import hooks, keys
from workflows.store.web.history import DAY, history
from workflows.store.web.keys import KeyScope
from workflows.text.sanitise import sanitise_line

_PER_PAGE = 100
_MOST_EXPORTED = 100_000
_DAYS = (7, 30, 90)
_MOST_WHY = 300


@dataclass(frozen=True, slots=True)
class ServerPages:
    """`runs` is what goes on when a pause ends."""

    gate: AccessGate
    settings: Settings
    runs: Runs

    def routes(self) -> Sequence[BaseRoute]:
        route, admin, scope = self.gate.route, Need.ADMIN, KeyScope.ADMIN
        post = ("POST",)
        return (
            route("/admin/history", self.history, Need.SIGNED_IN),
            route("/admin/deliveries", self.deliveries, admin, scope=scope),
            route("/admin/deliveries/{guid}", self.delivery, admin, scope=scope),
            route("/admin/deliveries/{guid}/replay", self.replay, admin, scope=scope, methods=post),
            route("/admin/server", self.server, admin, scope=scope),
            route("/admin/server/pause", self.pause, admin, scope=scope, methods=post),
            route("/admin/server/unpause", self.unpause, admin, scope=scope, methods=post),
            route("/admin/audit", self.audit, admin, scope=scope),
            route("/admin/hooks", self.hooks, admin, scope=scope),
            route("/admin/hooks/{message}/replay", self.tell_again, admin, scope=scope, methods=post),
            route("/admin/keys", self.keys, admin, scope=scope),
            route("/admin/keys/{key}/revoke", self.revoke, admin, scope=scope, methods=post),
        )

    async def history(self, request: Request, visit: WebVisit) -> Response:
        days = number_of(request.query_params.get("days", "30") or "30", "days")
        days = days if days in _DAYS else 30
        now, names = time.time(), await visit.readable_names()
        found = await visit.store.read(history, names, now - (days - 1) * DAY, now)
        counts = [
            Pile(
                _day(one.at),
                ((one.good, "good"), (one.bad, "bad")),
                f"{_day(one.at)}: {one.good} completed, {one.bad} not",
            )
            for one in found.days
        ]
        costs = [Pile(_day(one.at), ((one.usd, "flat"),), f"{_day(one.at)}: ${one.usd:.2f}") for one in found.days]
        spent = sum(one.usd for one in found.days)
        return page(
            "history.html",
            visit.visitor,
            title="History",
            found=found,
            days=days,
            choices=_DAYS,
            runs_chart=bars(counts, f"Runs by day, {found.good} of {found.ended} completed", scale="{:,.0f}"),
            cost_chart=bars(costs, f"Dollars by day, {spent:.2f} in all", scale="${:,.2f}"),
        )

    async def deliveries(self, request: Request, visit: WebVisit) -> Response:
        given = request.query_params
        status = given.get("status", "") if given.get("status", "") in set(DeliveryStatus) else ""
        before = _moment(given.get("before", ""))
        found = await visit.store.read(deliveries.listed, status, before, _PER_PAGE + 1)
        following = repr(found[_PER_PAGE - 1].received_at) if len(found) > _PER_PAGE else ""
        return page(
            "deliveries.html",
            visit.visitor,
            title="Deliveries",
            found=found[:_PER_PAGE],
            status=status,
            statuses=list(DeliveryStatus),
            counts=await visit.store.read(deliveries.counts),
            following=query({"status": status, "before": following}) if following else "",
        )

    async def delivery(self, request: Request, visit: WebVisit) -> Response:
        found = await visit.store.read(deliveries.find, str(request.path_params["guid"]))
        if found is None:
            raise RequestRefused(404, "There is no such delivery.")
        title = f"Delivery {found.event}"
        return page("delivery.html", visit.visitor, title=title, found=found, payload=pretty(found.payload))

    async def replay(self, request: Request, visit: WebVisit) -> Response:
        """Have a worker handle it anew: what it did already it finds."""
        guid = str(request.path_params["guid"])
        if not await visit.store.write(deliveries.replay, guid):
            raise RequestRefused(409, "It is being handled, or is not there.", "Look again.")
        await visit.store.write(audit.note, visit.visitor.name, "admin", f"replay {guid}", "", {})
        return RedirectResponse(f"/admin/deliveries/{guid}", 303)

    async def server(self, request: Request, visit: WebVisit) -> Response:
        facts = await server_facts(self.settings, visit.store)
        return page("server.html", visit.visitor, title="Server", facts=facts)

    async def pause(self, request: Request, visit: WebVisit) -> Response:
        why = sanitise_line((await form(request)).get("why", ""), _MOST_WHY)
        await visit.store.write(pauses.begin, pauses.EVERYTHING, self._asker(visit), why)
        return RedirectResponse("/admin/server", 303)

    async def unpause(self, request: Request, visit: WebVisit) -> Response:
        await visit.store.write(pauses.end, pauses.EVERYTHING, self._asker(visit))
        await self.runs.admit()
        return RedirectResponse("/admin/server", 303)

    async def audit(self, request: Request, visit: WebVisit) -> Response:
        given = request.query_params
        fields = {name: given.get(name, "") for name in ("who", "source", "run", "words")}
        listed = partial(
            audit.listed,
            who=fields["who"],
            source=fields["source"],
            run_id=fields["run"],
            words=fields["words"],
        )
        before = number_of(given.get("before", "0") or "0", "before")
        if (form_of := given.get("format", "")) in ("csv", "json"):
            found = await visit.store.read(listed, limit=_MOST_EXPORTED)
            text = audit_export.as_csv(found) if form_of == "csv" else audit_export.as_json(found)
            named = {"Content-Disposition": f'attachment; filename="pullwright-audit.{form_of}"'}
            kind = "text/csv; charset=utf-8" if form_of == "csv" else "application/json"
            return Response(text, headers=named, media_type=kind)
        found = await visit.store.read(listed, before=before, limit=_PER_PAGE + 1)
        following = {**fields, "before": str(found[_PER_PAGE - 1].id)} if len(found) > _PER_PAGE else {}
        return page(
            "audit.html",
            visit.visitor,
            title="Audit log",
            found=found[:_PER_PAGE],
            fields=fields,
            exported=query(fields),
            following=query(following),
        )

    async def keys(self, request: Request, visit: WebVisit) -> Response:
        found = await visit.store.read(keys.all_of_them)
        return page("keys.html", visit.visitor, title="Keys", found=found)

    async def revoke(self, request: Request, visit: WebVisit) -> Response:
        await visit.store.write(keys.revoke, str(request.path_params["key"]), self._asker(visit))
        return RedirectResponse("/admin/keys", 303)

    async def hooks(self, request: Request, visit: WebVisit) -> Response:
        told, known = await visit.store.read(hooks.listed), await visit.store.read(hooks.all_of_them)
        return page("hooks.html", visit.visitor, title="Outgoing webhooks", known=known, told=told)

    async def tell_again(self, request: Request, visit: WebVisit) -> Response:
        message = str(request.path_params["message"])
        if not await visit.store.write(hooks.replay, message):
            raise RequestRefused(404, "There is no such message.")
        await visit.store.write(audit.note, visit.visitor.name, "admin", f"tell {message} again", "", {})
        return RedirectResponse("/admin/hooks", 303)

    def _asker(self, visit: WebVisit) -> Asker:
        return Asker(visit.visitor.name, visit.visitor.source)


def _day(at: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(at))


def _moment(text: str) -> float:
    """A time of an address; 0.0 for what is none."""
    try:
        found = float(text)
    except ValueError:
        return 0.0
    return found if 0 < found < 1e11 else 0.0
