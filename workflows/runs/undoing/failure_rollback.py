"""A run whose step failed is taken back by itself, where that is configured: by the walk, as its last act.

The decision stands in the attempt's row, so whoever takes the walk up after a crash carries it out; until then the run
counts as at work, and nobody else has it go on.
"""

from __future__ import annotations

import sqlalchemy as sa

from sandbox.trees.rollback import Mode
from workflows.errors import StoreError, UserError
from workflows.runs.undoing.rollback import InUse, nobody, plan_undoing, standing_advice
from workflows.services import Services
from workflows.store import audit
from workflows.store.audit import Asker
from workflows.store.records import Run, StepRun
from workflows.store.run_rows import runs
from workflows.values import RunStatus

_SAYS = {Mode.SOFT: "Handed over to you", Mode.HARD: "Rolled back"}


async def take_back(services: Services, run: Run, here: StepRun, mode: Mode, in_use: InUse = nobody) -> None:
    """Take the run back and end it, with words that say why; where that is refused, it stands as any that failed.

    Nothing where somebody ended it meanwhile. TransientError: what it takes does not answer now. Can be repeated.
    """
    store = services.store
    now = await store.read(runs.get_run, run.id)
    if not now.status.active or now.segment != here.segment:
        return
    asker = Asker("the configuration", "failure", f"{run.id}:{here.segment}:{here.ordinal}")
    words = f"{_SAYS[mode]}, as it is configured for failures: {here.reason}"
    try:
        undoing = await plan_undoing(services, now, mode)
        await undoing.carry_out_after_failure(asker, in_use, words)
    except StoreError:
        raise  # the database's own troubles are the queue's to wait out
    except UserError as error:
        await store.write(_refused, now, asker, mode, here.reason, str(error))


def _refused(db: sa.Connection, run: Run, asker: Asker, mode: Mode, reason: str, why: str) -> None:
    now = runs.get_run(db, run.id, lock=True)
    if not now.status.active or now.segment != run.segment:
        return
    words = f"{reason} It was to be rolled back ({mode}), as it is configured for failures, but: {why}"
    runs.update_run(db, run.id, status=RunStatus.FAILED, error_text=words, advice=standing_advice(run))
    audit.refuse(db, asker, f"rollback:{mode}", run.id, why)
