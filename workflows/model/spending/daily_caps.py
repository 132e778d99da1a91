"""What runs may spend together in a day: those of one account, and those that a repository's outsiders cause.

Looked at where a run starts or goes on, and before each of its calls to the model. A day is one of
UTC. Of calls that are under way at once, each is let through: the cap is passed by those at most.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from workflows.errors import DayIsSpent
from workflows.model.spending.wrapped import WrappedModel
from workflows.ports import Message, Reply, ToolSpec
from workflows.store.records import Run
from workflows.store.run_rows import spending

_DAY = 86400


@dataclass(frozen=True, slots=True)
class DailyCaps:
    """Dollars per day; None for no cap. An account is an owner of repositories; local runs are one together."""

    account: float | None = None
    outsiders: float | None = None
    """Of one repository."""

    def bind(self, run: Run) -> bool:
        """Whether there is anything to look at."""
        return self.account is not None or (self.outsiders is not None and bool(run.inputs.get("outsider")))

    def check(self, db: sa.Connection, run: Run, now: float | None = None) -> None:
        """DayIsSpent where the run may not call a model any more today."""
        since = (time.time() if now is None else now) // _DAY * _DAY
        if self.account is not None:
            owner = run.repository.rpartition("/")[0] if run.installation else ""
            spent = spending.of_owner(db, owner, since) if owner else spending.of_local_runs(db, since)
            whose = f"Runs in repositories of {owner}" if owner else "Local runs"
            _within(self.account, spent, whose, "PULLWRIGHT_MAX_DAILY_COST")
        if self.outsiders is not None and run.inputs.get("outsider"):
            spent = spending.of_outsiders(db, run.repository, since)
            whose = f"Runs that people without write permission caused in {run.called}"
            _within(self.outsiders, spent, whose, "PULLWRIGHT_OUTSIDER_DAILY_COST")


@dataclass(frozen=True, slots=True)
class Capped(WrappedModel):
    """A model that is called only where `allowed` raises nothing."""

    allowed: Callable[[], Awaitable[None]]

    async def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolSpec] = (),
        *,
        max_tokens: int = 8192,
        schema: Mapping[str, object] | None = None,
    ) -> Reply:
        await self.allowed()
        return await self.model.complete(messages, tools, max_tokens=max_tokens, schema=schema)


def _within(cap: float, spent: float, whose: str, setting: str) -> None:
    if spent >= cap:
        raise DayIsSpent(
            f"{whose} have spent ${spent:.2f} today, of ${cap:g} that they may.",
            f"Go on after midnight UTC, or have whoever runs Pullwright raise {setting}.",
        )
