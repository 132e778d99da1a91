"""The API's routes, made from its table, and its description."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from bot.access.bodies import json_object
from bot.access.gate import AccessGate, Endpoint
from bot.access.people.visitors import Need, WebVisit
from bot.access.refusals import RequestRefused
from bot.api.description import description
from bot.api.endpoints import Endpoints
from bot.api.once import once
from bot.api.operations import ApiOperation
from bot.api.table import BASE, operations

OPENAPI = f"{BASE}/openapi.json"


@dataclass(slots=True)
class Api:
    """The API behind its gate."""

    gate: AccessGate
    endpoints: Endpoints
    table: Sequence[ApiOperation] = field(init=False)
    _description: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        self.table = operations(self.endpoints)

    def routes(self) -> Sequence[BaseRoute]:
        made = [
            self.gate.route(one.path, _asked(one), one.need, methods=(one.method,), scope=one.scope)
            for one in self.table
        ]
        return (self.gate.route(OPENAPI, self._describe, Need.OPEN), *made)

    async def _describe(self, request: Request, visit: WebVisit) -> Response:
        """For anybody: it says nothing of this installation."""
        return JSONResponse(self.description())

    def description(self) -> Mapping[str, Any]:
        """As OpenAPI has it."""
        if self._description is None:
            self._description = description(self.table)
        return self._description


def _asked(one: ApiOperation) -> Endpoint:
    async def endpoint(request: Request, visit: WebVisit) -> Response:
        if not one.writes:
            return await one.act(request, visit, None)
        given = await json_object(request)
        body = _read(one.takes, given) if one.takes is not None else None
        return await once(request, visit, given, lambda: one.act(request, visit, body))

    return endpoint


def _read(model: type[BaseModel], given: dict[str, Any]) -> BaseModel:
    """What was sent, as it must be; RequestRefused with the first thing that is wrong."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(map(str, first["loc"])) or "the body"
        raise RequestRefused(422, f"{name[:100]}: {first['msg'][:1].lower()}{first['msg'][1:]}.") from None
