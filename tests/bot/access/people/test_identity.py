"""From a request to its visitor: whose cookie or key it is, and who of them runs the server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from bot.access.people.identity import NOBODY, Identities
from bot.access.refusals import RequestRefused
from tests.fakes.tables import make_tables
from workflows.store.audit import Asker
from workflows.store.database import Store
from workflows.store.web import admins, keys, sessions
from workflows.store.web.keys import KeyScope


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
    make_tables(opened)
    yield opened
    opened.close()


def request(client: str = "192.0.2.1", **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": raw, "client": (client, 5)})


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("pullwright.test", "__Host-pullwright"),
        ("pullwright.test:8443", "__Host-pullwright-8443"),
        ("[::1]:8443", "__Host-pullwright-8443"),
        ("[::1]", "__Host-pullwright"),
        ("pullwright.test:", "__Host-pullwright"),
        ("pullwright.test:8443; x=y", "__Host-pullwright"),
        ("pullwright.test:123456", "__Host-pullwright"),
        ("pullwright.test:\xb2", "__Host-pullwright"),
        ("", "__Host-pullwright"),
    ],
)
def test_a_cookie_s_name_holds_the_port_and_nothing_else_that_was_sent(store: Store, host: str, name: str) -> None:
    assert Identities(store, secure=True).cookie(request(host=host)) == name
    assert Identities(store).cookie(request(host=host)) == name.removeprefix("__Host-")


async def test_a_session_is_whose_cookie_we_signed_until_they_sign_out(store: Store) -> None:
    who = Identities(store)
    secret = store.write_now(sessions.begin, "alice")
    answer = Response()
    who.sign_in(request(host="here"), answer, secret)
    cookie = answer.headers["set-cookie"].partition(";")[0]
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert (await who.of(request(host="here", cookie=cookie))).login == "alice"
    for other in (f"pullwright={secret}", "pullwright=", cookie[:-1] + ("A" if cookie[-1] != "A" else "B"), "x=y"):
        assert await who.of(request(host="here", cookie=other)) == NOBODY
    assert await who.of(request(host="here:81", cookie=cookie)) == NOBODY, "that is another server's"
    await who.sign_out(request(host="here", cookie=cookie), Response())
    assert await who.of(request(host="here", cookie=cookie)) == NOBODY


async def test_a_key_counts_above_a_cookie_and_one_that_is_none_is_no_visitor_without_a_name(store: Store) -> None:
    who = Identities(store)
    made = store.write_now(keys.make, "ci", [KeyScope.READ, KeyScope.ADMIN], Asker("you", "cli"), login="bob")
    session = who.cookies.sign(store.write_now(sessions.begin, "alice"))
    given = {"host": "here", "cookie": f"pullwright={session}"}
    bob = await who.of(request(**given, authorization=f"bearer  {made[1]} "))
    assert (bob.login, bob.operator, bob.admin) == ("bob", False, True)
    for wrong in ("", "Bearer", f"Basic {made[1]}", f"Bearer {made[1]}x", "Bearer \xff", made[1]):
        with pytest.raises(RequestRefused) as refused:
            await who.of(request(**given, authorization=wrong))
        assert refused.value.status == 401
        assert "Bearer" in refused.value.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("named", "login", "account", "admin"),
    [
        ({"root": 0}, "Root", 5, True),
        ({"root": 0}, "renamed", 5, True),
        ({"root": 0}, "root", 6, False),
        ({"root": 5}, "renamed", 5, True),
        ({"root": 5}, "root", 6, False),
        ({"root": 5}, "root", 0, False),
        ({"new": 0}, "new", 9, True),
        ({}, "root", 5, False),
        ({"root": 0}, "", 0, False),
        ({"root": 0}, "other", 0, False),
        ({"root": 6}, "root", 5, False),
    ],
)
async def test_who_runs_the_server_is_an_account_and_not_whoever_took_over_its_login(
    store: Store, named: Mapping[str, int], login: str, account: int, admin: bool
) -> None:
    store.write_now(admins.note, "root", 5)
    assert await Identities(store, named).is_admin(login, account) is admin
