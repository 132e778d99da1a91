"""The pages in a real browser: they are live, what is clicked is done, and everybody can use them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.async_playwright import Axe

from bot.server.listening import answer, listen
from tests.bot.admin.pages.test_routes import EVIL, PAGES, full_of, printed_by
from tests.fakes.browser import browser
from tests.fakes.visiting import LOCAL, House, house
from workflows.store.run_rows import runs
from workflows.store.web import sessions
from workflows.store.web.keys import KeyScope
from workflows.values import RunStatus

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.xdist_group("browser")


@asynccontextmanager
async def shown(folder: Path) -> AsyncIterator[tuple[House, str, Browser]]:
    """A house whose pages a browser can reach."""
    async with house(folder, public_url="") as opened:
        with listen("127.0.0.1", 0) as listener:
            task = asyncio.create_task(answer(opened.app, listener, opened.stopping))
            try:
                async with browser() as one:
                    yield opened, f"http://127.0.0.1:{listener.getsockname()[1]}", one
            finally:
                opened.stopping.set()
                await task


@asynccontextmanager
async def window(opened: House, url: str, one: Browser, **how: Any) -> AsyncIterator[Page]:
    """The operator's window, signed in by a link; nothing may go wrong in it."""
    context = await one.new_context(**how)
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console", lambda said: wrong.append(said.text) if said.type == "error" and "401" not in said.text else None
    )
    link = opened.store.write_now(sessions.make_link)
    await page.goto(f"{url}/signin/once?token={link}")
    yield page
    await context.close()
    assert wrong == []


async def test_a_run_is_followed_approved_and_aborted_by_clicks(tmp_path: Path) -> None:
    async with shown(tmp_path) as (opened, url, one), window(opened, url, one) as page:
        opened.run("r1", LOCAL, RunStatus.RUNNING, step="approval")
        await page.goto(f"{url}/admin/runs/r1")
        await page.get_by_text("· live").wait_for()
        await page.get_by_text("Who asked for what").click()
        opened.store.write_now(lambda db: runs.update_run(db, "r1", status=RunStatus.FAILED, error_text="It broke"))
        await page.get_by_text("Why it stopped").wait_for()
        assert await page.locator("#d-audit").get_attribute("open") is not None, "what was open stays open"
        opened.run("r2", LOCAL, RunStatus.WAITING, asks="approval", step="approval")
        await page.goto(f"{url}/admin/runs/r2")
        await page.get_by_text("· live").wait_for()
        reason = page.get_by_label("What should be different")
        await reason.fill("half a sentence")
        opened.store.write_now(lambda db: runs.update_run(db, "r2", state={"plan": "A new word"}))
        await page.wait_for_timeout(1500)
        assert await reason.input_value() == "half a sentence", "what somebody writes stays"
        await page.get_by_role("button", name="Approve").click()
        await page.wait_for_url("**/admin/runs/r2")
        assert opened.read("r2").status is RunStatus.PENDING
        await page.get_by_role("button", name="Abort").click()
        await page.locator("section[data-live=head] .badge", has_text="aborted").wait_for()
        assert opened.read("r2").status is RunStatus.ABORTED
        await page.locator("select[name=mode]").select_option("hard")
        await page.get_by_role("button", name="Say what that would do").click()
        await page.get_by_text("A worker takes it up in a moment.").wait_for()


async def test_lines_of_a_log_are_marked_linked_and_copied(tmp_path: Path) -> None:
    async with shown(tmp_path) as (opened, url, one), window(opened, url, one) as page:
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        text = "".join(f"line {at}\n" for at in range(1, 5001))
        number = await printed_by(opened, text)
        here = f"{url}/admin/runs/r1/log/{number}"
        await page.goto(f"{here}#s{number}L40-42")
        assert await page.locator(".l.hit").count() == 3
        assert await page.locator(f"#s{number}L41").is_visible(), "what it is folded in stands open"
        await page.locator(f"#s{number}L45 a.n").click()
        await page.locator(f"#s{number}L43 a.n").click(modifiers=["Shift"])
        assert page.url == f"{here}#s{number}L43-45"
        await page.get_by_role("link", name="Copy as Markdown").click()
        await page.get_by_text("· copied").wait_for()
        copied = await page.evaluate("navigator.clipboard.readText()")
        assert copied == f"{here}#s{number}L43-45\n\n```text\n$ pytest -q\nline 43\nline 44\nline 45\n```\n"
        await page.goto(f"{url}/admin/runs/r1/log#s{number}L4000")
        await page.wait_for_url(f"{here}?page=2#s{number}L4000")
        assert (await page.locator(".l.hit").inner_text()).strip() == "4000line 4000"


async def test_a_request_is_sent_from_the_page_of_the_api(tmp_path: Path) -> None:
    async with shown(tmp_path) as (opened, url, one), window(opened, url, one) as page:
        opened.run("r1", LOCAL, RunStatus.RUNNING)
        await page.goto(f"{url}/admin/api#abort_run")
        listed, abort = page.locator("#list_runs"), page.locator("#abort_run")
        await listed.locator("summary").click()
        await listed.get_by_label("limit").fill("1")
        await listed.get_by_role("button", name="Send").click()
        await listed.get_by_text("200 OK").wait_for()
        assert '"run": "r1"' in await listed.locator(".answer pre").inner_text()
        await page.locator("input[name=key]").fill(opened.key(KeyScope.STEER))
        await abort.locator("summary").click()
        await abort.locator("input[name=run]").fill("r1")
        await abort.get_by_label("Body").fill('{"reason": "enough"}')
        await abort.get_by_role("button", name="Send").click()
        await abort.get_by_text("200 OK").wait_for()
        assert opened.read("r1").status is RunStatus.ABORTED


async def test_the_pages_are_read_and_used_without_script(tmp_path: Path) -> None:
    async with shown(tmp_path) as (opened, url, one):
        opened.run("r1", LOCAL, RunStatus.RUNNING)
        async with window(opened, url, one, java_script_enabled=False) as page:
            await page.get_by_role("link", name="add() subtracts").click()
            assert await page.locator("h1").inner_text() == "add() subtracts"
            await page.get_by_role("button", name="Abort").click()
            assert opened.read("r1").status is RunStatus.ABORTED
            await page.get_by_role("button", name="Sign out").click()
            assert await page.get_by_text("Sign in with GitHub").is_visible()


DARK, PHONE = {"color_scheme": "dark"}, {"viewport": {"width": 360, "height": 700}}
SOME = ("/admin", "/admin/runs/r1", "/admin/history", "/admin/runs/r1/log/1", "/admin/start")
_BAD = ("serious", "critical")


@pytest.mark.parametrize(
    ("pages", "hows"),
    [(SOME, (PHONE,)), pytest.param(PAGES, (DARK, PHONE, {}), marks=pytest.mark.at_length)],
    ids=["some", "all"],
)
async def test_everybody_can_use_every_page_whatever_it_holds(
    tmp_path: Path, pages: tuple[str, ...], hows: tuple[dict[str, Any], ...]
) -> None:
    async with shown(tmp_path) as (opened, url, one):
        await full_of(opened, EVIL)
        opened.key()
        for how in hows:
            async with window(opened, url, one, **how) as page:
                for path in pages:
                    await page.goto(url + path)
                    wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
                    assert wide <= 0, f"{path} is {wide} pixels too wide with {how}"
                    found = await Axe().run(page)
                    serious = [one["id"] for one in found.response["violations"] if one["impact"] in _BAD]
                    assert serious == [], (path, how, found.generate_report())
