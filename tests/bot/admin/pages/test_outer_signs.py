"""The server's page tells how GitHub's limits, Telegram and the sandbox are."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from bot.admin.pages.outer_signs import Sign, outer_signs
from bot.settings import Settings
from tests.fakes.visiting import house
from workflows.store import leases, quotas, tables
from workflows.store.database import Store
from workflows.store.quotas import QuotaLine
from workflows.store.telegram import updates

TOKEN = {"telegram_token": SecretStr("1:abc")}


async def signs(store: Store, folder: Path, **settings: Any) -> dict[str, Sign]:
    found = await outer_signs(Settings(data=folder / "data", **settings), store)
    return {one.name: one for one in found}


async def test_a_server_of_which_nothing_was_asked_is_well(tmp_path: Path) -> None:
    async with house(tmp_path) as opened, opened.operator() as operator:
        found = await signs(opened.store, tmp_path)
        assert {name: one.ok for name, one in found.items()} == dict.fromkeys(
            ("GitHub's limits", "Telegram", "Sandbox"), True
        )
        assert "not set up" in found["Telegram"].words
        shown = (await operator.get("/admin/server")).text
        assert all(name.replace("'", "&#39;") in shown for name in found)


async def test_the_limit_is_told_of_which_least_is_left(tmp_path: Path) -> None:
    now = time.time()
    lines = [
        QuotaLine("7", "core", 5000, 4000, now + 900, now),
        QuotaLine("8", "core", 12_500, 200, now + 900, now),
        QuotaLine("app", "search", 30, 20, now + 60, now),
    ]
    async with house(tmp_path) as opened:
        opened.store.write_now(quotas.keep, lines, now)
        found = (await signs(opened.store, tmp_path))["GitHub's limits"]
    assert (found.ok, found.words) == (False, "200 of 12,500 requests left (installation 8, core)")


@pytest.mark.parametrize(
    ("holds_for", "waits", "ok", "words"),
    [
        (30.0, None, True, "one process speaks with it"),
        (-1.0, None, False, "no process speaks with it"),
        (30.0, 300.0, False, "what somebody said waits"),
        (30.0, 5.0, True, "one process speaks with it"),
    ],
)
async def test_telegram_is_well_while_one_speaks_with_it(
    tmp_path: Path, holds_for: float, waits: float | None, ok: bool, words: str
) -> None:
    async with house(tmp_path) as opened:
        store, now = opened.store, time.time()
        store.write_now(leases.take, updates.DUTY, "worker", now, holds_for)
        if waits is not None:
            store.write_now(updates.keep, [(1, 41, {})])
            store.write_now(lambda db: db.execute(sa.update(tables.telegram_updates).values(received_at=now - waits)))
        found = (await signs(store, tmp_path, **TOKEN))["Telegram"]
    assert found.ok is ok
    assert words in found.words


async def test_a_sandbox_without_walls_is_to_be_looked_at(tmp_path: Path) -> None:
    async with house(tmp_path) as opened:
        assert not (await signs(opened.store, tmp_path, sandbox="unsafe_local"))["Sandbox"].ok
