"""The set-up as a person clicks through it, with the stand-in's own pages, and as a stranger would try it."""

from __future__ import annotations

import asyncio
import html
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from bot.github.api.credentials import load
from bot.github.manifest import read_manifest
from bot.settings import Settings
from bot.setup.manifest_flow import AppSetup, api_url, make_setup
from sandbox.errors import UserError
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github

HERE = "https://bot.example.org"


@pytest.fixture
def setup(github: GitHub, tmp_path: Path) -> AppSetup:
    return make_setup(Settings(data=tmp_path / "data", public_url=f"{HERE}/", github_url=github.url))


@dataclass(frozen=True)
class Browser:
    """Opens pages of ours, one after the other."""

    app: Starlette

    def get(self, path: str, **asked: Any) -> httpx.Response:
        async def get() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url=HERE, follow_redirects=True) as client:
                return await client.get(path, **asked)

        return asyncio.run(get())


@pytest.fixture
def browser(setup: AppSetup) -> Browser:
    return Browser(Starlette(routes=setup.routes()))


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    return {name: html.unescape(value) for name, value in found}


def go_to_github(browser: Browser, setup: AppSetup) -> str:
    """Click through our page and GitHub's; the address that GitHub sends the person back to."""
    page = browser.get(f"/setup?token={setup.token}")
    assert page.status_code == 200
    action = html.unescape(re.findall(r'<form method="post" action="([^"]+)"', page.text)[0])
    state = dict(parse_qsl(urlsplit(action).query))["state"]
    with httpx.Client() as person:
        fields = {"manifest": hidden(page.text)["manifest"]}
        asked = person.post(action, data=fields)
        agreed = person.post(action, data=hidden(asked.text) | {"state": state})
    assert agreed.status_code == 302
    return agreed.headers["location"].removeprefix(HERE)


def test_the_manifest_flow_leaves_working_credentials_that_only_the_owner_can_read(
    github: GitHub, setup: AppSetup, browser: Browser
) -> None:
    github.repository("octo/sample")
    done = browser.get(go_to_github(browser, setup))
    assert done.status_code == 200, done.text
    assert f"{github.url}/apps/pullwright/installations/new" in done.text
    assert stat.S_IMODE(setup.file.stat().st_mode) == 0o600
    credentials = load(setup.file)
    assert (credentials.slug, credentials.api_url, credentials.web_url) == ("pullwright", github.api, github.url)
    assert credentials.private_key.get_secret_value() not in done.text
    assert credentials.webhook_secret.get_secret_value() not in done.text


def test_the_app_is_made_with_this_servers_webhook_and_what_app_yml_asks_for(
    github: GitHub, setup: AppSetup, browser: Browser
) -> None:
    browser.get(go_to_github(browser, setup))
    manifest = read_manifest()
    form = manifest.form(f"{HERE}/")
    assert form["hook_attributes"] == {"url": f"{HERE}/webhook", "active": True}
    assert form["redirect_url"] == f"{HERE}/setup/callback"
    assert form["default_permissions"] == manifest.permissions


def test_it_opens_only_with_the_token_that_was_printed(setup: AppSetup, browser: Browser) -> None:
    for path in (
        "/setup",
        "/setup?token=",
        "/setup?token=guess",
        f"/setup?token={setup.token}x",
        "/setup?token=%C3%A9",
    ):
        refused = browser.get(path)
        assert refused.status_code == 403
        assert "manifest" not in refused.text
    assert setup.token in setup.address
    assert setup.token not in repr(setup)


def test_once_there_are_credentials_it_is_closed_to_everybody(
    github: GitHub, setup: AppSetup, browser: Browser
) -> None:
    first, second = go_to_github(browser, setup), go_to_github(browser, setup)
    assert browser.get(first).status_code == 200
    before = setup.file.read_bytes()
    assert browser.get(second).status_code == 404
    assert browser.get(f"/setup?token={setup.token}").status_code == 404
    assert setup.file.read_bytes() == before
    setup.file.unlink()
    assert browser.get(f"/setup?token={setup.token}").status_code == 404, "the link was for one time"


def test_a_state_counts_once_expires_and_cannot_be_guessed(github: GitHub, setup: AppSetup, browser: Browser) -> None:
    back = go_to_github(browser, setup)
    code = dict(parse_qsl(urlsplit(back).query))["code"]
    for state in ("", "guess"):
        assert browser.get(f"/setup/callback?code={code}&state={state}").status_code == 403
    state = dict(parse_qsl(urlsplit(back).query))["state"]
    assert browser.get(f"/setup/callback?state={state}").status_code == 400
    assert browser.get(back).status_code == 403, "the state was used up by the call without a code"
    assert not setup.done


def test_a_state_expires(github: GitHub, setup: AppSetup, browser: Browser) -> None:
    now = setup.clock()
    setup.clock = lambda: now
    back = go_to_github(browser, setup)
    setup.clock = lambda: now + 3601
    assert browser.get(back).status_code == 403


def test_a_code_that_github_does_not_know_is_told_with_what_to_do(
    github: GitHub, setup: AppSetup, browser: Browser
) -> None:
    back = re.sub(r"code=\w+", "code=abc", go_to_github(browser, setup))
    failed = browser.get(back)
    assert failed.status_code == 502
    assert "go through /setup again" in failed.text
    assert not setup.done


def test_an_organization_gets_its_own_page_of_github(github: GitHub, setup: AppSetup, browser: Browser) -> None:
    page = browser.get(f"/setup?token={setup.token}&organization=octo-org").text
    assert f'action="{github.url}/organizations/octo-org/settings/apps/new?state=' in page
    for bad in ('"><script>', "a/b", "-a", "é"):
        refused = browser.get("/setup", params={"token": setup.token, "organization": bad})
        assert (refused.status_code, "<script>" in refused.text) == (400, False)


def test_the_token_in_the_address_goes_to_nobody(setup: AppSetup, browser: Browser) -> None:
    page = browser.get(f"/setup?token={setup.token}")
    assert page.headers["referrer-policy"] == "origin"
    assert page.headers["cache-control"] == "no-store"
    assert "script-src" not in page.headers["content-security-policy"]
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_without_a_public_address_the_remedy_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="PULLWRIGHT_PUBLIC_URL"):
        make_setup(Settings(data=tmp_path))


@pytest.mark.parametrize(
    ("web", "api"),
    [
        ("https://github.com", "https://api.github.com"),
        ("https://octo.ghe.com", "https://api.octo.ghe.com"),
        ("https://github.example.org/", "https://github.example.org/api/v3"),
        ("http://127.0.0.1:9", "http://127.0.0.1:9/api/v3"),
    ],
)
def test_the_api_is_where_each_kind_of_github_has_it(web: str, api: str) -> None:
    assert api_url(web) == api
