"""How what stands around the server is, as far as its database tells: GitHub's limits, Telegram, the sandbox."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.settings import TO_TELEGRAM, Settings
from workflows.store import leases, quotas
from workflows.store.database import Store
from workflows.store.quotas import QuotaLine
from workflows.store.tables import printed
from workflows.store.telegram import updates

_SCARCE = 0.05
_LONG_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that was looked at: whether it is well, in words, and what to do where it is not."""

    name: str
    ok: bool
    words: str
    remedy: str = ""
    off: bool = False
    """Nobody wants it."""


async def outer_signs(settings: Settings, store: Store) -> list[Sign]:
    """All of them, now."""
    now = time.time()
    kills = await store.read(_kills)
    duty = await store.read(leases.holder, updates.DUTY, now) if settings.has_telegram else ""
    waiting = await store.read(updates.eldest_waiting) if settings.has_telegram else None
    return [
        _github(await store.read(quotas.all_of_them, now), now),
        _telegram(settings, bool(duty), now - waiting if waiting else 0.0),
        _sandbox(settings, kills),
    ]


def _github(lines: Sequence[QuotaLine], now: float) -> Sign:
    """The limit of which the smallest part is left."""
    if not lines:
        return Sign("GitHub's limits", True, "nothing was asked of it since yesterday")
    least = min(lines, key=lambda one: one.left / max(one.most, 1))
    whose = f"installation {least.whose}" if least.whose.isdecimal() else least.whose
    words = f"{least.left:,} of {least.most:,} requests left ({whose}, {least.kind})"
    wait = max(0.0, least.resets_at - now)
    return Sign("GitHub's limits", least.left > _SCARCE * least.most, words, f"They are all there in {wait:.0f} s.")


def _telegram(settings: Settings, is_heard: bool, waits: float) -> Sign:
    if not settings.has_telegram:
        return Sign("Telegram", True, f"not set up. {' '.join(TO_TELEGRAM)}", off=True)
    if not is_heard:
        return Sign("Telegram", False, "no process speaks with it", "See that a worker runs, and its log.")
    if waits > _LONG_SECONDS:
        return Sign("Telegram", False, f"what somebody said waits for {waits:.0f} s", "See the log of the workers.")
    return Sign("Telegram", True, "one process speaks with it")


def _sandbox(settings: Settings, kills: Sequence[tuple[str, int]]) -> Sign:
    if settings.sandbox == "unsafe_local":
        return Sign("Sandbox", False, "commands run without walls", "Set PULLWRIGHT_SANDBOX=auto.")
    whole = sum(number for _, number in kills)
    ended = [f"{number:,} for {why}" for why, number in kills if why]
    words = f"the output of {whole:,} commands is kept" + (f", of which it ended {', '.join(ended)}" if ended else "")
    return Sign("Sandbox", True, f"bubblewrap, {words}")


def _kills(db: sa.Connection) -> list[tuple[str, int]]:
    """How many commands are kept that were ended for a reason, and ("") for none."""
    query = sa.select(printed.c.killed, sa.func.count()).group_by(printed.c.killed).order_by(printed.c.killed)
    return [(str(why), int(number)) for why, number in db.execute(query)]
