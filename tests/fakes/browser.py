"""Debian's Chromium, headless, driven by Playwright; where it is missing, tests are skipped, which fails in CI."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Browser

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--no-sandbox",  # tests run as root, in which Chromium's own sandbox does not start; only our own pages are shown
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


def chromium() -> str:
    """Its path."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("Chromium is not installed: sudo apt-get install -y chromium")
    return found


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    from playwright.async_api import async_playwright

    path = chromium()
    async with async_playwright() as play:
        opened = await play.chromium.launch(executable_path=path, args=list(_FLAGS))
        try:
            yield opened
        finally:
            await opened.close()
