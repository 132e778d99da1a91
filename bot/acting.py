"""The composition of a process that acts on runs and works on none: a page, an API, a bot for messages.

It loads no engine, no model and no sandbox, and stays small. What it decides stands in the database when it returns:
a worker gives the places, asks its engine, and stops what was aborted, within a second; the feed tells everybody.
"""

from __future__ import annotations

from bot.local.detached import NoEngine, NoReporter
from bot.settings import Settings
from workflows.engine.admission import RunLimits
from workflows.model.daily_caps import DailyCaps
from workflows.registry import DefinitionsWhenAsked
from workflows.runs.control import Runs
from workflows.store.database import Store

_GIVES_NO_PLACES = RunLimits(places=lambda db: 0)


def acting(settings: Settings, store: Store) -> Runs:
    """The runs of a store, for `workflows.runs.actions`: all but a rollback, which takes a worker's trees and forge."""
    caps = DailyCaps(settings.max_daily_cost, settings.outsider_daily_cost)
    return Runs(store, NoEngine(), DefinitionsWhenAsked(), NoReporter(), _GIVES_NO_PLACES, caps)
