"""Row 69 at the webhook: a database that is locked, full or gone; and row 59 where requests never end."""

from __future__ import annotations

import json
import random
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.fakes import postgres
from tests.fakes.webhook_door import Door, opened

DURABLE = ("shared_buffers=16MB",)
GUID = "00000000-0000-0000-0000-00000000000{}"


async def refused_then_taken(door: Door) -> None:
    assert [row[0] for row in door.kept()] == []
    assert (await door.post(x_github_delivery=GUID.format(1))).status_code == 202
    assert [row[0] for row in door.kept()] == [GUID.format(1)]


async def test_while_the_database_is_locked_nothing_is_acknowledged(tmp_path: Path) -> None:
    async with opened(tmp_path, patience=0.3) as door:
        other = sqlite3.connect(tmp_path / "app.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            assert (await door.post(x_github_delivery=GUID.format(1))).status_code == 503
            assert door.kept() == []
            assert (await door.client.get("/health")).status_code == 200, "it can be read all the same"
        finally:
            other.execute("ROLLBACK")
            other.close()
        while (await door.post(x_github_delivery=GUID.format(1))).status_code == 503:
            assert door.kept() == [], "a busy machine may take longer than so little patience"
        assert [row[0] for row in door.kept()] == [GUID.format(1)]


async def test_while_the_disk_is_full_nothing_is_acknowledged(tmp_path: Path) -> None:
    async with opened(tmp_path) as door:
        pages = door.store.read_now(lambda db: db.execute(sa.text("PRAGMA page_count")).scalar())

        @sa.event.listens_for(door.store.engine, "checkout")
        def _bounded(connection: Any, record: object, proxy: object) -> None:
            connection.execute(f"PRAGMA max_page_count={pages + room}").close()

        room = 2
        body = json.dumps({"text": random.Random(1).randbytes(40_000).hex()}).encode()  # it does not pack well
        assert (await door.post(body, x_github_delivery=GUID.format(1))).status_code == 503
        room = 1000
        await refused_then_taken(door)


async def test_while_the_database_is_gone_nothing_is_acknowledged() -> None:
    if postgres.programs() is None:
        pytest.skip("Postgres' programs are not installed (package `postgresql`)")
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        home = Path(folder)
        postgres.start(home, DURABLE)
        try:
            async with opened(postgres.database(home, "gone")) as door:
                postgres.stop(home)
                assert (await door.post(x_github_delivery=GUID.format(1))).status_code == 503
                assert (await door.client.get("/health")).status_code == 503
                postgres.again(home, DURABLE)
                assert (await door.client.get("/health")).status_code == 200
                await refused_then_taken(door)
        finally:
            postgres.stop(home)
