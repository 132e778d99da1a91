"""What is answered where there is no such page or operation: a refusal that looks like all others."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.access.gate import DrawRefusal
from bot.access.headers import hardened
from bot.access.refusals import RefusalWords

_API = "/api/"


@dataclass(frozen=True, slots=True)
class Answering:
    """An ASGI application over `router`, inside of one that has errors raised; `page` and `program` draw refusals."""

    router: ASGIApp
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
            words = RefusalWords(error.status_code, _sentence(request, error), remedy, error.headers or {})
            await hardened(draw(request, words))(scope, receive, send)


def _sentence(request: Request, error: HTTPException) -> str:
    match error.status_code:
        case 404:
            return "There is nothing at this address."
        case 405:
            return f"{request.method[:20]} is not what this address is for."
        case _:
            return error.detail
