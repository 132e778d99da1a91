"""Rolling a local run back: what it put into the user's repository is taken away where nobody built on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.app import make_services
from bot.database import open_store
from bot.local.detached import NoReporter, detached
from bot.lock import EngineLock
from bot.settings import Settings
from sandbox.errors import RollbackRefused
from sandbox.journal import EffectState, Entry
from sandbox.repository import Repository
from sandbox.rollback import Mode, Plan, execute, plan
from workflows.ports import Forge, Pull
from workflows.runs import Asker
from workflows.store import audit, runs, steps
from workflows.store.records import Run, Snapshot, StepRun
from workflows.values import RunStatus, StepStatus

_LIVE = (RunStatus.PENDING, RunStatus.RUNNING, RunStatus.WAITING)


async def roll_back(
    settings: Settings,
    prefix: str,
    mode: Mode,
    count: int = 0,
    *,
    asker: Asker,
    dry_run: bool = False,
    say: Callable[[str], None],
) -> Snapshot:
    """Undo a run (or its last `count` steps) and say what is undone; a dry run only says it.

    Raises RollbackRefused, with nothing undone, where a person built on top. Can be repeated
    after a crash.
    """
    store = await asyncio.to_thread(open_store, settings)
    try:
        async with EngineLock(settings.lock_file, lambda holder: say(f"waiting for {holder} to end")):
            run = await store.read(runs.find_run, prefix)
            services = make_services(settings, store, NoReporter())
            snapshot = await store.read(runs.snapshot, run.id)
            done = _done(snapshot)
            entries = await asyncio.to_thread(services.ledger.entries, run.id)
            planned = plan(entries, mode, steps=count, order=[step.key for step in done])
            for line in _told(planned, run):
                say(line)
            if dry_run:
                return snapshot
            if run.status in _LIVE:
                await detached(store).abort(run.id, asker=asker, reason="rollback")
            undoer = LocalUndoer(
                Path(run.repository),
                services.workspaces.repository(run),
                services.forge(run),
                run.id,
                entries,
                frozenset(entry.seq for entry in planned.undo),
            )
            workspace = await services.workspaces.of(run) if planned.mark else None
            await execute(planned, run.id, services.ledger, undoer, workspace)
            undone = done[len(done) - count :] if mode is Mode.STEPS else []
            await store.write(_rolled_back, run, mode, undone, asker)
            return await store.read(runs.snapshot, run.id)
    finally:
        store.close()


@dataclass(frozen=True, slots=True)
class LocalUndoer:
    """Takes back what a run did in a repository on this machine.

    `entries` are all of the run's (they say which commits are ours), `planned` the seqs
    that are undone together.
    """

    root: Path
    repository: Repository
    forge: Forge
    run_id: str
    entries: Sequence[Entry]
    planned: frozenset[int]

    async def obstacle(self, entry: Entry) -> str:
        """A sentence where the branch is not ours any more, or is checked out."""
        branch = _undo(entry).get("branch")
        if not isinstance(branch, str) or _kind(entry) not in ("create_branch", "push"):
            return ""
        head = await self.forge.branch_head(branch)
        if head is None:
            return ""
        if head not in self._ours(branch):
            return f"Branch {branch} is at {head[:12]}, which is not a commit of this run: somebody built on it."
        if any(_undo(other).get("others") and _undo(other).get("branch") == branch for other in self.entries):
            return f"Branch {branch} holds commits that somebody else made, under those of this run."
        if branch in await asyncio.to_thread(checked_out, self.root):
            return f"Branch {branch} is checked out in {self.root}; switch to another one first."
        return ""

    async def undo(self, entry: Entry) -> EffectState:
        """Undo one effect; what is gone already counts as undone."""
        undo = _undo(entry)
        match _kind(entry):
            case "open_pull":
                number, url = entry.result.get("number", 0), entry.result.get("url", "")
                await self.forge.close_pull(self.run_id, Pull(int(str(number)), str(url)))
            case "write_file":
                await asyncio.to_thread(Path(str(undo["path"])).unlink, missing_ok=True)
            case "create_branch":
                await self._delete(str(undo["branch"]))
            case "push" if not self._branch_goes_too(str(undo["branch"])):
                await self._move_back(str(undo["branch"]), str(undo["before"]))
            case "push":
                pass  # the branch itself is deleted below
            case kind:
                raise RollbackRefused(f"It is not known how to undo {kind!r} ({entry.effect and entry.effect.target}).")
        return EffectState.UNDONE

    async def _delete(self, branch: str) -> None:
        head = await self.forge.branch_head(branch)
        if head is not None:
            if head not in self._ours(branch):
                raise RollbackRefused(f"Branch {branch} is at {head[:12]}, which is not a commit of this run.")
            await self.forge.delete_branch(branch, head)

    async def _move_back(self, branch: str, before: str) -> None:
        """A branch only ever moves forward, so it is deleted where it is ours and made anew where it was."""
        if await self.forge.branch_head(branch) == before:
            return
        await self._delete(branch)
        remote = await self.forge.remote(write=True)
        await asyncio.to_thread(self.repository.push, remote.url, before, branch, expected=None, env=remote.env)

    def _branch_goes_too(self, branch: str) -> bool:
        return any(
            entry.seq in self.planned and _kind(entry) == "create_branch" and _undo(entry).get("branch") == branch
            for entry in self.entries
        )

    def _ours(self, branch: str) -> set[object]:
        """The commits that this run put the branch at."""
        undos = [_undo(entry) for entry in self.entries if _kind(entry) in ("create_branch", "push")]
        return {
            undo.get(key) for undo in undos if undo.get("branch") == branch for key in ("commit", "after", "before")
        }


def checked_out(root: Path) -> set[str]:
    """The branches that are checked out in a repository or one of its linked work trees."""
    git = root / ".git"
    if git.is_file():
        git = (root / git.read_text().partition("gitdir:")[2].strip()).resolve()
        common = git / "commondir"
        git = (git / common.read_text().strip()).resolve() if common.exists() else git
    heads = [git / "HEAD", *git.glob("worktrees/*/HEAD")]
    texts = [head.read_text().strip() for head in heads if head.is_file()]
    return {text.removeprefix("ref: refs/heads/") for text in texts if text.startswith("ref: refs/heads/")}


def _done(snapshot: Snapshot) -> list[StepRun]:
    """The attempts that did something and still count, oldest first; one per place of the walk."""
    places = {(step.segment, step.ordinal): step for step in snapshot.steps}
    ended = (StepStatus.COMPLETED, StepStatus.FAILED)
    return [step for step in places.values() if step.status in ended and step.reason != _ROLLED_BACK]


def _told(planned: Plan, run: Run) -> list[str]:
    if planned.mode is Mode.SOFT:
        kept = [entry.effect.target for entry in planned.keep if entry.effect and entry.effect.kind == "create_branch"]
        return [f"Kept for you to go on with: {', '.join(dict.fromkeys(kept)) or 'nothing outside of the workspace'}."]
    steps_ = f" (steps {', '.join(planned.steps)})" if planned.mode is Mode.STEPS else ""
    if not planned.lines:
        return [f"Nothing of run {run.id}{steps_} is left to undo."]
    return [f"To undo of run {run.id}{steps_}:", *(f"  {line}" for line in planned.lines)]


_ROLLED_BACK = "rolled back"


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
    audit.note(db, asker.name, asker.source, f"rollback:{mode}", run.id, {"steps": [step.key for step in undone]})


def _kind(entry: Entry) -> str:
    return entry.effect.kind if entry.effect else ""


def _undo(entry: Entry) -> Mapping[str, object]:
    return entry.effect.undo if entry.effect else {}
