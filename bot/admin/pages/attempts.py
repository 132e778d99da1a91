"""The page on which the attempts at a step stand side by side."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.access.gate import AccessGate
from bot.access.people.visitors import Need, WebVisit
from bot.access.refusals import RequestRefused
from bot.admin.attempts import columns_of, spans_of
from bot.admin.drawing import page
from workflows.store.run_rows import runs
from workflows.store.run_rows.ledger import SqlLedger
from workflows.store.web import records

_MOST_COMMANDS = 10
_END_OF_OUTPUT = 2000
_MOST_COLUMNS = 20
_EVER = 1e12
"""Seconds since the epoch that no clock here comes to: not every database takes infinity."""


@dataclass(frozen=True, slots=True)
class AttemptPages:
    gate: AccessGate

    def routes(self) -> Sequence[BaseRoute]:
        return (self.gate.route("/admin/runs/{run}/attempts", self.attempts, Need.RUN),)

    async def attempts(self, request: Request, visit: WebVisit) -> Response:
        """Those of the step that is asked for; without one, of whichever has most."""
        run, store = visit.the_run, visit.store
        snapshot = await store.read(runs.snapshot, run.id)
        made = [one.key for one in snapshot.steps]
        titles = {key: title for key, title in snapshot.definition.steps if key in made}
        key = request.query_params.get("step", "") or max(titles, key=made.count, default="")
        if key not in titles and (key or titles):
            raise RequestRefused(404, "The run has not come to such a step.")
        entries = await asyncio.to_thread(SqlLedger(store).entries, run.id)
        spans = [(begin, min(end, _EVER)) for _, begin, end in spans_of(snapshot, key)[-_MOST_COLUMNS:]]
        printed = await store.read(records.commands_within, run.id, key, spans, _MOST_COMMANDS + 1, _END_OF_OUTPUT)
        found = columns_of(snapshot, key, entries, printed, await store.read(records.calls, run.id), time.time())
        return page(
            "attempts.html",
            visit.visitor,
            title=f"Attempts at {titles.get(key, 'its steps')}: {run.title}",
            run=run,
            steps=titles,
            step=key,
            columns=found[-_MOST_COLUMNS:],
            most_commands=_MOST_COMMANDS,
            earlier=max(0, len(found) - _MOST_COLUMNS),
        )
