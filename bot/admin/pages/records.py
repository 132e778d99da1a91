"""The pages of what a run left to read: its diff, and its transcript turn by turn."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.access.gate import AccessGate
from bot.access.people.visitors import Need, WebVisit
from bot.access.refusals import RequestRefused
from bot.admin.diffs import files_of
from bot.admin.drawing import page
from bot.asking.steering import number_of
from sandbox.trees.rebuild import journal_diff
from workflows.agent.transcript import row_from_json
from workflows.store.run_rows import definition_rows
from workflows.store.run_rows.ledger import SqlLedger
from workflows.store.web import records
from workflows.store.web.records import Turn

_TURNS = 40
_MOST_OF_A_MESSAGE = 20_000


@dataclass(frozen=True, slots=True)
class Saying:
    """A message as the page shows it: who, its words, and what it asks to be done."""

    seq: int
    kind: str
    role: str
    text: str
    cut: int
    calls: Sequence[tuple[str, str]]
    failed: bool
    at: float


@dataclass(frozen=True, slots=True)
class RecordPages:
    gate: AccessGate

    def routes(self) -> Sequence[BaseRoute]:
        route = self.gate.route
        return (
            route("/admin/runs/{run}/diff", self.diff, Need.RUN),
            route("/admin/runs/{run}/transcript", self.transcript, Need.RUN),
        )

    async def diff(self, request: Request, visit: WebVisit) -> Response:
        run, store = visit.the_run, visit.store
        run.need_records()
        steps = (await store.read(definition_rows.definition_of, run)).steps
        step = request.query_params.get("step", "")
        if step and step not in dict(steps):
            raise RequestRefused(404, "The run has no such step.")
        ledger = SqlLedger(store)
        entries = await asyncio.to_thread(ledger.entries, run.id)
        text = await asyncio.to_thread(journal_diff, entries, ledger, step or None)
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        files, cut = files_of(text)
        touched = {entry.where.step for entry in entries if entry.change is not None}
        choices = [(key, title) for key, title in steps if key in touched]
        title = f"Diff of {run.title}"
        return page("diff.html", visit.visitor, title=title, run=run, files=files, cut=cut, step=step, steps=choices)

    async def transcript(self, request: Request, visit: WebVisit) -> Response:
        run, store, given = visit.the_run, visit.store, request.query_params
        known = await store.read(records.conversations, run.id)
        name = given.get("conversation", "") or (known[0][0] if known else "")
        begin = max(0, number_of(given.get("from", "0") or "0", "from"))
        found = await store.read(records.turns, run.id, name, begin, _TURNS + 1)
        following = found[_TURNS].seq if len(found) > _TURNS else None
        return page(
            "transcript.html",
            visit.visitor,
            title=f"Transcript of {run.title}",
            run=run,
            known=known,
            conversation=name,
            begin=begin,
            said=[_saying(turn) for turn in found[:_TURNS]],
            following=following,
            calls=await store.read(records.calls, run.id),
        )


def _saying(turn: Turn) -> Saying:
    row = row_from_json(turn.seq, "", turn.message)
    text = row.message.content
    return Saying(
        seq=turn.seq,
        kind=row.kind.value,
        role=row.message.role,
        text=text[:_MOST_OF_A_MESSAGE],
        cut=max(0, len(text) - _MOST_OF_A_MESSAGE),
        calls=[(call.name, _indented(call.arguments)) for call in row.message.tool_calls],
        failed=row.failed,
        at=turn.at,
    )


def _indented(given: str) -> str:
    """What a tool was given, a field a line where it is JSON, with its own ends of lines."""
    with contextlib.suppress(ValueError, RecursionError):
        given = json.dumps(json.loads(given), indent=1, ensure_ascii=False)
    return given.replace("\\n", "\n")[:_MOST_OF_A_MESSAGE]
