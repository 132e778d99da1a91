"""How the server is, as far as a process that answers HTTP can see: the database, who works, what waits, the disk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.admin.pages.outer_signs import Sign, outer_signs
from bot.guards.disk_guard import LEAST_BYTES, free_bytes
from bot.settings import Settings
from workflows.store import deliveries
from workflows.store.cluster import pauses, workers
from workflows.store.cluster.workers import Living
from workflows.store.database import Store
from workflows.store.records import Pause
from workflows.store.run_rows.line import run_queue
from workflows.store.tables import orders
from workflows.store.web import run_search
from workflows.store.web.orders import OrderState
from workflows.values import RunStatus

_SILENT_SECONDS = 60.0
_LONG_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class ServerFacts:
    signs: Sequence[Sign]
    workers: Sequence[Living]
    in_line: int
    statuses: Mapping[RunStatus, int]
    deliveries: Mapping[str, int]
    pauses: Sequence[Pause]
    chosen: Sequence[tuple[str, str]]
    """Settings that somebody decided, those of them that are no secrets."""


async def server_facts(settings: Settings, store: Store) -> ServerFacts:
    """All of it, now."""
    began = time.monotonic()
    statuses = await store.read(run_search.counts, None)
    took = time.monotonic() - began
    living = [] if store.is_sqlite else await store.read(workers.living)
    due = await store.read(deliveries.next_due)
    paused = await store.read(pauses.all_of_them)
    line = await store.read(run_queue.in_line, 10_000)
    waiting = await store.read(_oldest_order)
    free = await asyncio.to_thread(free_bytes, settings.data)
    signs = [
        Sign("Database", took < 1.0, f"{store.url.get_backend_name()}, answers in {took * 1000:.0f} ms"),
        _workers(living, store.is_sqlite),
        _late("Deliveries", due, "The oldest that is due waits", "See the log of the workers."),
        _late("Orders", waiting, "The oldest waits", "See that a worker runs."),
        Sign("Disk", free > LEAST_BYTES, f"{free / 1e9:.1f} GB free", "Make room, or set PULLWRIGHT_KEEP_DAYS."),
        Sign("Model", bool(settings.model), settings.model or "none is configured", "Set PULLWRIGHT_MODEL."),
        _signin(settings),
        *await outer_signs(settings, store),
    ]
    return ServerFacts(
        signs=signs,
        workers=living,
        in_line=len(line),
        statuses=statuses,
        deliveries=await store.read(deliveries.counts),
        pauses=paused,
        chosen=_chosen(settings),
    )


def _workers(living: Sequence[Living], is_sqlite: bool) -> Sign:
    if is_sqlite:
        return Sign("Workers", True, "on SQLite the one process that holds the data directory works")
    lively = [one for one in living if one.silence < _SILENT_SECONDS]
    return Sign("Workers", bool(lively), f"{len(lively)} at work", "Start `pullwright worker`.")


def _late(name: str, since: float | None, words: str, remedy: str) -> Sign:
    late = 0.0 if not since else max(0.0, time.time() - since)
    return Sign(name, late < _LONG_SECONDS, "nothing waits" if not late else f"{words} for {late:.0f} s", remedy)


def _signin(settings: Settings) -> Sign:
    there = settings.credentials_file.exists()
    words = "by the App" if there and settings.public_url else "by one-time links only"
    return Sign("Sign-in", True, words)


def _oldest_order(db: sa.Connection) -> float | None:
    row = orders.c
    oldest: float | None = db.scalar(sa.select(sa.func.min(row.asked_at)).where(row.state == OrderState.ASKED))
    return oldest


_SECRET = ("api_key", "database")


def _chosen(settings: Settings) -> list[tuple[str, str]]:
    given = settings.model_dump(mode="json", include=settings.model_fields_set - set(_SECRET))
    return [(f"PULLWRIGHT_{name.upper()}", _spelled(value)) for name, value in sorted(given.items())]


def _spelled(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
