"""The webhook's door in this process, over a database of its own."""

from __future__ import annotations

import hashlib
import hmac
import json
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from bot.server.web import make_web
from bot.webhook.intake.inbox import Inbox
from tests.fakes.tables import make_tables
from workflows.store.database import Store

SECRET = b"s3cret"
BODY = json.dumps({"action": "opened", "issue": {"number": 1}}).encode()


@dataclass
class Door:
    """What a test sends to it, and what it kept."""

    store: Store
    client: httpx.AsyncClient
    woken: list[int] = field(default_factory=list)
    rights: list[int] = field(default_factory=list)
    """An entry for each time that somebody may have another role."""

    async def post(
        self, body: bytes = BODY, *, secret: bytes = SECRET, **headers: str | bytes | None
    ) -> httpx.Response:
        signature = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
        given = {
            "content-type": "application/json",
            "x-github-event": "issues",
            "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
            "x-hub-signature-256": signature,
        }
        given |= {name.replace("_", "-"): value for name, value in headers.items()}  # type: ignore[dict-item]
        sent = {name: value for name, value in given.items() if value is not None}
        return await self.client.post("/webhook", content=body, headers=sent)

    def kept(self) -> list[tuple[Any, ...]]:
        query = sa.text("SELECT guid, event, payload, status FROM deliveries ORDER BY guid")
        rows = self.store.read_now(lambda db: [tuple(row) for row in db.execute(query)])
        return [(guid, event, zlib.decompress(payload), status) for guid, event, payload, status in rows]


@asynccontextmanager
async def opened(
    where: Path | str, secret: Callable[[], bytes | None] = lambda: SECRET, patience: float = 8.0
) -> AsyncIterator[Door]:
    """`where` is a directory for SQLite, or a database's URL."""
    store = Store(where if isinstance(where, str) else f"sqlite:///{where / 'app.sqlite'}")
    woken: list[int] = []
    rights: list[int] = []
    try:
        make_tables(store)
        async with Inbox(store, lambda number: woken.append(1), patience=patience) as inbox:
            transport = httpx.ASGITransport(make_web(store, inbox, secret, rights_changed=lambda: rights.append(1)))
            async with httpx.AsyncClient(transport=transport, base_url="http://pullwright") as client:
                yield Door(store, client, woken, rights)
    finally:
        store.close()
