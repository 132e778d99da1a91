"""Somebody with a browser at a whole server: signs in with GitHub, follows a run, approves it, and takes it back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.async_playwright import Axe
from pydantic import SecretStr

from bot.github.api.credentials import load, save
from tests.fakes.browser import browser
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github as github
from tests.stories.conftest import Desk, answers, edit, finish, shell
from tests.stories.github_desk import GitHubDesk, github_desk
from tests.stories.samples import PYTHON

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.xdist_group("browser")

_PATIENCE = 60_000.0
"""For a run, in milliseconds."""


@pytest.fixture
def hub(github: GitHub, desk: Desk) -> GitHubDesk:
    desk.model.conversations = answers([edit("adder.py", "a - b", "a + b"), shell("pytest -q"), finish()])
    found = github_desk(github, desk, PYTHON)
    github.roles("octo/adder", alice="maintain")
    file = desk.data / "github.json"
    signs_in = {"client_id": found.app.client_id, "client_secret": SecretStr(found.app.client_secret)}
    save(load(file).model_copy(update=signs_in), file)
    desk.env |= {"PULLWRIGHT_PUBLIC_URL": f"http://127.0.0.1:{found.port}", "PULLWRIGHT_ADMINS": "alice"}
    return found


@asynccontextmanager
async def signed_in(hub: GitHubDesk, one: Browser, login: str, path: str = "/admin") -> AsyncIterator[Page]:
    """Somebody's window, which they came into by the button of the page; nothing may go wrong in it."""
    context = await one.new_context()
    page = await context.new_page()
    page.set_default_timeout(_PATIENCE)
    wrong = list[str]()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    await page.goto(f"http://127.0.0.1:{hub.port}{path}")
    await page.get_by_role("link", name="Sign in with GitHub").click()
    await page.get_by_role("button", name=login, exact=True).click()
    await page.wait_for_url(f"http://127.0.0.1:{hub.port}{path}")
    yield page
    await context.close()
    assert wrong == []


@pytest.mark.at_length
async def test_a_run_is_followed_approved_and_taken_back_by_somebody_with_a_browser(hub: GitHubDesk) -> None:
    number = hub.issue()
    with hub.serving():
        hub.say(number, "/plan", by=hub.alice)
        (run,) = hub.wait("the plan waits", lambda: [one for one in hub.runs() if one["status"] == "waiting"])
        here = f"/admin/runs/{run['run']}"
        async with browser() as one:
            async with signed_in(hub, one, "alice", here) as page:
                await page.get_by_text("· live").wait_for()
                await page.get_by_role("button", name="Approve").click()
                head = page.locator("section[data-live=head]")
                seen = {await head.locator("progress").get_attribute("value")}
                async with _expecting(page):
                    await head.locator(".badge", has_text="completed").wait_for()
                assert await head.locator("progress").get_attribute("value") == "100"
                assert seen != {"100"}, "it was seen to go on, by itself"
                await page.get_by_role("link", name="What it changed").click()
                assert "return a + b" in await page.locator("tr.add").first.inner_text()
                await page.goto(f"http://127.0.0.1:{hub.port}{here}/transcript")
                await page.get_by_role("link", name="implement").first.click()
                assert await page.locator("article.r-assistant").count() >= 3
                assert "a - b" in await page.locator("article.r-assistant details").first.inner_text()
                await page.goto(f"http://127.0.0.1:{hub.port}{here}")
                await _can_be_used(page)
                await page.locator("select[name=mode]").select_option("hard")
                await page.get_by_role("button", name="Say what that would do").click()
                await page.get_by_text("asked by alice").wait_for()
                planned = page.locator(".order li")
                await planned.first.wait_for()
                assert await planned.count() >= 2, "a branch and a pull request at least"
                assert hub.runs()[0]["status"] == "completed", "it is only told"
                await page.get_by_role("button", name="Do this now").click()
                await head.locator(".badge", has_text="rolled back").wait_for()
                await _replays(page, hub)
                await page.get_by_role("button", name="Sign out").click()
                assert await page.get_by_role("link", name="Sign in with GitHub").is_visible()
            async with signed_in(hub, one, "bob", here) as page:
                await page.get_by_text("What it changed").wait_for()
                assert await page.locator("section[data-live=acts] button").count() == 0, "bob may only read"
                answer = await page.goto(f"http://127.0.0.1:{hub.port}/admin/deliveries")
                assert answer is not None
                assert answer.status == 403
                assert await page.get_by_text("This is for whoever runs this server.").is_visible()


@asynccontextmanager
async def _expecting(page: Page) -> AsyncIterator[None]:
    """That the page is not loaded anew meanwhile: what changes in it comes by events."""
    loads = list[str]()
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    await page.wait_for_timeout(1)
    yield
    assert loads == []


async def _replays(page: Page, hub: GitHubDesk) -> None:
    """A delivery is handled anew by a click, and does not do twice what it did."""
    before = len(hub.runs())
    await page.get_by_role("link", name="Deliveries").click()
    await page.locator("tr", has_text="issue_comment").locator("a").last.click()
    await page.get_by_role("button", name="Handle it anew").click()
    await (
        page.get_by_text("A worker handles it, or will.")
        .or_(page.get_by_role("button", name="Handle it anew"))
        .wait_for()
    )
    assert len(hub.runs()) == before


async def _can_be_used(page: Page) -> None:
    for scheme, width in (("light", 1280), ("dark", 360)):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        await page.set_viewport_size({"width": width, "height": 800})
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        found = await Axe().run(page)
        assert [one["id"] for one in found.response["violations"] if one["impact"] in ("serious", "critical")] == []
