"""Taking a run back: what it put on its forge goes away where nobody built on it, and its tree and rows follow."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from sandbox.errors import RollbackRefused
from sandbox.journal import EffectState, JournalEntry, Where
from sandbox.trees.rebuild import ROLLBACK
from sandbox.trees.rollback import Mode, Plan, execute, plan
from workflows.effects.code.branch import CreateBranch
from workflows.effects.kind import InUse as InUse
from workflows.effects.kind import UndoContext
from workflows.effects.table import effects_of, known
from workflows.effects.undoer import EffectUndoer
from workflows.errors import RunError
from workflows.journal import Journal
from workflows.runs.control import Asker
from workflows.runs.undoing.history import PastStep, back_to, last_places, way_of
from workflows.store import audit
from workflows.store.records import Run, Snapshot, StepRun
from workflows.store.run_rows import definition_rows, runs, steps
from workflows.store.run_rows.line import run_lock
from workflows.store.run_rows.passages import given_by, passage_of
from workflows.values import RunStatus

if TYPE_CHECKING:
    from workflows.services import Services  # the boxes behind it are nothing to who only acts

_LOOK_SECONDS = 0.25
_MOST_LOOKS = round(2 * steps.STOPPING_SECONDS / _LOOK_SECONDS)
_MOST_LINES = 30


def nobody(branch: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Prospect:
    """One thing that a rollback would undo, as a line, and what stands in its way ("" for nothing)."""

    line: str
    obstacle: str = ""

    def __str__(self) -> str:
        return f"{self.line} (in the way: {self.obstacle})" if self.obstacle else self.line


@dataclass(frozen=True, slots=True)
class RolledBack:
    """A run after its rollback. `left` are sentences about what is as it was, and why."""

    snapshot: Snapshot
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Undoing:
    """A rollback that is planned: nothing is undone yet. `undone` are the steps that a partial one takes back."""

    services: Services
    run: Run
    planned: Plan
    entries: Sequence[JournalEntry]
    undone: Sequence[PastStep] = ()

    async def kept(self) -> tuple[str, ...]:
        """The branches that a soft rollback leaves for a person to go on with, as far as they are there still."""
        if self.planned.mode is not Mode.SOFT:
            return ()
        live = (EffectState.INTENDED, EffectState.DONE, EffectState.KEPT)
        made = [one for one in known(self.entries) if isinstance(one.effect, CreateBranch)]
        kept = (one.effect.target for one in made if one.entry.state in live)
        forge = self.services.forge(self.run)
        return tuple([branch for branch in dict.fromkeys(kept) if await forge.branch_head(branch) is not None])

    async def prospects(self, in_use: InUse = nobody) -> list[Prospect]:
        """All that would be undone, in order, each with what stands in its way. Changes nothing."""
        undoer = await self._undoer(in_use)
        lines = self.planned.lines
        obstacles = [await undoer.obstacle(entry) for entry in self.planned.undo]
        obstacles += [""] * (len(lines) - len(obstacles))
        return [Prospect(line, obstacle) for line, obstacle in zip(lines, obstacles, strict=True)]

    async def check(self, in_use: InUse = nobody) -> None:
        """RollbackRefused with everything that is known to stand in the way."""
        obstacles = [prospect.obstacle for prospect in await self.prospects(in_use) if prospect.obstacle]
        if obstacles:
            raise RollbackRefused(" ".join(dict.fromkeys(obstacles)), "Nothing was undone.")

    async def carry_out(self, asker: Asker, in_use: InUse = nobody) -> RolledBack:
        """Do it; nothing may be at work on the run, nor begins meanwhile. Can be repeated after a crash, planned anew.

        RollbackRefused, with nothing undone, where a person built on top. RunError where the run
        is at work, has moved on since this was planned, or somebody else takes it back just now.
        """
        async with run_lock.held(self.services.store, self.run.id):
            await self._must_be_at_rest()
            return await self._carry_out(asker, in_use)

    async def carry_out_after_failure(self, asker: Asker, in_use: InUse, words: str) -> RolledBack:
        """As `carry_out`, by the walk itself whose step failed, so that nothing else is at work on the run.

        It ends the run, which then says these words.
        """
        async with run_lock.held(self.services.store, self.run.id):
            return await self._carry_out(asker, in_use, words)

    async def _must_be_at_rest(self) -> None:
        store = self.services.store
        now = await store.read(runs.get_run, self.run.id)
        if now.status.active:
            raise RunError(f"Run {now.id} is at work at step {now.current_step}.", "Abort it first.")
        if now.updated_at != self.run.updated_at:
            raise RunError(f"Run {now.id} has moved on meanwhile: it is {now.status} at step {now.current_step}.")
        for _ in range(_MOST_LOOKS):
            if not await store.read(steps.still_stopping, now.id):
                return
            await asyncio.sleep(_LOOK_SECONDS)  # it was aborted this very moment

    async def _carry_out(self, asker: Asker, in_use: InUse, words: str = "") -> RolledBack:
        store, workspaces = self.services.store, self.services.workspaces
        undoer, ledger = await self._undoer(in_use), self.services.ledger
        grounded = _grounded(self.run, await store.read(steps.steps_of, self.run.id))
        left = await execute(self.planned, self.run.id, ledger, undoer, lambda: workspaces.of(grounded))
        await store.write(_rolled_back, self.run, self.planned, self.undone, left, asker, words)
        if self.planned.mode is Mode.HARD:
            await workspaces.remove(grounded)
        return RolledBack(await store.read(runs.snapshot, self.run.id), left)

    async def _undoer(self, in_use: InUse) -> EffectUndoer:
        from workflows.services import author_of  # who only acts on runs undoes nothing, and stays small

        run, services = self.run, self.services
        forge = services.forge(run)
        return EffectUndoer(
            UndoContext(
                run_id=run.id,
                forge=forge,
                operations=forge.operations(run.id),
                journal=Journal(services.ledger, Where(run.id, ROLLBACK)),
                recorded=lambda: effects_of(services.ledger, run.id),
                together=known(self.planned.undo),
                repository=lambda: services.workspaces.repository(run),
                author=await author_of(services, run),
                in_use=in_use,
                signing_key=services.signing_key,
            )
        )


async def plan_undoing(services: Services, run: Run, mode: Mode, count: int = 0) -> Undoing:
    """What a rollback of the run (of its last `count` steps) would do. RollbackRefused where it has not so many."""
    run.need_records()
    entries = await asyncio.to_thread(services.ledger.entries, run.id)
    if mode is not Mode.STEPS:
        return Undoing(services, run, plan(entries, mode), entries)
    if run.status is RunStatus.ROLLED_BACK:
        raise RollbackRefused(
            f"All of run {run.id} is taken back already.", "Retry a step to have it go on from there."
        )
    shape = await services.store.read(definition_rows.definition_of, run)
    way = way_of(await services.store.read(steps.steps_of, run.id), shape.places)
    undone = last_places(way, count)
    return Undoing(services, run, plan(entries, mode, back_to(way, undone, entries)), entries, undone)


def _rolled_back(
    db: sa.Connection,
    run: Run,
    planned: Plan,
    undone: Sequence[PastStep],
    left: Sequence[str],
    asker: Asker,
    words: str,
) -> None:
    """What the run's rows say afterwards; a partial rollback leaves it where the first undone step begins."""
    columns: dict[str, Any] = {}
    if planned.mode is Mode.HARD:
        columns = {"status": RunStatus.ROLLED_BACK, "error_text": _told(words, left), "advice": []}
    elif words:
        columns = {"status": RunStatus.FAILED, "error_text": words, "advice": standing_advice(run)}
    elif undone:
        first = undone[0]
        columns = {
            "status": RunStatus.ABORTED,
            "current_step": first.key,
            "state": _state_before(first, undone, steps.steps_of(db, run.id)),
            "generation": run.segment + 1,  # whatever comes next begins anew, not from the transcript of what is undone
            "error_text": f"Rolled back to before step {first.key}",
            "advice": [f"retry {first.key}"],
        }
        for attempt in (attempt for place in undone for attempt in place.attempts):
            steps.take_back(db, attempt)
    if columns:
        runs.update_run(db, run.id, **columns)
    detail = {"steps": list(planned.steps), "lines": _brief(planned.lines), "left": list(left)} | asker.detail
    audit.note(db, asker.name, asker.source, f"rollback:{planned.mode}", run.id, detail)


def _state_before(first: PastStep, undone: Sequence[PastStep], attempts: Sequence[StepRun]) -> dict[str, Any]:
    """The state that the first undone step began with; with what those gave that ran beside it and stand."""
    state, passage = dict(first.first.state_before), passage_of(first.first.state_before)
    if passage is None or first.key not in passage.members:
        return state
    return {**state, **given_by(passage, attempts, {place.key for place in undone})}


def _told(words: str, left: Sequence[str]) -> str:
    """What is said of a rollback that nobody asked for then: nobody else was told what it left."""
    return " ".join([words, *left]) if words else ""


def standing_advice(run: Run) -> list[str]:
    """What can be done with a run that failed, and was not taken back."""
    return ["resume", f"retry {run.current_step}", "rollback"]


def _brief(lines: Sequence[str]) -> list[str]:
    """As many lines as anybody reads."""
    return list(lines) if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], f"{len(lines)} in all"]


def _grounded(run: Run, attempts: Sequence[StepRun]) -> Run:
    """The run with a state that says what its tree stands on, also where it went back to before it had one."""
    states = [run.state, *(attempt.state_before for attempt in reversed(attempts))]
    return replace(run, state=next((state for state in states if "base_commit" in state), run.state))
