"""Where there is no such page or operation the answer is a refusal like all others, drawn for whoever asked."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, Router

from bot.access.refusals import RefusalWords
from bot.access.strangers import Answering


def drawn(kind: str) -> object:
    def draw(request: Request, words: RefusalWords) -> Response:
        return JSONResponse([kind, words.sentence, words.remedy], words.status, dict(words.headers))

    return draw


async def hello(request: Request) -> Response:
    return PlainTextResponse("hello")


async def asked(method: str, path: str) -> httpx.Response:
    routes = [
        Route("/runs", hello),
        Route("/runs", hello, methods=["POST"]),
        Route("/api/v1/runs", hello, methods=["DELETE"]),
    ]
    app = Answering(Router(routes=routes, redirect_slashes=False), drawn("page"), drawn("program"))  # type: ignore[arg-type]
    whole = Starlette(routes=[Mount("/", app=app)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(whole), base_url="http://here") as client:
        return await client.request(method, path)


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/x", "page"), ("/apix/y", "page"), ("/api", "program"), ("/api/v1/x", "program"), ("/API/v1", "page")],
)
async def test_what_is_not_there_is_told_to_a_person_or_a_program(path: str, kind: str) -> None:
    answer = await asked("GET", path)
    assert (answer.status_code, answer.json()[:2]) == (404, [kind, "There is nothing at this address."])
    assert bool(answer.json()[2]) is (kind == "program")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_another_method_is_told_all_that_the_address_takes_and_no_long_word_comes_back() -> None:
    answer = await asked("PATCH", "/runs")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert answer.json()[1] == "PATCH is not what this address is for."
    long = await asked("X" * 500, "/api/v1/runs")
    assert (long.status_code, long.headers["Allow"], long.json()[0]) == (405, "DELETE", "program")
    assert len(long.json()[1]) < 80


async def test_what_is_there_is_left_to_it() -> None:
    assert (await asked("GET", "/runs")).text == "hello"
