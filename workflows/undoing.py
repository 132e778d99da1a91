"""Taking a run back: what it put on its forge goes away where nobody built on it, and its tree and rows follow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sandbox.errors import RollbackRefused
from sandbox.journal import Effect, EffectState, Entry, Where
from sandbox.rebuild import ROLLBACK
from sandbox.rollback import Mode, Plan, execute, plan
from workflows.errors import RunError
from workflows.ports import Forge, Pull
from workflows.runs import Asker
from workflows.services import Services
from workflows.store import audit, runs, steps
from workflows.store.records import Run, Snapshot, StepRun
from workflows.values import RunStatus, StepStatus

InUse = Callable[[str], str]
"""A sentence where somebody works on a branch of that name at this moment, "" where nobody does. May block."""


@dataclass(frozen=True, slots=True)
class Undoing:
    """A rollback that is planned: nothing is undone yet. `done` are the attempts that still count."""

    services: Services
    run: Run
    planned: Plan
    entries: Sequence[Entry]
    done: Sequence[StepRun]

    @property
    def kept(self) -> tuple[str, ...]:
        """The branches that a soft rollback leaves for a person to go on with."""
        kept = (entry.effect.target for entry in self.planned.keep if _kind(entry) == "create_branch" and entry.effect)
        return tuple(dict.fromkeys(kept)) if self.planned.mode is Mode.SOFT else ()

    async def check(self, in_use: InUse = lambda branch: "") -> None:
        """RollbackRefused with everything that is known to stand in the way."""
        undoer = self._undoer(in_use)
        obstacles = [sentence for entry in self.planned.undo if (sentence := await undoer.obstacle(entry))]
        if obstacles:
            raise RollbackRefused(" ".join(dict.fromkeys(obstacles)), "Nothing was undone.")

    async def carry_out(self, asker: Asker, in_use: InUse = lambda branch: "") -> Snapshot:
        """Do it; nothing may be at work on the run. Can be repeated after a crash, with a new plan.

        RollbackRefused, with nothing undone, where a person built on top.
        """
        store, workspaces = self.services.store, self.services.workspaces
        if (await store.read(runs.get_run, self.run.id)).status.active:
            raise RunError(f"Run {self.run.id} is at work at step {self.run.current_step}.", "Abort it first.")
        await self.check(in_use)
        if self.planned.mode is Mode.SOFT:
            await self._hand_over()
        workspace = await workspaces.of(self.run) if self.planned.mark else None
        await execute(self.planned, self.run.id, self.services.ledger, self._undoer(in_use), workspace)
        undone = self.done[len(self.done) - len(self.planned.steps) :] if self.planned.mode is Mode.STEPS else ()
        await store.write(_rolled_back, self.run, self.planned.mode, undone, asker)
        return await store.read(runs.snapshot, self.run.id)

    async def _hand_over(self) -> None:
        """An open pull request that a person is to go on with is a draft from now on."""
        for entry in self.planned.keep:
            if _kind(entry) == "open_pull" and entry.state is EffectState.DONE:
                await self.services.forge(self.run).draft_pull(self.run.id, _pull_of(entry))
                return

    def _undoer(self, in_use: InUse) -> ForgeUndoer:
        planned = frozenset(entry.seq for entry in self.planned.undo)
        return ForgeUndoer(self.services, self.run, self.entries, planned, in_use)


async def plan_undoing(services: Services, run: Run, mode: Mode, count: int = 0) -> Undoing:
    """What a rollback of the run (of its last `count` steps) would do. RollbackRefused where it has not so many."""
    snapshot = await services.store.read(runs.snapshot, run.id)
    done = _done(snapshot)
    entries = await asyncio.to_thread(services.ledger.entries, run.id)
    planned = plan(entries, mode, steps=count, order=[step.key for step in done])
    return Undoing(services, run, planned, entries, done)


@dataclass(frozen=True, slots=True)
class ForgeUndoer:
    """Takes back what a run did on its forge.

    `entries` are all of the run's (they say which commits are ours), `planned` the seqs
    that are undone together.
    """

    services: Services
    run: Run
    entries: Sequence[Entry]
    planned: frozenset[int]
    in_use: InUse = lambda branch: ""

    @property
    def forge(self) -> Forge:
        return self.services.forge(self.run)

    async def obstacle(self, entry: Entry) -> str:
        """A sentence where the branch is not ours any more, or is in use."""
        branch = _undo(entry).get("branch")
        if not isinstance(branch, str) or _kind(entry) not in ("create_branch", "push"):
            return ""
        head = await self.forge.branch_head(branch)
        if head is None:
            return ""
        if head not in await self._ours(branch):
            return f"Branch {branch} is at {head[:12]}, which is not a commit of this run: somebody built on it."
        if any(_undo(other).get("others") and _undo(other).get("branch") == branch for other in self.entries):
            return f"Branch {branch} holds commits that somebody else made, under those of this run."
        return await asyncio.to_thread(self.in_use, branch)

    async def undo(self, entry: Entry) -> EffectState:
        """Undo one effect; what is gone already counts as undone."""
        undo = _undo(entry)
        match _kind(entry):
            case "open_pull":
                await self.forge.close_pull(self.run.id, _pull_of(entry))
            case "create_branch":
                await self._delete(str(undo["branch"]))
            case "push" if not self._branch_goes_too(str(undo["branch"])):
                await self._revert(str(undo["branch"]), str(undo["before"]), int(entry.at))
            case "push":
                pass  # the branch itself is deleted below
            case kind:
                raise RollbackRefused(f"It is not known how to undo {kind!r} ({entry.effect and entry.effect.target}).")
        return EffectState.UNDONE

    async def _delete(self, branch: str) -> None:
        head = await self.forge.branch_head(branch)
        if head is not None:
            if head not in await self._ours(branch):
                raise RollbackRefused(f"Branch {branch} is at {head[:12]}, which is not a commit of this run.")
            await self.forge.delete_branch(branch, head)

    async def _revert(self, branch: str, before: str, when: int) -> None:
        """A branch that stays only ever moves forward: a commit on top takes back what was pushed.

        It is journaled as a push of ours, so that what comes later knows it.
        """
        head = await self.forge.branch_head(branch)
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
        effect = Effect("push", branch, {"branch": branch, "before": head, "after": made})
        seq = await asyncio.to_thread(self.services.ledger.intend, Where(self.run.id, ROLLBACK), effect)
        await asyncio.to_thread(repository.push, remote.url, made, branch, expected=head, env=remote.env)
        await asyncio.to_thread(self.services.ledger.settle, seq, EffectState.DONE)

    def _branch_goes_too(self, branch: str) -> bool:
        return any(
            entry.seq in self.planned and _kind(entry) == "create_branch" and _undo(entry).get("branch") == branch
            for entry in self.entries
        )

    async def _ours(self, branch: str) -> set[object]:
        """The commits that this run put the branch at, and that this rollback did meanwhile."""
        entries = await asyncio.to_thread(self.services.ledger.entries, self.run.id)
        undos = [_undo(entry) for entry in entries if _kind(entry) in ("create_branch", "push")]
        return {
            undo.get(key) for undo in undos if undo.get("branch") == branch for key in ("commit", "after", "before")
        }


_ROLLED_BACK = "rolled back"


def _done(snapshot: Snapshot) -> list[StepRun]:
    """The attempts that did something and still count, oldest first; one per place of the walk."""
    places = {(step.segment, step.ordinal): step for step in snapshot.steps}
    ended = (StepStatus.COMPLETED, StepStatus.FAILED)
    return [step for step in places.values() if step.status in ended and step.reason != _ROLLED_BACK]


def _rolled_back(db: sa.Connection, run: Run, mode: Mode, undone: Sequence[StepRun], asker: Asker) -> None:
    """What the run's rows say afterwards; a partial rollback leaves it where the first undone step begins."""
    columns: dict[str, Any] = {}
    if mode is Mode.HARD:
        columns = {"status": RunStatus.ROLLED_BACK, "error_text": "", "advice": []}
    elif undone:
        first = undone[0]
        columns = {
            "status": RunStatus.ABORTED,
            "current_step": first.key,
            "state": first.state_before,
            "generation": run.segment + 1,  # whatever comes next begins anew, not from the transcript of what is undone
            "error_text": f"Rolled back to before step {first.key}",
            "advice": [f"retry {first.key}"],
        }
        for step in undone:
            steps.update_step(db, step, status=StepStatus.ABORTED, reason=_ROLLED_BACK, ended_at=step.ended_at)
    if columns:
        runs.update_run(db, run.id, **columns)
    detail = {"steps": [step.key for step in undone]} | asker.detail
    audit.note(db, asker.name, asker.source, f"rollback:{mode}", run.id, detail)


def _kind(entry: Entry) -> str:
    return entry.effect.kind if entry.effect else ""


def _undo(entry: Entry) -> Mapping[str, object]:
    return entry.effect.undo if entry.effect else {}


def _pull_of(entry: Entry) -> Pull:
    return Pull(int(str(entry.result.get("number", 0))), str(entry.result.get("url", "")))
