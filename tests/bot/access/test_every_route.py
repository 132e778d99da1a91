"""No route answers before it was asked who comes: the table of all routes is walked, also of those to come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from starlette.routing import BaseRoute, Mount, Route

from bot.access.gate import GuardedRoute
from bot.access.people.visitors import Need
from bot.server.web import make_web
from bot.setup.manifest_flow import make_setup
from bot.webhook.intake.inbox import Inbox
from tests.fakes.visiting import ALICES, BOBS, House, house, with_values
from workflows.runs.principal import Role
from workflows.store.web import orders
from workflows.store.web.keys import KeyScope
from workflows.store.web.orders import OrderKind
from workflows.values import RunStatus

ANYBODYS = {"/", "/webhook", "/health", "/healthz", "/readyz", "/setup", "/setup/callback"}
"""What is there for anybody, and says nothing of runs: the webhook and the set-up have secrets of their own."""
SECRET = "The launch codes are in the cellar"
OPEN = {
    "/admin/api",
    "/admin/commands",
    "/admin/pullwright.schema.json",
    "/admin/static/{name}",
    "/api/v1/openapi.json",
    "/signin/callback",
    "/signin/github",
    "/signin/once",
    "/signout",
}


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as found:
        yield found


def every(routes: object) -> Iterator[Route]:
    for route in routes:  # type: ignore[attr-defined]
        if isinstance(route, Mount):
            yield from every(route.routes)
        else:
            assert isinstance(route, Route), f"{route} is of a kind that nobody guards"
            yield route


def guarded(opened: House) -> list[GuardedRoute]:
    return [one for one in every(opened.faces.routes()) if isinstance(one, GuardedRoute)]


async def test_each_route_of_the_server_has_a_guard_or_is_known_to_be_anybodys(opened: House) -> None:
    routes: list[BaseRoute] = [*opened.faces.routes(), *make_setup(opened.settings).routes()]
    async with Inbox(opened.store) as inbox:
        web = make_web(opened.store, inbox, lambda: b"secret", routes)
    bare = {one.path for one in every(web.routes) if not isinstance(one, GuardedRoute)}
    assert bare == ANYBODYS & bare
    assert {one.path for one in guarded(opened) if one.need is Need.OPEN} == OPEN
    assert len(guarded(opened)) > 30


def asked(opened: House, run: str, order: str) -> Iterator[tuple[GuardedRoute, str, str]]:
    """(route, method, address) of each, about that run and order."""
    for one in guarded(opened):
        for method in sorted((one.methods or set()) - {"HEAD"}):
            values = {
                "run": run,
                "order": order,
                "name": "style.css",
                "guid": "none",
                "step": "implement",
                "key": "k",
                "number": "1",
                "message": "msg_1",
                "repository": ALICES,
            }
            yield one, method, with_values(one.path, **values)


async def answer(visitor: httpx.AsyncClient, method: str, address: str) -> tuple[int, str]:
    """A status and what is said; a stream is read for a moment."""
    if address.endswith("/events"):
        return await _first_of_stream(visitor, address)
    if "/api/" in address:
        done = await visitor.request(method, address, json={} if method == "POST" else None)
    else:
        form = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
        done = await visitor.request(method, address, headers=form, content="mode=hard" if method == "POST" else None)
    return done.status_code, done.text


async def _first_of_stream(visitor: httpx.AsyncClient, address: str) -> tuple[int, str]:
    """httpx's ASGI transport gives a body when it is whole, so a stream is asked for by its guard alone."""
    try:
        async with asyncio.timeout(0.3):
            done = await visitor.get(address)
        return done.status_code, done.text
    except TimeoutError:
        return 200, ""


async def test_who_is_not_known_is_told_so_everywhere(opened: House) -> None:
    opened.run("r1", title=SECRET)
    async with opened.visitor() as nobody:
        for route, method, address in asked(opened, "r1", "o1"):
            status, text = await answer(nobody, method, address)
            assert SECRET not in text
            assert route.need is Need.OPEN or status == 401, (method, address, status)


@pytest.mark.parametrize("login", ["bob", "root"])
async def test_another_user_sees_and_does_nothing_of_a_run_that_github_does_not_show_them(
    opened: House, login: str
) -> None:
    opened.run("r1", ALICES, title=SECRET)
    opened.run("r2", BOBS)
    placed = opened.store.write_now(
        orders.place, OrderKind.PLAN, ALICES, {"mode": SECRET}, {"name": "alice", "role": 3}, run_id="r1"
    )
    before = opened.read("r1")
    async with opened.signed_in(login) as other, opened.with_key(*KeyScope, login=login) as program:
        for visitor in (other, program):
            for route, method, address in asked(opened, "r1", placed.id):
                status, text = await answer(visitor, method, address)
                assert SECRET not in text, (method, address)
                if route.need in (Need.RUN, Need.REPOSITORY) or "{order}" in route.path:
                    assert status in (401, 404), (method, address, status)
    assert opened.read("r1") == before


async def test_a_key_for_one_repository_is_good_for_no_other(opened: House) -> None:
    opened.run("r1", ALICES, title=SECRET)
    opened.run("r2", BOBS)
    async with opened.with_key(*KeyScope, repository=BOBS) as program:
        for route, method, address in asked(opened, "r1", "o1"):
            if "/api/" in address:
                status, text = await answer(program, method, address)
                assert SECRET not in text, (method, address)
                assert route.need not in (Need.RUN, Need.REPOSITORY) or status == 404, (method, address, status)


async def test_what_is_for_admins_is_for_admins(opened: House) -> None:
    opened.run("r1")
    admins = [(method, address) for one, method, address in asked(opened, "r1", "o1") if one.need is Need.ADMIN]
    async with opened.signed_in("alice") as alice, opened.with_key(KeyScope.READ) as program:
        for method, address in admins:
            visitor = program if "/api/" in address else alice
            assert (await answer(visitor, method, address))[0] == 403, address


async def test_a_reader_changes_nothing(opened: House) -> None:
    opened.run("r1", asks="approval", status=RunStatus.WAITING, step="approval")
    before = opened.read("r1")
    async with opened.signed_in("rita") as rita:
        assert (await rita.get("/admin/runs/r1")).status_code == 200
        for _, method, address in asked(opened, "r1", "o1"):
            if method == "POST" and "r1" in address:
                assert (await answer(rita, method, address))[0] in (401, 403, 409, 422), address
    assert opened.read("r1") == before
    assert opened.store.read_now(orders.of_run, "r1") == []


async def test_each_key_does_only_what_it_is_for(opened: House) -> None:
    opened.run("r1")
    for held in KeyScope:
        async with opened.with_key(held) as program:
            for route, method, address in asked(opened, "r1", "o1"):
                if "/api/" in address and route.need is not Need.OPEN:
                    status, _ = await answer(program, method, address)
                    assert (status == 403) is (route.scope is not held), (held, method, address, status)


async def test_where_github_does_not_answer_nothing_is_shown(opened: House) -> None:
    opened.run("r1", title=SECRET)
    opened.roles.away = True
    async with opened.signed_in("alice") as alice:
        for route, method, address in asked(opened, "r1", "o1"):
            status, text = await answer(alice, method, address)
            assert SECRET not in text
            assert route.need not in (Need.RUN, Need.REPOSITORY) or status in (401, 503), (method, address, status)


async def test_who_lost_their_right_sees_nothing_more(opened: House) -> None:
    opened.run("r1", title=SECRET)
    async with opened.signed_in("alice") as alice:
        assert SECRET in (await alice.get("/admin/runs/r1")).text
        opened.roles.roles[("alice", ALICES)] = Role.NONE
        assert (await alice.get("/admin/runs/r1")).status_code == 404
