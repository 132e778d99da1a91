"""The composition of a process that acts on runs and works on none: a page, an API, a bot for messages.

It loads no engine, no model and no sandbox, and stays small. What it decides stands in the database when it returns:
a worker gives the places, asks its engine, and stops what was aborted, within a second; the feed tells everybody.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from bot.redaction import redactor
from bot.settings import Settings
from workflows.engine.admission import RunLimits
from workflows.model.spending.daily_caps import DailyCaps
from workflows.registry import DefinitionsWhenAsked, definitions
from workflows.runs.control import Runs
from workflows.store.database import Store

if TYPE_CHECKING:
    from bot.github.client import GitHub

_GIVES_NO_PLACES = RunLimits(places=lambda db: 0)


class NoEngine:
    """Segments that nobody works on here: whoever launches the engine next mends the difference.

    A run that is aborted so is stopped by the process that works on it, when it next looks
    at the run's row.
    """

    async def enqueue(self, run_id: str, segment: int, key: str, machine: str = "") -> None:
        pass

    async def cancel(self, run_id: str, segment: int) -> None:
        pass

    async def known(self, run_id: str, segment: int) -> str | None:
        return None


class NoReporter:
    """Shows nothing."""

    async def changed(self, run_id: str) -> None:
        pass

    async def ended(self, run_id: str) -> None:
        pass


def detached(store: Store) -> Runs:
    """The runs of a store, without an engine."""
    return Runs(store, NoEngine(), definitions(), NoReporter())


def acting(settings: Settings, store: Store) -> Runs:
    """The runs of a store, for `workflows.runs.actions`: all but a rollback, which takes a worker's trees and forge."""
    caps = DailyCaps(settings.max_daily_cost, settings.outsider_daily_cost)
    return Runs(store, NoEngine(), DefinitionsWhenAsked(), NoReporter(), _GIVES_NO_PLACES, caps)


@cache
def make_github(settings: Settings, *, small: bool = False) -> GitHub:
    """GitHub as our App sees it; one object per process. ConfigError where there are no credentials.

    A `small` process loads nothing that signs: see `bot.github.api.app_signature`.
    """
    from bot.github.api.app_signature import sign_apart, sign_here
    from bot.github.api.credentials import load
    from bot.github.client import GitHub

    credentials, redact = load(settings.credentials_file), redactor(settings)
    for secret in credentials.secrets:
        redact.add(secret, lasting=True)
    return GitHub(credentials, announce=redact.add, redact=redact, sign=sign_apart if small else sign_here)
