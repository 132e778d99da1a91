"""Pages and API are made when somebody first asks, once, and again where that failed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.server.late import Late


class Faces:
    """Something to make: it answers with the path, and counts how often it was told of other rights."""

    def __init__(self) -> None:
        self.told = 0

    @property
    def rights_changed(self) -> Callable[[], None]:
        return self._changed

    def _changed(self) -> None:
        self.told += 1

    def app(self) -> ASGIApp:
        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            await PlainTextResponse(f"late {scope['path']}")(scope, receive, send)

        return answer


class Maker:
    def __init__(self, *errors: Exception) -> None:
        self.errors, self.made = list(errors), list[Faces]()

    def __call__(self) -> Faces:
        if self.errors:
            raise self.errors.pop()
        self.made.append(Faces())
        return self.made[-1]


def client(late: Late) -> httpx.AsyncClient:
    early = Route("/webhook", lambda request: PlainTextResponse("early"))
    transport = httpx.ASGITransport(Starlette(routes=[early, late.route()]), raise_app_exceptions=True)
    return httpx.AsyncClient(transport=transport, base_url="http://here")


async def test_nothing_is_made_for_who_asks_for_something_else() -> None:
    make = Maker()
    async with client(Late(make)) as asks:
        assert (await asks.get("/webhook")).text == "early"
    assert make.made == []


async def test_of_many_who_ask_at_once_all_are_answered_by_the_same() -> None:
    make = Maker()
    async with client(Late(make)) as asks:
        found = await asyncio.gather(*(asks.get(f"/{number}") for number in range(20)))
    assert [one.text for one in found] == [f"late /{number}" for number in range(20)]
    assert len(make.made) == 1


async def test_what_could_not_be_made_is_made_for_who_asks_next() -> None:
    make = Maker(OSError("no space left"))
    async with client(Late(make)) as asks:
        with pytest.raises(OSError, match="no space"):
            await asks.get("/")
        assert (await asks.get("/")).text == "late /"


async def test_other_rights_are_told_to_what_was_made_and_before_that_to_nobody() -> None:
    make = Maker()
    late = Late(make)
    late.rights_changed()
    async with client(late) as asks:
        await asks.get("/")
    late.rights_changed()
    assert [one.told for one in make.made] == [1]
