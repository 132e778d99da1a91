"""A browser holds what we signed: what is forged, of another server or worn out asks the database nothing."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from unittest import mock

import httpx
import pytest
import sqlalchemy as sa
from itsdangerous import TimestampSigner

from bot.access.people.session_cookies import SessionCookies
from tests.fakes.visiting import HERE, House, house
from workflows.store.web import sessions

KEY = "-----BEGIN RSA PRIVATE KEY-----\nthe App's\n-----END RSA PRIVATE KEY-----\n"


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as found:
        yield found


async def asked(opened: House, cookie: str) -> tuple[int, list[str]]:
    """The status of a page for whoever holds this, and what the database was asked of sessions meanwhile."""
    seen: list[str] = []

    @sa.event.listens_for(opened.store.engine, "before_cursor_execute")
    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        seen.extend([statement] if "web_sessions" in statement else [])

    transport = httpx.ASGITransport(opened.app)
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as browser:
        answer = await browser.get("/admin", headers={"Cookie": f"__Host-pullwright={cookie}".encode()})
    sa.event.remove(opened.store.engine, "before_cursor_execute", note)
    assert answer.status_code == 200 or "/signin/" in answer.text or "Sign in" in answer.text, answer.text
    return answer.status_code, seen


async def test_what_we_did_not_sign_is_refused_before_the_database_is_asked(opened: House) -> None:
    cookies = opened.faces.signing_in.gate.identities.cookies
    secret = opened.store.write_now(sessions.begin, "alice")
    good = cookies.sign(secret)
    status, seen = await asked(opened, good)
    assert (status, len(seen)) == (200, 1)
    other = SessionCookies().sign(secret)
    body, time_, signature = good.rsplit(".", 2)
    forged = [secret, other, f"{good}x", f"{body}x.{time_}.{signature}", f"{body}.{time_}.", "....", "é", "x" * 4000]
    forged += [TimestampSigner(b"", salt="itsdangerous.Signer").sign(secret).decode()]
    for one in forged:
        assert await asked(opened, one) == (401, []), one


async def test_a_session_that_has_ended_is_none_though_its_cookie_is_signed(opened: House) -> None:
    secret = opened.store.write_now(sessions.begin, "alice")
    good = opened.faces.signing_in.gate.identities.cookies.sign(secret)
    opened.store.write_now(sessions.end, secret)
    assert (await asked(opened, good))[0] == 401


def test_all_processes_with_the_same_app_read_each_others_cookies_and_others_none() -> None:
    one, another = SessionCookies(lambda: KEY), SessionCookies(lambda: KEY)
    assert another.read(one.sign("secret")) == "secret"
    assert SessionCookies(lambda: KEY.replace("App", "other")).read(one.sign("secret")) == ""
    assert SessionCookies().read(one.sign("secret")) == ""


def test_who_was_signed_in_before_the_app_was_set_up_is_so_afterwards() -> None:
    there: list[str] = []
    cookies = SessionCookies(lambda: there[0] if there else None)
    before = cookies.sign("secret")
    there.append(KEY)
    assert cookies.read(before) == "secret"
    assert SessionCookies(lambda: KEY).read(cookies.sign("secret")) == "secret"


def test_a_cookie_is_worn_out_with_the_longest_session() -> None:
    cookies = SessionCookies()
    held = cookies.sign("secret")
    later = time.time() + sessions.SESSION_SECONDS + 60
    with mock.patch.object(time, "time", return_value=later):
        assert cookies.read(held) == ""
