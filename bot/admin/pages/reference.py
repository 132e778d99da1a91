"""What can be written to Pullwright, told from what reads it: comments' commands, a repository's configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from bot.access.gate import AccessGate
from bot.access.people.visitors import Need, WebVisit
from bot.admin.drawing import page
from bot.commands.table import COMMANDS
from workflows.policy.config.schema import schema

SCHEMA = "/admin/pullwright.schema.json"


@dataclass(frozen=True, slots=True)
class ReferencePages:
    """For anybody: they say nothing of this installation."""

    gate: AccessGate

    def routes(self) -> Sequence[BaseRoute]:
        return (
            self.gate.route("/admin/commands", self.commands, Need.OPEN),
            self.gate.route(SCHEMA, self.configuration, Need.OPEN),
        )

    async def commands(self, request: Request, visit: WebVisit) -> Response:
        """The table that `/help` answers with."""
        return page("commands.html", visit.visitor, title="Commands", commands=COMMANDS.values(), schema=SCHEMA)

    async def configuration(self, request: Request, visit: WebVisit) -> Response:
        """The JSON Schema that editors fetch by the first line of a file."""
        return JSONResponse(schema(), media_type="application/schema+json")
