"""What a step works with: the services that the composition root filled in, and the run's own view of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sandbox.git.history import Person
from sandbox.git.repository import Repository
from sandbox.journal import Where
from sandbox.trees.workspace import Workspace
from workflows.cluster.shutdown import Gate
from workflows.errors import NoRoom
from workflows.journal import Journal
from workflows.model.spending.budget import PricedModel
from workflows.model.spending.daily_caps import Capped, DailyCaps
from workflows.model.spending.open_calls import Booked
from workflows.policy.change_rules import DiffBounds
from workflows.ports import CommitMaker, Forge, Reporter, Usage
from workflows.secrets.redaction import Redactor
from workflows.store.cluster import pauses
from workflows.store.database import Store
from workflows.store.records import Run, StepRun
from workflows.store.run_rows import runs, sharing, spending, steps
from workflows.store.run_rows.ledger import SqlLedger
from workflows.store.write_behind import WriteBehind
from workflows.values import Issue, Spent, from_json
from workflows.workspace.sandboxes import Boxes
from workflows.workspace.trees import Workspaces

_LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that is shared between runs. Made once, in `bot.app`."""

    store: Store
    ledger: SqlLedger
    data: Path
    """Where this machine keeps mirrors, trees and caches."""
    boxes: Boxes
    workspaces: Workspaces
    reporter: Reporter
    model: Callable[[Run], PricedModel]
    """The model that a run asked for."""
    forge: Callable[[Run], Forge]
    author: Person
    """Whom commits are by, where the forge has no account of ours; see `author_of`."""
    own_author: bool = True
    """Whether commits on a forge are by our account there, and not by somebody whom the settings name."""
    signing_key: Path | None = None
    """The file with the key by which commits are signed, where there is one."""
    bounds: DiffBounds = field(default_factory=DiffBounds)
    """How much one pull request may change."""
    pull_labels: tuple[str, ...] = ()
    """What pull requests on a forge that has labels get."""
    redact: Redactor = field(default_factory=Redactor)
    """Takes the secrets of this installation out of every text that leaves."""
    gate: Gate = field(default_factory=Gate)
    """Where long steps stop when this process is to end."""
    caps: DailyCaps = field(default_factory=DailyCaps)
    """What runs may spend together in a day."""
    lack: Callable[[], NoRoom | None] = lambda: None
    """What this machine lacks, so that nothing can be done here now."""


async def author_of(services: Services, run: Run) -> Person:
    """Whom the commits of a run are by: our own account on its forge, unless the settings say who."""
    forge = services.forge(run).operations(run.id)
    if services.own_author and isinstance(forge, CommitMaker):
        return Person(*await forge.commit_identity())
    return services.author


@dataclass(frozen=True, slots=True)
class StepContext:
    """One attempt at one step of one run."""

    run: Run
    here: StepRun
    services: Services
    only: frozenset[str] | None = None
    """The keys of the state that it may write, where others run beside it: then it changes nothing else."""

    @property
    def state(self) -> Any:
        """What the steps before gathered. Values are plain JSON; steps know their shapes."""
        return self.run.state

    @property
    def issue(self) -> Issue:
        return from_json(Issue, self.run.inputs["issue"])

    @property
    def model(self) -> PricedModel:
        return self._bounded(self._call_opened)

    def model_behind(self, behind: WriteBehind) -> PricedModel:
        """The same, whose calls are written down in one transaction with what was said right before them."""
        if self.only is not None:
            return self.model
        model = self.services.model(self.run).name
        return self._bounded(lambda most: behind.write(spending.open_call, self.run.id, self.here.key, model, most))

    def _bounded(self, opened: Callable[[Usage], Awaitable[int]]) -> PricedModel:
        model: PricedModel = Booked(self.services.model(self.run), opened, self._call_forgotten)
        return Capped(model, self._within_caps) if self.services.caps.bind(self.run) else model

    async def _call_opened(self, most: Usage) -> int:
        model, store = self.services.model(self.run).name, self.services.store
        if self.only is None:
            return await store.write(spending.open_call, self.run.id, self.here.key, model, most)
        bounds = self.run.options.bounds
        while (number := await store.write(sharing.open_call, self.run.id, self.here.key, model, most, bounds)) is None:
            await self.boundary()
            await asyncio.sleep(_LOOK_SECONDS)  # until a sibling's call has told what it took
        return number

    async def _call_forgotten(self, number: int) -> None:
        await self.services.store.write(spending.forget_call, number)

    async def _within_caps(self) -> None:
        await self.services.store.read(self.services.caps.check, self.run)

    @property
    def forge(self) -> Forge:
        return self.services.forge(self.run)

    @property
    def dry(self) -> bool:
        return self.run.options.dry_run

    def where(self, turn: int = 0, tool: str = "") -> Where:
        return Where(self.run.id, self.here.key, self.here.attempt, turn, tool)

    @property
    def journal(self) -> Journal:
        """Where this attempt writes down what it does outside of the tree."""
        assert self.only is None, f"step {self.here.key} runs beside others, and changes nothing outside"
        return Journal(self.services.ledger, self.where())

    def repository(self) -> Repository:
        return self.services.workspaces.repository(self.run)

    async def workspace(self) -> Workspace:
        return await self.services.workspaces.of(self.run)

    async def say(self, summary: str) -> None:
        """Show how far the step is; the words stand behind its title."""
        await self.services.store.write(steps.update_step, self.here, summary=summary)
        await self.changed()

    async def boundary(self) -> None:
        """Pass where all is written down, or leave the step: the process is to end, or the run is paused.

        NoRoom where this machine's disk is full: what the next turn asks for would meet that, and cost as much.
        """
        self.services.gate.boundary()
        if (lack := self.services.lack()) is not None:
            raise lack
        if await self.services.store.read(pauses.holding, self.run.repository):
            self.services.gate.set_aside(self.run.id)

    async def bill(self, usage: Usage, model: str, purpose: str) -> None:
        """Book a call to the model."""
        await self.services.store.write(spending.add_call, self.run.id, self.here.key, purpose, model, usage)
        await self.changed()

    async def changed(self) -> None:
        """Have shown what is new of the run."""
        await self.services.reporter.changed(self.run.id)

    async def spent(self) -> Spent:
        """What the run has spent so far; `seconds` is the time its steps took."""
        spent = await self.services.store.read(spending.spent, self.run.id)
        rows = await self.services.store.read(steps.steps_of, self.run.id)
        return replace(spent, seconds=steps.worked(rows))

    async def keep(self, **state: Any) -> None:
        """Add to the run's state before the step ends, where a repetition must find it."""
        beyond = set(state) - (set(state) if self.only is None else self.only)
        assert not beyond, f"step {self.here.key} runs beside others, and does not give {', '.join(sorted(beyond))}"
        await self.services.store.write(_keep, self.here, state)


def _keep(db: sa.Connection, here: StepRun, state: Mapping[str, Any]) -> None:
    run = runs.get_run(db, here.run_id, lock=True)
    if run.segment == here.segment:  # whoever has sent the run elsewhere has made its state, too
        runs.merge_state(db, here.run_id, state)
