"""`python -m tests.pictures`: the demo on the stand-in for GitHub, and then its pages as pictures in docs/pictures.

With `--all FOLDER` every page is taken there, wide and on a phone, light and dark: to be looked at after a change.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tests.demo.on_github import REPO, Worked, worked
from tests.demo.stage import Stage, set_up
from tests.fakes.browser import browser

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext

HERE = Path(__file__).resolve().parents[2] / "docs" / "pictures"
MOST_BYTES = 150_000
_WIDE, _PHONE = {"width": 1100, "height": 820}, {"width": 390, "height": 780}
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its file, the page, from which part of it on, and how it is looked at."""

    name: str
    address: str
    part: str = ""
    dark: bool = False
    phone: bool = False


def pictures(run: str) -> Sequence[Picture]:
    """Those of the documents."""
    here = f"/admin/runs/{run}"
    return (
        Picture("run", here),
        Picture("checks", here, 'section[data-live="checks"]'),
        Picture("runs-dark", "/admin", dark=True),
        Picture("run-phone", here, phone=True),
    )


def everything(run: str) -> Sequence[str]:
    here = f"/admin/runs/{run}"
    of_run = [here, *(f"{here}/{one}" for one in ("diff", "transcript", "log", "log/1", "log/1?lines=2-4", "again"))]
    more = ("start", "start?workflow=explain", "repositories", "history", "api", "deliveries", "audit", "keys", "hooks")
    return ("/admin", *of_run, *(f"/admin/{one}" for one in (*more, "server", "you")))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every page in four ways, to be looked at")
    arguments = parser.parse_args()
    with set_up() as stage, worked(stage) as done:
        run = _run_of(stage)
        _more_work(stage, done)
        link = _said(stage, "signin")
        asyncio.run(_taken(done.address, link, run, arguments.all))
    return 0


async def _taken(address: str, link: str, run: str, folder: Path | None) -> None:
    async with browser() as one:
        state = await _signed_in(one, link)
        if folder is None:
            HERE.mkdir(exist_ok=True)
            for picture in pictures(run):
                how = _how(picture.phone, picture.dark)
                await _take(await _window(one, state, how), address, picture, HERE / f"{picture.name}.png")
            return
        folder.mkdir(parents=True, exist_ok=True)
        for phone, dark in ((False, False), (False, True), (True, False), (True, True)):
            window = await _window(one, state, _how(phone, dark))
            for number, path in enumerate(everything(run)):
                kind = f"{'phone' if phone else 'wide'}-{'dark' if dark else 'light'}"
                name = path.replace(run, "RUN").strip("/").replace("/", "_").replace("?", "-")
                await _take(window, address, Picture("", path), folder / f"{kind}-{number:02}-{name}.png", whole=True)


async def _take(window: BrowserContext, address: str, picture: Picture, file: Path, *, whole: bool = False) -> None:
    page = await window.new_page()
    await page.goto(address + picture.address)
    if picture.part:
        await page.locator(picture.part).screenshot(path=file)
    else:
        await page.screenshot(path=file, full_page=whole)
    await page.close()
    size = file.stat().st_size
    if not whole and size > MOST_BYTES:
        raise SystemExit(f"{file.name} has {size:,} bytes, which is too much for a picture in the documents.")
    print(f"{file}  {size:,} bytes", flush=True)


def _how(phone: bool, dark: bool) -> dict[str, Any]:
    scheme: Literal["dark", "light"] = "dark" if dark else "light"
    return {"viewport": _PHONE if phone else _WIDE, "color_scheme": scheme}


async def _signed_in(one: Browser, link: str) -> Any:
    """What a browser holds that has opened the link, which works once."""
    window = await one.new_context()
    await (await window.new_page()).goto(link)
    return await window.storage_state()


async def _window(one: Browser, state: Any, how: dict[str, Any]) -> BrowserContext:
    return await one.new_context(storage_state=state, **how)


def _more_work(stage: Stage, done: Worked) -> None:
    """More runs for the list: one that has no script to answer it, and fails, and one that waits for a yes."""
    for title, words in (("Slugs of empty titles", "/fix"), ("Keep numbers in slugs", "/triage")):
        issue = done.alice.post(f"{REPO}/issues", json={"title": title, "body": "They come out wrong."}).json()
        done.alice.post(f"{REPO}/issues/{issue['number']}/comments", json={"body": words}).raise_for_status()
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        found = json.loads(_said(stage, "runs", "--json"))
        if len(found) >= 3 and not any(one["status"] in ("pending", "running") for one in found):
            return
        time.sleep(0.5)


def _run_of(stage: Stage) -> str:
    (run,) = json.loads(_said(stage, "runs", "--json"))
    return str(run["run"])


def _said(stage: Stage, *words: str) -> str:
    done = subprocess.run([stage.pullwright, *words], env=stage.env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
