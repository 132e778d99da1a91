"""Takes one step of a run: the part of the engine that knows runs and steps, and no queue.

`Walker.take` can be called twice for the same place (a crash between our commit and the
queue's): the second time it finds what the first one recorded and says it again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from sandbox.trees.rollback import Mode
from workflows.advice import RETRY
from workflows.definition import Context, Definition, Failed, Parallel, Result, Step, Wait, WaitFor
from workflows.engine import attempts, failure_policy, logged, members, questions, suspicion
from workflows.engine.attempts import Told as Told
from workflows.engine.side_by_side import SideBySide
from workflows.engine.step_maker import StepMaker
from workflows.engine.stored_definition import OtherDefinition, definition_for
from workflows.engine.tree_marks import RunTrees as RunTrees
from workflows.errors import StoreError, TransientError, UserError, no_room
from workflows.store.records import Run, StepRun
from workflows.store.run_rows import beginnings, runs, steps, transitions
from workflows.store.run_rows.passages import passage_of
from workflows.text.for_model import storable
from workflows.values import StepStatus

log = logging.getLogger(__name__)

END: Told = {"next": None}
_LOOK_SECONDS = 0.25
_TAKE_BACK_SECONDS = 5.0


def _storable(result: Result) -> Result:
    """The same with texts that the database takes: one that it does not would leave the run at this step for ever."""
    match result:
        case Failed():
            return replace(result, reason=storable(result.reason), output=storable(result.output))
        case WaitFor():
            return replace(result, question=storable(result.question))
        case _:
            return replace(result, summary=storable(result.summary))


async def _nobody_takes_back(run: Run, here: StepRun, mode: Mode) -> None:
    raise AssertionError("runs are not taken back here")


@dataclass(frozen=True, slots=True, kw_only=True)
class Walker(StepMaker[Context]):
    """Steps through runs of the definitions it was given."""

    definitions: Mapping[str, Definition[Context]]
    take_back: Callable[[Run, StepRun, Mode], Awaitable[None]] = _nobody_takes_back
    """Takes a run back whose step failed, where that is configured, and ends it. TransientError: later."""

    async def take(self, run_id: str, segment: int, ordinal: int, key: str) -> Told:
        """Do what stands at `key`, record it, and say where the walk goes on.

        asyncio.CancelledError where the process is to end, or the run is paused: then it stands in line again.
        """
        with logged.about(run=run_id, step=key):
            try:
                return await self._take(run_id, segment, ordinal, key)
            except StoreError:  # the database's own troubles are the queue's to wait out
                raise
            except Exception as error:  # a root: nobody would hear of the run again
                if (lack := no_room(error)) is not None:
                    log.warning("run %s, before step %s: %s", run_id, key, lack)
                    return {"again_in": lack.retry_after}
                if isinstance(error, TransientError):
                    raise  # the queue's to wait out as well
                log.exception("run %s: step %s cannot be begun, or its end cannot be written down", run_id, key)
                why = str(error) if isinstance(error, UserError) else failure_policy.of_ours(run_id).reason
                await self.store.write(transitions.fails_unrecorded, run_id, segment, key, why)
                await self.reporter.ended(run_id)
                return END

    async def _take(self, run_id: str, segment: int, ordinal: int, key: str) -> Told:
        run = await self.store.read(runs.get_run, run_id)
        if not run.status.active or run.segment != segment:
            return END
        attempted = await self.store.read(steps.attempts_at, run_id, segment, ordinal)
        passage = passage_of(run.state)
        at_once = passage is not None and passage.is_at(segment, ordinal)
        if attempted and not at_once and attempted[-1].next and "again_in" not in attempted[-1].next:
            return await self._after(run, attempted[-1], dict(attempted[-1].next))
        if ordinal == 0 and await self.store.read(steps.still_stopping, run_id):
            return {"again_in": _LOOK_SECONDS}
        await self._keep_place(run)
        try:
            definition = await definition_for(self.store, self.definitions, run, key)
        except OtherDefinition as other:
            await self.store.write(transitions.cannot_go_on, run, key, str(other), other.known)
            await self.reporter.ended(run.id)
            return END
        item = definition.place(key)
        if isinstance(item, Parallel):
            return await self._at_once(run, ordinal, key, item, definition)
        here = StepRun(run_id, segment, ordinal, 1, key, StepStatus.RUNNING, state_before=run.state, worker=self.worker)
        if item.when is not None and not item.when(run.state):
            return await self._skip(run, here, definition)
        if isinstance(item, Wait):
            return await self._wait(run, here, item)
        rank, boundary = suspicion.rank(attempted), self.gate.boundary
        turn = suspicion.by_turns(self.store, rank, boundary, self.apart)
        async with turn, self.room.entered(rank, boundary) as waited:
            if waited or rank != suspicion.CLEAR:
                await self._keep_place(run)
            begun = await self._begin(run, here, attempted, item)
            if begun is None:
                await self._keep_place(run)
                return END
            return await self._made(run, begun, item, attempted, definition)

    async def _at_once(
        self, run: Run, ordinal: int, key: str, item: Parallel[Context], definition: Definition[Context]
    ) -> Told:
        begun = await self.store.write(members.entered, run, ordinal, key, item)
        if begun is None:
            await self._keep_place(run)
            return END
        run, passage = begun
        told, decided = await SideBySide(self, run, passage, item, definition).taken()
        if decided is not None and "rollback" in told:
            return await self._after(run, decided, told)
        if told["next"] is None:
            await self.reporter.ended(run.id)
        return told

    async def _keep_place(self, run: Run) -> None:
        """Leave the walk where the run is paused, or stands in line: a crash left it to the engine all the same."""
        if await self.store.read(transitions.has_to_wait, run):
            await self.store.write(transitions.set_aside, run)
            await self.reporter.ended(run.id)
            self.gate.set_aside(run.id)

    async def _made(
        self,
        run: Run,
        here: StepRun,
        item: Step[Context],
        attempted: list[StepRun],
        definition: Definition[Context],
    ) -> Told:
        """The attempt, which was begun; where it is stopped, that is written down."""
        try:
            return await self._attempt(run, here, item, attempted, definition)
        except asyncio.CancelledError:
            # Stopped in order: no crash, so it does not count as one. Blocking, since it has to be written
            # before anybody else begins, and at the end of a loop its tasks are cancelled more than once.
            if self.gate.closed:
                self.store.write_now(steps.hand_over, here)
            elif self.gate.is_aside(run.id):
                self.store.write_now(transitions.set_aside, run, here)
                await self.reporter.ended(run.id)
            else:
                await self.store.write(steps.stopped, here)
            raise

    # --- before ----------------------------------------------------------------------------

    async def _begin(self, run: Run, here: StepRun, attempted: list[StepRun], item: Step[Context]) -> StepRun | None:
        """Write the attempt down, and with it the tree that it starts from; None where the run was just stopped, or
        has no place any more."""
        mark = ""
        before = attempted[-1] if attempted else None
        if before is not None:
            if not item.resumes:
                mark = before.mark_before
            here = replace(here, attempt=before.attempt + 1)
        elif here.ordinal == 0 and here.segment > 0:
            mark = await self.store.read(beginnings.tree_of, run, (item.key,), resumes=item.resumes)
        here = replace(here, mark_before=mark or await self.trees.mark(run))
        if not await self.store.write(attempts.begun, here, before):
            return None
        await self.reporter.changed(run.id)
        return here

    async def _skip(self, run: Run, here: StepRun, definition: Definition[Context]) -> Told:
        told = {"next": definition.after(here.key)}
        mark = await self.trees.mark(run)
        row = replace(
            here, status=StepStatus.SKIPPED, next=told, mark_before=mark, mark_after=mark, ended_at=time.time()
        )
        await self.store.write(attempts.passed, row, ends=told["next"] is None)
        return told

    async def _wait(self, run: Run, here: StepRun, item: Wait) -> Told:
        question = questions.approval(run, here, item, time.time())
        mark = await self.trees.mark(run)
        row = replace(here, status=StepStatus.WAITING, next=END, mark_before=mark, mark_after=mark)
        await self.store.write(attempts.asked, row, question)
        await self.reporter.ended(run.id)
        return END

    # --- the step itself -------------------------------------------------------------------

    async def _attempt(
        self,
        run: Run,
        here: StepRun,
        item: Step[Context],
        before: list[StepRun],
        definition: Definition[Context],
    ) -> Told:
        result = await self.run_step(run, here, item, before)
        if isinstance(result, failure_policy.Again):
            return result.told
        return await self._record(run, here, item, result, definition, before)

    # --- after -----------------------------------------------------------------------------

    async def _record(
        self,
        run: Run,
        here: StepRun,
        item: Step[Context],
        result: Result,
        definition: Definition[Context],
        before: list[StepRun],
    ) -> Told:
        try:
            mark = await self.trees.record(run, here.key, here.attempt)
        except StoreError:
            raise  # the database's disk is full, say: the step is over, and is recorded when there is room
        except Exception as error:  # noqa: BLE001 - what is not a lack of room is raised again, or is the step's failure
            if (lack := no_room(error)) is None:
                mark, result = self._unrecorded(here, result, error)
            else:
                after = await self.put_off(run, here, item, before, lack)
                if isinstance(after, failure_policy.Again):
                    return after.told
                mark, result = here.mark_before, after
        result, told, then = failure_policy.leads_to(_storable(result), run.options.failure, definition, here, before)
        await self.store.write(attempts.ended, run, here, item, result, told, mark, then)
        if isinstance(then, failure_policy.TakeBack):
            return await self._after(run, replace(here, reason=then.why), told)
        if told.get("next", here.key) is None:
            await self.reporter.ended(run.id)
        else:
            await self.reporter.changed(run.id)
        return told

    async def _after(self, run: Run, here: StepRun, told: Told) -> Told:
        """What the queue is told of an attempt that is recorded; a run that is to be taken back for it is so first."""
        if "rollback" not in told:
            return told
        await self.reporter.changed(run.id)
        try:
            await self.take_back(run, here, Mode(told["rollback"]))
        except TransientError as trouble:
            log.warning("run %s: it is taken back a moment later: %s", run.id, trouble)
            return {"again_in": max(trouble.retry_after or 0.0, _TAKE_BACK_SECONDS)}
        await self.reporter.ended(run.id)
        return END

    def _unrecorded(self, here: StepRun, result: Result, error: Exception) -> tuple[str, Result]:
        """The mark and the result of a step whose tree could not be recorded; the error where it stays one."""
        if isinstance(error, UserError):  # the step left something in the tree that is never taken in
            return here.mark_before, Failed(str(error), advice=(RETRY,))
        if isinstance(error, TransientError) and isinstance(result, Failed):
            return here.mark_before, result  # what the step failed for stands in the way of this, too
        raise error
