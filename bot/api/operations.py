"""The table of the API's operations: from it come the routes, and the description of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from bot.access.people.visitors import Need, WebVisit
from workflows.store.web.keys import KeyScope


@dataclass(frozen=True, slots=True)
class Parameter:
    """A field of the address. `schema` is a JSON Schema."""

    name: str
    what: str
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ApiOperation:
    """One thing that the API does. `act` is given what `takes` made of the body, None where nothing is taken.

    `status` is that of an answer where it is done; `gives` is None for a stream.
    """

    name: str
    method: str
    path: str
    what: str
    act: Callable[[Request, WebVisit, Any], Awaitable[Response]]
    need: Need
    scope: KeyScope
    takes: type[BaseModel] | None = None
    gives: type[BaseModel] | None = None
    status: int = 200
    fields: tuple[Parameter, ...] = ()
    kind: str = "application/json"

    @property
    def writes(self) -> bool:
        return self.method != "GET"
