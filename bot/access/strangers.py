"""What is answered where there is no such page or operation: a refusal that looks like all others."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Match, Router
from starlette.types import Receive, Scope, Send

from bot.access.gate import DrawRefusal
from bot.access.headers import hardened
from bot.access.refusals import RefusalWords

_API = "/api/"


@dataclass(frozen=True, slots=True)
class Answering:
    """An ASGI application over `router`, inside of one that has errors raised; `page` and `program` draw refusals."""

    router: Router
    page: DrawRefusal
    program: DrawRefusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.router(scope, receive, send)
        except HTTPException as error:
            request = Request(scope)
            for_programs = f"{request.url.path}/".startswith(_API)
            draw = self.program if for_programs else self.page
            remedy = "GET /api/v1/openapi.json says what there is." if for_programs else ""
            headers = {"Allow": self._allowed(scope)} if error.status_code == 405 else error.headers or {}
            words = RefusalWords(error.status_code, _sentence(request, error), remedy, headers)
            await hardened(draw(request, words))(scope, receive, send)

    def _allowed(self, scope: Scope) -> str:
        """All methods of an address; the router itself names those of its first route there."""
        there = (route for route in self.router.routes if route.matches(scope)[0] is not Match.NONE)
        return ", ".join(sorted({method for route in there for method in getattr(route, "methods", None) or ()}))


def _sentence(request: Request, error: HTTPException) -> str:
    match error.status_code:
        case 404:
            return "There is nothing at this address."
        case 405:
            return f"{request.method[:20]} is not what this address is for."
        case _:
            return error.detail
