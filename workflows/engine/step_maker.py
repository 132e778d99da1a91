"""What is done for one attempt at a step, whatever stands beside it: the tree is taken up, and trouble is put off."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Generic

from workflows.cluster.shutdown import Gate
from workflows.definition import Context, Failed, Result, Step
from workflows.engine import attempts, failure_policy, logged, suspicion
from workflows.engine.suspicion import StepRoom
from workflows.engine.tree_marks import RunTrees
from workflows.errors import BudgetSpent, NoRoom, StoreError, TransientError, UserError, no_room
from workflows.ports import Reporter
from workflows.store.database import Store
from workflows.store.records import Run, StepRun
from workflows.values import StepStatus

log = logging.getLogger(__name__)

Ready = Callable[[Run, StepRun], Awaitable[None]]
"""Has the run's tree as an attempt is to find it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepMaker(Generic[Context]):
    """Makes single attempts at steps, with what it was given."""

    store: Store
    trees: RunTrees
    reporter: Reporter
    context: Callable[[Run, StepRun], Context]
    bound: Callable[[Context, frozenset[str]], Context] = lambda context, only: context
    """What a step works with that others run beside: it may write those keys of the state, and change nothing else."""
    gate: Gate = field(default_factory=Gate)
    room: StepRoom = field(default_factory=StepRoom)
    worker: str = ""
    """What this process is known by, should it end in the middle of a step (`Member.mark`)."""
    lack: Callable[[], NoRoom | None] = lambda: None
    """What this machine lacks, so that no step can be made here now."""
    apart: float = 0.0
    """Seconds: two workers that died within that died together (`Member.together`); 0 where there is one."""

    async def run_step(
        self,
        run: Run,
        here: StepRun,
        item: Step[Context],
        before: list[StepRun],
        ready: Ready | None = None,
        only: frozenset[str] | None = None,
    ) -> Result | failure_policy.Again:
        """The step's result, or when it is to be tried again.

        `ready` is given for what runs beside others, where the tree is not its own, and `only` what it may write.
        """
        run = replace(run, current_step=item.key)
        if (poisoned := suspicion.poisoned(before)) is not None:
            return poisoned
        try:
            self._must_have_room()
            await (ready or self._take_up)(run, here)
            context = self.context(run, here) if only is None else self.bound(self.context(run, here), only)
            with logged.about(delivery=str(run.inputs.get("delivery") or "")):
                result = await item.run(context)
            self._must_have_room()  # else what it came to says nothing: its commands had none either
            return result
        except BudgetSpent as error:
            return failure_policy.out_of_budget(error)
        except StoreError:  # ours to wait out, as where it is met between two steps; nothing could be recorded now
            raise
        except Exception as error:  # the worker's root: a bug of ours ends the run honestly, not the process
            if (trouble := _may_pass(error)) is not None:
                return await self.put_off(run, here, item, before, trouble)
            if isinstance(error, UserError):
                return Failed(str(error))
            log.exception("run %s, step %s: an error of ours", run.id, item.key)
            return failure_policy.of_ours(run.id)

    async def _take_up(self, run: Run, here: StepRun) -> None:
        await self.trees.take_up(run, here.mark_before)

    def _must_have_room(self) -> None:
        if (lack := self.lack()) is not None:
            raise lack

    async def put_off(
        self, run: Run, here: StepRun, item: Step[Context], before: list[StepRun], trouble: TransientError
    ) -> failure_policy.Again | Failed:
        """What an attempt that met trouble leads to; that it is to be tried again is written down."""
        after = failure_policy.after_trouble(trouble, run.options.failure, item, before, time.time())
        if isinstance(after, failure_policy.Again):
            await self._again(here, after, str(trouble))
        return after

    async def _again(self, here: StepRun, again: failure_policy.Again, why: str) -> None:
        log.warning("run %s, step %s: %s; trying again in %.0f s", here.run_id, here.key, why, again.seconds)
        ended = {"status": StepStatus.FAILED, "reason": why, "next": again.told, "mark_after": here.mark_before}
        await self.store.write(attempts.put_off, here, ended)
        await self.reporter.changed(here.run_id)


def _may_pass(error: Exception) -> TransientError | None:
    return error if isinstance(error, TransientError) else no_room(error)
