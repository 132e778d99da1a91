"""Taking a run back: what it put on its forge goes away where nobody built on it, and its tree and rows follow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from sandbox.errors import RollbackRefused
from sandbox.journal import EffectState, Entry, Where
from sandbox.trees.rebuild import ROLLBACK
from sandbox.trees.rollback import Mode, Plan, execute, plan
from workflows import effects
from workflows.effects import Journal
from workflows.errors import RunError
from workflows.ports import Forge
from workflows.runs.control import Asker
from workflows.runs.history import Place, back_to, last_places, way_of
from workflows.services import Services
from workflows.store import audit
from workflows.store.records import Run, Snapshot, StepRun
from workflows.store.run_rows import run_lock, runs, steps
from workflows.values import RunStatus

InUse = Callable[[str], str]
"""A sentence where somebody works on a branch of that name at this moment, "" where nobody does. May block."""

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
class Outcome:
    """A run after its rollback. `left` are sentences about what is as it was, and why."""

    snapshot: Snapshot
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Undoing:
    """A rollback that is planned: nothing is undone yet. `undone` are the steps that a partial one takes back."""

    services: Services
    run: Run
    planned: Plan
    entries: Sequence[Entry]
    undone: Sequence[Place] = ()

    async def kept(self) -> tuple[str, ...]:
        """The branches that a soft rollback leaves for a person to go on with, as far as they are there still."""
        if self.planned.mode is not Mode.SOFT:
            return ()
        live = (EffectState.INTENDED, EffectState.DONE, EffectState.KEPT)
        kept = (e.effect.target for e in self.entries if e.effect and _kind(e) == "create_branch" and e.state in live)
        forge = self.services.forge(self.run)
        return tuple([branch for branch in dict.fromkeys(kept) if await forge.branch_head(branch) is not None])

    async def prospects(self, in_use: InUse = nobody) -> list[Prospect]:
        """All that would be undone, in order, each with what stands in its way. Changes nothing."""
        undoer = self._undoer(in_use)
        lines = self.planned.lines
        obstacles = [await undoer.obstacle(entry) for entry in self.planned.undo]
        obstacles += [""] * (len(lines) - len(obstacles))
        return [Prospect(line, obstacle) for line, obstacle in zip(lines, obstacles, strict=True)]

    async def check(self, in_use: InUse = nobody) -> None:
        """RollbackRefused with everything that is known to stand in the way."""
        obstacles = [prospect.obstacle for prospect in await self.prospects(in_use) if prospect.obstacle]
        if obstacles:
            raise RollbackRefused(" ".join(dict.fromkeys(obstacles)), "Nothing was undone.")

    async def carry_out(self, asker: Asker, in_use: InUse = nobody) -> Outcome:
        """Do it; nothing may be at work on the run, nor begins meanwhile. Can be repeated after a crash, planned anew.

        RollbackRefused, with nothing undone, where a person built on top. RunError where the run
        is at work, has moved on since this was planned, or somebody else takes it back just now.
        """
        async with run_lock.held(self.services.store, self.run.id):
            await self._must_be_at_rest()
            return await self._carry_out(asker, in_use)

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

    async def _carry_out(self, asker: Asker, in_use: InUse) -> Outcome:
        store, workspaces = self.services.store, self.services.workspaces
        undoer, ledger = self._undoer(in_use), self.services.ledger
        grounded = _grounded(self.run, await store.read(steps.steps_of, self.run.id))
        left = await execute(self.planned, self.run.id, ledger, undoer, lambda: workspaces.of(grounded))
        await store.write(_rolled_back, self.run, self.planned, self.undone, left, asker)
        if self.planned.mode is Mode.HARD:
            await workspaces.remove(grounded)
        return Outcome(await store.read(runs.snapshot, self.run.id), left)

    def _undoer(self, in_use: InUse) -> RunUndoer:
        planned = frozenset(entry.seq for entry in self.planned.undo)
        return RunUndoer(self.services, self.run, self.entries, planned, in_use)


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
    way = way_of(await services.store.read(steps.steps_of, run.id))
    undone = last_places(way, count)
    return Undoing(services, run, plan(entries, mode, back_to(way, undone, entries)), entries, undone)


@dataclass(frozen=True, slots=True)
class RunUndoer:
    """Takes back what a run did outside of its tree: branches by git, all else by its forge.

    `entries` are all of the run's (they say which commits are ours), `planned` the seqs
    that are undone together.
    """

    services: Services
    run: Run
    entries: Sequence[Entry]
    planned: frozenset[int]
    in_use: InUse = nobody

    @property
    def forge(self) -> Forge:
        return self.services.forge(self.run)

    async def obstacle(self, entry: Entry) -> str:
        """A sentence where the branch is not ours any more or is in use, or the forge has one."""
        if _kind(entry) in ("create_branch", "push"):
            obstacle = await self._obstacle_on(str(_undo(entry)["branch"]))
            if obstacle:
                return obstacle
        return await self.forge.obstacle(self.run.id, entry)

    async def undo(self, entry: Entry) -> str:
        """Undo one effect; what is gone already counts as undone."""
        match _kind(entry):
            case "create_branch":
                await self._delete(str(_undo(entry)["branch"]))
            case "push":
                if not self._goes_too("create_branch", "branch", _undo(entry)["branch"]):
                    await self._revert(str(_undo(entry)["branch"]), str(_undo(entry)["before"]), int(entry.at))
            case "update_pull" if self._goes_too("open_pull", "number", _undo(entry)["number"]):
                pass  # it is closed below, with the text that tells what it was
            case _:
                return await self.forge.undo(self.run.id, entry)
        return ""

    async def keep(self, entry: Entry) -> None:
        if _kind(entry) not in ("create_branch", "push"):
            await self.forge.hand_over(self.run.id, entry)

    async def _obstacle_on(self, branch: str) -> str:
        head = await self.forge.branch_head(branch)
        if head is None:
            return ""
        if head not in await self._ours(branch):
            return _not_ours(branch, head)
        if any(_undo(other).get("others") and _undo(other).get("branch") == branch for other in self.entries):
            return f"Branch {branch} holds commits that somebody else made, under those of this run."
        return await asyncio.to_thread(self.in_use, branch)

    async def _delete(self, branch: str) -> None:
        head = await self._head(branch)
        if head is not None:
            await self.forge.delete_branch(branch, head)

    async def _revert(self, branch: str, before: str, when: int) -> None:
        """A branch that stays only ever moves forward: a commit on top takes back what was pushed.

        It is journaled as a push of ours, so that what comes later knows it.
        """
        head = await self._head(branch)
        if head is None:
            return
        repository, remote = self.services.workspaces.repository(self.run), await self.forge.remote(write=True)
        await asyncio.to_thread(repository.fetch, remote.url, remote.env)
        tree = await asyncio.to_thread(repository.tree_of, before)
        if await asyncio.to_thread(repository.tree_of, head) == tree:
            return
        author = self.services.author
        message = f"Take back {head[:12]}\n\nRun {self.run.id} was rolled back to before it.\n"
        made = await asyncio.to_thread(
            repository.write_commit, tree, [head], message, author=author, committer=author, when=when
        )

        async def push() -> None:
            await asyncio.to_thread(repository.push, remote.url, made, branch, expected=head, env=remote.env)

        journal = Journal(self.services.ledger, Where(self.run.id, ROLLBACK))
        await journal.do(effects.push(branch, head, made), push)

    async def _head(self, branch: str) -> str | None:
        """Where the branch is, None where it is gone; RollbackRefused where that is not a commit of ours."""
        head = await self.forge.branch_head(branch)
        if head is not None and head not in await self._ours(branch):
            raise RollbackRefused(_not_ours(branch, head))
        return head

    def _goes_too(self, kind: str, name: str, value: object) -> bool:
        """Whether what an effect changed is itself undone in this rollback."""
        planned = [entry for entry in self.entries if entry.seq in self.planned and _kind(entry) == kind]
        return any((_undo(entry) | dict(entry.result)).get(name) == value for entry in planned)

    async def _ours(self, branch: str) -> set[object]:
        """The commits that this run put the branch at, and that this rollback did meanwhile."""
        entries = await asyncio.to_thread(self.services.ledger.entries, self.run.id)
        undos = [_undo(entry) for entry in entries if _kind(entry) in ("create_branch", "push")]
        return {
            undo.get(key) for undo in undos if undo.get("branch") == branch for key in ("commit", "after", "before")
        }


def _rolled_back(
    db: sa.Connection, run: Run, planned: Plan, undone: Sequence[Place], left: Sequence[str], asker: Asker
) -> None:
    """What the run's rows say afterwards; a partial rollback leaves it where the first undone step begins."""
    columns: dict[str, Any] = {}
    if planned.mode is Mode.HARD:
        columns = {"status": RunStatus.ROLLED_BACK, "error_text": "", "advice": []}
    elif undone:
        first = undone[0]
        columns = {
            "status": RunStatus.ABORTED,
            "current_step": first.key,
            "state": first.first.state_before,
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


def _brief(lines: Sequence[str]) -> list[str]:
    """As many lines as anybody reads."""
    return list(lines) if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], f"{len(lines)} in all"]


def _grounded(run: Run, attempts: Sequence[StepRun]) -> Run:
    """The run with a state that says what its tree stands on, also where it went back to before it had one."""
    states = [run.state, *(attempt.state_before for attempt in reversed(attempts))]
    return replace(run, state=next((state for state in states if "base_commit" in state), run.state))


def _not_ours(branch: str, head: str) -> str:
    return f"Branch {branch} is at {head[:12]}, which is not a commit of this run: somebody built on it."


def _kind(entry: Entry) -> str:
    return entry.effect.kind if entry.effect else ""


def _undo(entry: Entry) -> dict[str, object]:
    return dict(entry.effect.undo) if entry.effect else {}
