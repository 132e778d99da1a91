"""People sign in with GitHub, or as the operator by a link that works once on this machine; and nobody else does."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr
from starlette.requests import Request

from bot.access.loopback import is_local
from bot.github.api.credentials import save
from bot.signin.links import one_time_link
from tests.bot.github.connecting import credentials
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github
from tests.fakes.github.scene import Scene
from tests.fakes.visiting import House, house
from workflows.store import audit
from workflows.store.web import sessions

__all__ = ["github"]


@pytest.fixture
def scene(github: GitHub) -> Iterator[Scene]:
    github.repository("octo/sample", roles={"alice": "write", "bob": "read"})
    app = github.app(secret="s3cret")
    installation = github.install(app, "octo")
    with github.client(github.token(app, installation)) as bot:
        yield Scene(github, app, installation, bot, github.as_user("alice"), github.as_user("bob"))


@asynccontextmanager
async def with_app(scene: Scene, folder: Path, **settings: Any) -> AsyncIterator[House]:
    (folder / "data").mkdir()
    app = scene.app
    made = credentials(scene).model_copy(
        update={"client_id": app.client_id, "client_secret": SecretStr(app.client_secret)}
    )
    save(made, folder / "data" / "github.json")
    async with house(folder, **settings) as found:
        yield found


async def agree(address: str, login: str) -> str:
    """What GitHub sends a person back to who agreed, as a path of ours."""
    async with httpx.AsyncClient() as client:
        shown = await client.get(address)
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', shown.text)) | {"login": login}
        given = await client.post(address, data=fields)
    parts = urlsplit(given.headers["location"])
    return f"{parts.path}?{parts.query}"


async def test_a_person_signs_in_with_github_and_out(scene: Scene, tmp_path: Path) -> None:
    async with with_app(scene, tmp_path) as opened, opened.visitor() as browser:
        begun = await browser.get("/signin/github?next=/admin/runs/r1")
        asked = parse_qs(urlsplit(begun.headers["location"]).query)
        assert asked["redirect_uri"] == ["https://pullwright.test/signin/callback"]
        assert asked["code_challenge_method"] == ["S256"]
        back = await agree(begun.headers["location"], "alice")
        done = await browser.get(back)
        assert (done.status_code, done.headers["location"]) == (303, "/admin/runs/r1")
        cookie = next(one for one in done.headers.get_list("set-cookie") if one.startswith("__Host-pullwright="))
        for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
            assert word in cookie
        assert "alice" in (await browser.get("/admin")).text
        assert (await browser.get(back)).status_code == 403, "a way back counts once"
        out = await browser.post("/signout")
        assert out.status_code == 303
        assert (await browser.get("/admin")).status_code == 401
        noted = opened.store.read_now(audit.listed, limit=1)
        assert [(one.who, one.what) for one in noted] == [("alice", "sign in")]
    assert scene.github.as_user("alice").get("/user").status_code == 200
    told = [one for one in scene.github.requests() if one["path"].startswith("/applications/")]
    assert len(told) == 1, "the user's token is given back"


@asynccontextmanager
async def signed_in(opened: House, login: str) -> AsyncIterator[httpx.AsyncClient]:
    async with opened.visitor() as browser:
        begun = await browser.get("/signin/github")
        await browser.get(await agree(begun.headers["location"], login))
        yield browser


async def runs_the_server(opened: House, login: str) -> bool:
    async with signed_in(opened, login) as browser:
        return (await browser.get("/admin/server")).status_code == 200


async def test_who_takes_the_login_of_an_admin_does_not_run_the_server(scene: Scene, tmp_path: Path) -> None:
    async with with_app(scene, tmp_path, admins=("Alice",)) as opened:
        assert not await runs_the_server(opened, "bob")
        async with signed_in(opened, "alice") as alice:
            assert (await alice.get("/admin/server")).status_code == 200
            scene.github.rename_account("alice", "alicia")
            assert (await alice.get("/admin/server")).status_code == 200, "it is she still"
        scene.github.account("alice")
        assert not await runs_the_server(opened, "alice")
        assert await runs_the_server(opened, "alicia"), "she is whom the settings mean"


async def test_the_settings_may_name_the_account_of_an_admin(scene: Scene, tmp_path: Path) -> None:
    number = scene.github.account("alice")["id"]
    async with with_app(scene, tmp_path, admins=(f"alice:{number}",)) as opened:
        scene.github.rename_account("alice", "alicia")
        scene.github.account("alice")
        assert not await runs_the_server(opened, "alice")
        assert await runs_the_server(opened, "alicia")
        scene.github.rename_account("alice", "mallory")
        scene.github.rename_account("alicia", "alice")
        assert await runs_the_server(opened, "alice")


async def test_a_way_back_that_was_begun_elsewhere_signs_nobody_in(scene: Scene, tmp_path: Path) -> None:
    async with with_app(scene, tmp_path) as opened, opened.visitor() as mallory, opened.visitor() as victim:
        begun = await mallory.get("/signin/github")
        back = await agree(begun.headers["location"], "mallory")
        assert (await victim.get(back)).status_code == 403
        await victim.get("/signin/github")
        assert (await victim.get(back)).status_code == 403
        state = parse_qs(urlsplit(back).query)["state"][0]
        for odd in (f"?state={state}", "?state=&code=x", f"?state={state}&code=wrong", "?code=x", ""):
            assert (await mallory.get(f"/signin/callback{odd}")).status_code == 403, odd
        assert opened.store.read_now(audit.listed, limit=5) == []


async def test_a_way_back_with_another_state_signs_nobody_in_and_leaves_the_code(scene: Scene, tmp_path: Path) -> None:
    async with with_app(scene, tmp_path) as opened, opened.visitor() as alice:
        back = await agree((await alice.get("/signin/github")).headers["location"], "alice")
        state, code = (parse_qs(urlsplit(back).query)[name][0] for name in ("state", "code"))
        for odd in ("", "x", state[:-1], f"{state}x", state.swapcase(), "\u00e9"):
            asked = await alice.get("/signin/callback", params={"state": odd, "code": code})
            assert asked.status_code == 403, odd
        assert (await alice.get(back)).status_code == 303


async def test_a_code_is_worth_nothing_without_its_proof(scene: Scene, tmp_path: Path) -> None:
    async with with_app(scene, tmp_path) as opened, opened.visitor() as thief, opened.visitor() as alice:
        back = await agree((await alice.get("/signin/github")).headers["location"], "alice")
        code = parse_qs(urlsplit(back).query)["code"][0]
        begun = await thief.get("/signin/github")
        state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
        assert (await thief.get(f"/signin/callback?state={state}&code={code}")).status_code == 403


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.test",
        "//evil.test",
        "/\\evil.test",
        "/admin//evil.test",
        "/admin\r\nX: y",
        "/webhook",
        "/administrator",
        "/admin@evil.test",
        "/admin.evil.test",
        "/admin/\u6f22",
        "/admin/\u00fc",
        f"/admin/{'a' * 5000}",
    ],
)
async def test_nobody_is_led_elsewhere(scene: Scene, tmp_path: Path, following: str) -> None:
    async with with_app(scene, tmp_path) as opened, opened.visitor() as browser:
        begun = await browser.get("/signin/github", params={"next": following})
        done = await browser.get(await agree(begun.headers["location"], "alice"))
    assert done.headers["location"] == "/admin"


@pytest.mark.parametrize("following", ["/admin", "/admin?status=failed&q=a%20b", "/admin/runs/r1/log/12?lines=4-9"])
async def test_people_come_back_to_where_they_were(scene: Scene, tmp_path: Path, following: str) -> None:
    async with with_app(scene, tmp_path) as opened, opened.visitor() as browser:
        refused = await browser.get(following)
        way = re.findall(r'href="(/signin/github[^"]*)"', refused.text)[0]
        done = await browser.get(await agree((await browser.get(html.unescape(way))).headers["location"], "alice"))
    assert done.headers["location"] == following


async def test_where_github_is_not_set_up_it_says_so(tmp_path: Path) -> None:
    async with house(tmp_path) as opened, opened.visitor() as browser:
        done = await browser.get("/signin/github")
    assert done.status_code == 404
    assert "not set up here" in done.text


def local(opened: House, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(opened.app, client=("127.0.0.1", 5000))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080", headers=headers)


async def test_a_link_signs_the_operator_in_once(tmp_path: Path) -> None:
    async with house(tmp_path, public_url="") as opened:
        link = opened.store.write_now(sessions.make_link)
        async with local(opened) as browser, local(opened) as second:
            done = await browser.get("/signin/once", params={"token": link, "next": "/admin/server"})
            assert (done.status_code, done.headers["location"]) == (303, "/admin/server")
            assert (await browser.get("/admin/server")).status_code == 200
            assert (await second.get("/signin/once", params={"token": link})).status_code == 403
            assert (await second.get("/admin")).status_code == 401


@pytest.mark.parametrize(
    ("client", "host", "headers"),
    [
        ("10.0.0.5", "127.0.0.1:8080", {}),
        ("127.0.0.1", "pullwright.example.org", {}),
        ("127.0.0.1", "127.0.0.1.evil.test", {}),
        ("127.0.0.1", "localhost.evil.test", {}),
        ("127.0.0.1", "127.0.0.1:8080", {"X-Forwarded-For": "10.0.0.5"}),
        ("127.0.0.1", "127.0.0.1:8080", {"Forwarded": "for=10.0.0.5"}),
        ("127.0.0.1", "127.0.0.1:8080", {"Via": "1.1 proxy"}),
        ("127.0.0.1", "127.0.0.1:8080", {"X-Real-IP": "10.0.0.5"}),
        ("127.0.0.1", "127.0.0.1:8080", {"X-Forwarded-Server": "front"}),
        ("127.0.0.1", "127.0.0.1:8080", {"CF-Connecting-IP": "10.0.0.5"}),
        ("127.0.0.1", "127.0.0.1:8080", {"X-Original-Forwarded-For": ""}),
        ("127.0.0.1", "127.0.0.1:8080", {"X-Scheme": "https"}),
        ("127.0.0.1", "127.0.0.1:8080", {"Fly-Client-IP": "10.0.0.5"}),
        ("127.0.0.1", "127.0.0.1:8080", {"X-Envoy-External-Address": "10.0.0.5"}),
        ("127.0.0.1", "", {}),
        ("::ffff:10.0.0.5", "localhost", {}),
        ("", "localhost", {}),
    ],
)
async def test_a_link_is_for_this_machine_and_is_not_used_up_elsewhere(
    tmp_path: Path, client: str, host: str, headers: dict[str, str]
) -> None:
    async with house(tmp_path, public_url="") as opened:
        link = opened.store.write_now(sessions.make_link)
        transport = httpx.ASGITransport(opened.app, client=(client, 5000))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}", headers=headers) as browser:
            assert (await browser.get("/signin/once", params={"token": link})).status_code == 403
        async with local(opened) as browser:
            assert (await browser.get("/signin/once", params={"token": link})).status_code == 303


async def test_two_servers_on_one_machine_do_not_end_each_other_s_sessions(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    async with house(tmp_path / "one", public_url="") as one, house(tmp_path / "two", public_url="") as two:
        jar = httpx.Cookies()
        for port, opened in ((8080, one), (9090, two)):
            link = opened.store.write_now(sessions.make_link)
            done = await at(opened, port, jar, f"/signin/once?token={link}")
            assert done.status_code == 303
        for port, opened in ((8080, one), (9090, two)):
            assert (await at(opened, port, jar, "/admin/server")).status_code == 200


async def at(opened: House, port: int, jar: httpx.Cookies, path: str) -> httpx.Response:
    """What a browser is answered at a port: its cookies are the machine's, whatever the port."""
    transport = httpx.ASGITransport(opened.app, client=("127.0.0.1", 5000))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://127.0.0.1:{port}", cookies=jar) as browser:
        answer = await browser.get(path)
        jar.update(browser.cookies)
        return answer


@pytest.mark.parametrize(
    ("host", "link"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080/"),
        ("127.0.0.2", "http://127.0.0.2:8080/"),
        ("0.0.0.0", "http://127.0.0.1:8080/"),
        ("::1", "http://[::1]:8080/"),
        ("::", "http://[::1]:8080/"),
    ],
)
async def test_a_link_leads_to_where_the_server_listens_on_this_machine(tmp_path: Path, host: str, link: str) -> None:
    async with house(tmp_path) as opened:
        assert one_time_link(opened.store, 8080, host).startswith(link)


@pytest.mark.parametrize(
    ("client", "host"),
    [
        ("127.0.0.1", "localhost:80"),
        ("::1", "[::1]:8080"),
        ("::ffff:127.0.0.1", "127.9.9.9"),
        ("127.0.0.1", "LOCALHOST"),
    ],
)
def test_what_comes_from_here_is_known(client: str, host: str) -> None:
    scope = {"type": "http", "client": (client, 1), "headers": [(b"host", host.encode())]}
    assert is_local(Request(scope))


def test_a_proxy_that_adds_nothing_but_speaks_old_http_is_known() -> None:
    scope = {"type": "http", "client": ("127.0.0.1", 1), "headers": [(b"host", b"127.0.0.1:8080")]}
    assert is_local(Request(scope | {"http_version": "1.1"}))
    assert not is_local(Request(scope | {"http_version": "1.0"}))


async def test_a_link_that_is_only_looked_at_is_not_used_up(tmp_path: Path) -> None:
    async with house(tmp_path, public_url="") as opened, local(opened) as browser:
        link = opened.store.write_now(sessions.make_link)
        assert (await browser.head("/signin/once", params={"token": link})).status_code == 405
        assert (await browser.get("/signin/once", params={"token": link})).status_code == 303


async def test_a_link_works_in_browsers_that_drop_secure_cookies_here(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, public_url="https://pullwright.example.org") as opened, local(opened) as browser:
        done = await browser.get("/signin/once", params={"token": opened.store.write_now(sessions.make_link)})
        assert "secure" not in done.headers["set-cookie"].lower()
        assert "__host-" not in done.headers["set-cookie"].lower()
        assert (await browser.get("/admin/server")).status_code == 200
        held = {"Cookie": done.headers["set-cookie"].split(";")[0], "X-Forwarded-For": "10.0.0.5"}
        async with local(opened) as second:  # what is held here opens nothing to who comes through a proxy
            assert (await second.get("/admin/server", headers=held)).status_code == 401


async def test_a_session_ends_with_its_time(tmp_path: Path) -> None:
    async with house(tmp_path) as opened, opened.signed_in("alice") as alice:
        assert (await alice.get("/admin")).status_code == 200
        opened.store.write_now(lambda db: db.exec_driver_sql("UPDATE web_sessions SET expires_at = 1.0"))
        assert (await alice.get("/admin")).status_code == 401
