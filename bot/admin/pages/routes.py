"""The routes of the pages: what each shows, and to whom."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from bot.access.answers import TextAnswer
from bot.access.bodies import form
from bot.access.gate import AccessGate, Endpoint
from bot.access.people.visitors import Need, WebVisit
from bot.access.refusals import RequestRefused
from bot.admin import drawing
from bot.admin.drawing import page
from bot.admin.pages.run_facts import facts_of
from bot.asking.steering import SCOPES, ActionFields, Steering, number_of
from bot.asking.streams import Streams
from bot.view.documents import as_markdown
from bot.view.run_document import document_of, journal_lines
from workflows.runs.permission import Action
from workflows.store import audit
from workflows.store.run_events import Which
from workflows.store.telegram import people
from workflows.store.web import run_progress, run_search
from workflows.store.web.run_search import Filter
from workflows.values import RunStatus

_PER_PAGE = 50
_MOST_REQUESTS = 200
_ACTS = {action.value.replace(" ", "-"): action for action in Action if action not in (Action.START, Action.STATUS)}


@dataclass(frozen=True, slots=True)
class Pages:
    """All pages, behind one gate."""

    gate: AccessGate
    steering: Steering
    streams: Streams

    def routes(self) -> Sequence[BaseRoute]:
        route = self.gate.route
        return (
            route("/admin", self.runs, Need.SIGNED_IN),
            route("/admin/static/{name}", self.static, Need.OPEN),
            route("/admin/events", self.events, Need.SIGNED_IN),
            route("/admin/you", self.you, Need.SIGNED_IN),
            route("/admin/you/telegram", self.link, Need.SIGNED_IN, methods=("POST",)),
            route("/admin/runs/{run}", self.run, Need.RUN),
            route("/admin/runs/{run}/events", self.run_events, Need.RUN),
            *(
                route(
                    f"/admin/runs/{{run}}/{name}", self._acts(action), Need.RUN, methods=("POST",), scope=SCOPES[action]
                )
                for name, action in _ACTS.items()
                if action is not Action.ROLLBACK_HARD
            ),
            route("/admin/runs/{run}/plan", self.plan, Need.RUN, methods=("POST",)),
        )

    async def static(self, request: Request, visit: WebVisit) -> Response:
        try:
            data, kind, _ = drawing.static_file(str(request.path_params["name"]))
        except KeyError:
            raise RequestRefused(404, "There is no such file.") from None
        return Response(data, media_type=kind, headers={"Cache-Control": "public, max-age=604800, immutable"})

    async def runs(self, request: Request, visit: WebVisit) -> Response:
        given, names = request.query_params, await visit.readable_names()
        status = given.get("status", "")
        statuses = [RunStatus(status)] if status in set(RunStatus) else []
        which = Filter(names, given.get("repository", ""), statuses, given.get("workflow", ""), given.get("q", ""))
        found = await visit.store.read(run_search.search, which, _PER_PAGE, given.get("after", ""))
        counts = await visit.store.read(run_search.counts, names)
        going = [line.id for line in found.lines if line.status.active or line.status is RunStatus.WAITING]
        fields = {name: given.get(name, "") for name in ("repository", "status", "workflow", "q")}
        return page(
            "runs.html",
            visit.visitor,
            title="Runs",
            found=found,
            counts=counts,
            steps=await visit.store.read(run_progress.now_at, [line.id for line in found.lines]),
            percents=await visit.store.read(run_progress.percents, going) if going else {},
            statuses=list(RunStatus),
            repositories=await visit.readable(),
            fields=fields,
            following=drawing.query({**fields, "after": found.after}),
        )

    async def you(self, request: Request, visit: WebVisit) -> Response:
        return page("you.html", visit.visitor, title="You", linked="")

    async def link(self, request: Request, visit: WebVisit) -> Response:
        """Say that an account on Telegram is theirs: it was shown the code that they enter."""
        given = (await form(request)).get("code", "")
        if not visit.visitor.login:
            raise RequestRefused(409, "You are nobody on GitHub here.", "Sign in with GitHub, then enter the code.")
        name = await visit.store.write(people.redeem, given, visit.visitor.login, time.time(), visit.visitor.account)
        if name is None:
            raise RequestRefused(
                409,
                "That code is not good: it was never shown, is over, or somebody else was quicker.",
                "Write /start to the bot on Telegram for a new one; it is good for ten minutes.",
            )
        return page("you.html", visit.visitor, title="You", linked=name)

    async def run(self, request: Request, visit: WebVisit) -> Response:
        facts = await facts_of(visit)
        if request.query_params.get("format") == "markdown":
            requests = await visit.store.read(partial(audit.listed, run_id=visit.the_run.id, limit=_MOST_REQUESTS))
            journal = journal_lines([*facts.changes, *facts.effects])
            return TextAnswer(as_markdown(document_of(facts.snapshot, journal, requests)))
        return page("run.html", visit.visitor, title=facts.view.title, facts=facts, view=facts.view)

    async def events(self, request: Request, visit: WebVisit) -> Response:
        return await self.streams.stream(request, visit)

    async def run_events(self, request: Request, visit: WebVisit) -> Response:
        return await self.streams.stream(request, visit, Which(run_id=visit.the_run.id))

    async def plan(self, request: Request, visit: WebVisit) -> Response:
        """Have a worker say what a rollback would do; its answer comes to the page by itself."""
        await self.steering.plan(visit, _asked(await form(request)))
        return _back(visit, "rollback")

    def _acts(self, action: Action) -> Endpoint:
        async def act(request: Request, visit: WebVisit) -> Response:
            await self.steering.carry_out(visit, action, _asked(await form(request)))
            return _back(visit, "rollback" if action is Action.ROLLBACK else "")

        return act


def _asked(fields: dict[str, str]) -> ActionFields:
    given = fields.get("question")
    return ActionFields(
        reason=fields.get("reason", ""),
        text=fields.get("text", ""),
        step=fields.get("step", ""),
        budget=fields.get("budget", "").strip(),
        question=None if not given else number_of(given, "question"),
        binding=fields.get("binding"),
        mode=fields.get("mode", ""),
        count=number_of(fields.get("count") or "0", "count"),
    )


def _back(visit: WebVisit, part: str) -> Response:
    """To the run's page: what was sent is not sent again by loading it anew."""
    return RedirectResponse(f"/admin/runs/{visit.the_run.id}{f'#{part}' if part else ''}", 303)
