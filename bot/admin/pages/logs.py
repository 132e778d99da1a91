"""The pages of what a run's commands printed: all of them with their ends, and each whole, by its lines."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from bot.access.answers import TextAnswer
from bot.access.gate import AccessGate
from bot.access.people.visitors import Need, WebVisit
from bot.access.refusals import RequestRefused
from bot.admin.drawing import page
from bot.admin.log_lines import LogLine, Stretch, lines_of, markdown_of, range_of, stretches
from bot.asking.steering import number_of
from workflows.store.run_rows import definition_rows
from workflows.store.web import records
from workflows.store.web.records import PrintedCommand

_COMMANDS = 40
_END_OF_OUTPUT = 4000
_LINES = 3000
"""Lines of one page of an output."""


@dataclass(frozen=True, slots=True)
class ShownCommand:
    """A command with the parts of what is shown of its output."""

    of: PrintedCommand
    parts: Sequence[Stretch]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class LogPages:
    """`public_url` is how others reach the pages, "" where it is not known."""

    gate: AccessGate
    public_url: str = ""

    def routes(self) -> Sequence[BaseRoute]:
        route = self.gate.route
        return (
            route("/admin/runs/{run}/log", self.log, Need.RUN),
            route("/admin/runs/{run}/log/{number}", self.output, Need.RUN),
        )

    async def log(self, request: Request, visit: WebVisit) -> Response:
        run, given = visit.the_run, request.query_params
        step, after = given.get("step", ""), number_of(given.get("after", "0") or "0", "after")
        found = await visit.store.read(records.commands, run.id, step, after, _COMMANDS + 1, _END_OF_OUTPUT)
        following = found[_COMMANDS - 1].id if len(found) > _COMMANDS else None
        steps = (await visit.store.read(definition_rows.definition_of, run)).steps
        shown = [_shown(one) for one in found[:_COMMANDS]]
        title = f"Log of {run.title}"
        facts = {"run": run, "commands": shown, "following": following, "step": step, "steps": steps}
        return page("log.html", visit.visitor, title=title, **facts)

    async def output(self, request: Request, visit: WebVisit) -> Response:
        """All that one command printed, by its lines; as text or Markdown where `format` says so."""
        run, given = visit.the_run, request.query_params
        number = number_of(str(request.path_params["number"]), "The number")
        found = await visit.store.read(records.command, run.id, number)
        if found is None:
            raise RequestRefused(404, "The run has no such command.")
        here, hits = f"/admin/runs/{run.id}/log/{number}", range_of(given.get("lines", ""))
        if given.get("format") == "text":
            return TextAnswer(f"$ {found.command}\n{found.output}")
        lines = lines_of(found.output, hits=hits)
        if given.get("format") == "markdown":
            wanted = [one for one in lines if one.hit] if hits else lines
            return TextAnswer(markdown_of(found.command, wanted, self._address(request, here, hits)))
        if given.get("show") and hits:
            return RedirectResponse(f"{here}?lines={_words(hits)}#s{number}L{hits.start}", 303)
        return page("output.html", visit.visitor, **_of_output(visit, found, lines, hits, given))

    def _address(self, request: Request, here: str, hits: range) -> str:
        site = self.public_url.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}"
        number = here.rpartition("/")[2]
        return f"{site}{here}{f'#s{number}L{_words(hits)}' if hits else ''}"


def _of_output(
    visit: WebVisit, found: PrintedCommand, lines: Sequence[LogLine], hits: range, given: Mapping[str, str]
) -> dict[str, object]:
    pages = max(1, math.ceil(len(lines) / _LINES))
    wanted = (hits.start - 1) // _LINES + 1 if hits else number_of(given.get("page", "1") or "1", "page")
    at = min(max(wanted, 1), pages)
    shown = lines[(at - 1) * _LINES : at * _LINES]
    return {
        "title": f"{found.command[:80]} of {visit.the_run.title}",
        "run": visit.the_run,
        "one": found,
        "parts": stretches(shown),
        "count": len(lines),
        "wrong": [one.number for one in lines if one.wrong][:1],
        "hits": _words(hits),
        "at": at,
        "pages": pages,
        "per_page": _LINES,
    }


def _shown(one: PrintedCommand) -> ShownCommand:
    return ShownCommand(one, stretches(lines_of(one.output, one.first)), one.size > len(one.output))


def _words(lines: range) -> str:
    if not lines:
        return ""
    return str(lines.start) if len(lines) == 1 else f"{lines.start}-{lines.stop - 1}"
