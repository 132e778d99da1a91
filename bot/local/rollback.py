"""Rolling a run back from the command line, with what only this machine knows: which branches are checked out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from bot.app import make_services
from bot.database import open_store
from bot.forge.local import in_use_at
from bot.guards.engine_lock import EngineLock
from bot.local.detached import NoReporter, detached
from bot.settings import Settings
from sandbox.trees.rollback import Mode
from workflows.runs import actions
from workflows.runs.principal import Principal
from workflows.runs.undoing.rollback import InUse, Undoing
from workflows.store.records import Snapshot
from workflows.store.run_rows import runs


async def roll_back(
    settings: Settings,
    prefix: str,
    mode: Mode,
    count: int = 0,
    *,
    principal: Principal,
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
            services, ours = make_services(settings, store, NoReporter()), detached(store)
            in_use = in_use_at(Path(run.repository))

            async def tell(undoing: Undoing) -> None:
                for line in await _told(undoing, in_use):
                    say(line)

            if dry_run:
                await tell(await actions.plan_rollback(ours, services, run.id, principal, mode, count))
                return await store.read(runs.snapshot, run.id)
            outcome = await actions.rollback(
                ours,
                services,
                run.id,
                principal,
                mode,
                count,
                tell=tell,
                in_use=in_use,
                alone=store.is_sqlite,  # we have the lock of whoever works
            )
            for sentence in outcome.left:
                say(sentence)
            return outcome.snapshot
    finally:
        store.close()


async def _told(undoing: Undoing, in_use: InUse) -> list[str]:
    planned, run = undoing.planned, undoing.run
    if planned.mode is Mode.SOFT:
        branches = await undoing.kept()
        kept = f"Kept for you to go on with: {', '.join(branches) or 'nothing outside of the workspace'}."
        fetch = "git fetch origin {0} && " if run.inputs.get("forge") else ""
        return [kept, *(f"  {fetch}git switch {{0}}".format(branch) for branch in branches)]
    steps = f" (steps {', '.join(planned.steps)})" if planned.mode is Mode.STEPS else ""
    if not planned.lines:
        return [f"Nothing of run {run.id}{steps} is left to undo."]
    return [f"To undo of run {run.id}{steps}:", *(f"  {prospect}" for prospect in await undoing.prospects(in_use))]
