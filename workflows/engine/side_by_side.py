"""Takes steps that run at once: each is walked through its own attempts, all within one step of the queue.

So the queue knows nothing of members: after a death it asks for all of them again, and those that had ended say
so by their rows. Who stops the run, pauses it or ends the process reaches each of them; a member that failed for good
stops its siblings only where the run ends with it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic

from workflows.definition import Context, Definition, Exit, Parallel, Result, State, Step
from workflows.engine import attempts, failure_policy, logged, members, suspicion
from workflows.engine.attempts import Told
from workflows.engine.step_maker import StepMaker
from workflows.store.records import Run, StepRun
from workflows.store.run_rows import beginnings, runs, steps, transitions
from workflows.store.run_rows.passages import Passage
from workflows.values import StepStatus, Why

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class SideBySide(Generic[Context]):
    """One passage of a run through steps that run at once."""

    maker: StepMaker[Context]
    run: Run
    passage: Passage
    item: Parallel[Context]
    definition: Definition[Context]
    _tree: asyncio.Lock = field(default_factory=asyncio.Lock)
    _taken_up: set[str] = field(default_factory=set)

    async def taken(self) -> tuple[Told, StepRun | None]:
        """Make what is left to be made of it. What the queue is told, and the row that decided, as `members.closed`.

        asyncio.CancelledError as `Walker.take`, once no member is at work any more.
        """
        making = [member for member in self.item.members if member.key in self.passage.make]
        last = [one[-1] for member in making if (one := await self._attempted(member))]
        if not any(members.ends_all(one) for one in last):
            await self._all([asyncio.create_task(self._walked(member), name=member.key) for member in making])
        after = self.definition.after(self.item.key)
        return await self.maker.store.write(members.closed, self.run, self.passage, after)

    async def _all(self, tasks: Sequence[asyncio.Task[bool]]) -> None:
        """Until each has ended, or was left at a boundary; one that ends the run stops the others."""
        left, ends = set(tasks), False
        try:
            while left:
                done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
                if not ends and any(_is_well(task) and task.result() for task in done):
                    ends = True
                    for task in left:
                        task.cancel()
        except asyncio.CancelledError:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise
        if not ends:
            await self._leave(tasks)

    async def _leave(self, tasks: Sequence[asyncio.Task[bool]]) -> None:
        """Leave the walk where a member was left, since the process is to end or the run is paused, or could not go on.

        Only now, since the run's place and its line are for whoever finds nothing of it at work.
        """
        gate, run_id = self.maker.gate, self.run.id
        if any(task.cancelled() for task in tasks):
            if gate.is_aside(run_id) and not gate.closed:
                self.maker.store.write_now(transitions.set_aside, self.run)
                await self.maker.reporter.ended(run_id)
            raise asyncio.CancelledError("a step was left at a boundary")
        for task in tasks:
            task.result()

    async def _walked(self, item: Step[Context]) -> bool:
        """Try one member until it has ended, if it has not; whether the run ends with it."""
        with logged.about(run=self.run.id, step=item.key):
            while True:
                attempted = await self._attempted(item)
                if attempted and members.has_ended(attempted[-1]):
                    return members.ends_all(attempted[-1])
                await self._rest(attempted)
                run = await self._standing()
                if run is None:
                    return False
                here = StepRun(
                    run.id,
                    run.segment,
                    self.passage.place_of(item.key),
                    attempted[-1].attempt + 1 if attempted else 1,
                    item.key,
                    StepStatus.RUNNING,
                    state_before=run.state,
                    worker=self.maker.worker,
                )
                run = replace(run, state=self._seen(run.state, item, attempted))
                if item.when is not None and not item.when(run.state):
                    await self._passed_by(run, here)
                else:
                    await self._tried(run, here, item, attempted)

    async def _tried(self, run: Run, here: StepRun, item: Step[Context], before: list[StepRun]) -> None:
        """One attempt, in its turn where it is suspected; nothing where the run was just stopped, or lost its place."""
        rank, boundary = suspicion.rank(before), self.maker.gate.boundary
        turn = suspicion.by_turns(self.maker.store, rank, boundary, self.maker.apart)
        async with turn, self.maker.room.entered(rank, boundary):
            if await self._standing() is None:
                return
            here = replace(here, mark_before=before[-1].mark_before if before else await self._mark(run))
            last = before[-1] if before else None
            if not await self.maker.store.write(attempts.begun, here, last, self._named):
                return
            await self.maker.reporter.changed(run.id)
            await self._made(run, here, item, before)

    async def _mark(self, run: Run) -> str:
        """The tree from which all of them start (see `Walker`): that of before, where a segment goes back to them."""
        mark = ""
        if self.passage.ordinal == 0 and self.passage.segment > 0:
            mark = await self.maker.store.read(beginnings.tree_of, run, self.passage.members)
        return mark or await self.maker.trees.mark(run)

    async def _made(self, run: Run, here: StepRun, item: Step[Context], before: list[StepRun]) -> None:
        """The attempt, which was begun; where it is stopped, that is written down (see `Walker`)."""
        gate, store = self.maker.gate, self.maker.store
        try:
            only = frozenset(slot.key for slot in item.gives)
            result = await self.maker.run_step(run, here, item, before, self._ready, only)
            if isinstance(result, failure_policy.Again):
                return  # which is written down
            result = _kept_to(result, run, item, only)
            result, told, then = failure_policy.leads_to(result, run.options.failure, self.definition, here, before)
            if isinstance(then, failure_policy.Again):
                result = replace(result, state={})  # what it must know of that, it sees by its own attempts
            told = members.told_of(result, told, then, item)
            await store.write(members.ended, here, result, told, then)
        except asyncio.CancelledError:
            if gate.closed or gate.is_aside(run.id):
                store.write_now(steps.hand_over, here)
            else:
                await store.write(steps.stopped, here)
            raise
        await self.maker.reporter.changed(run.id)

    async def _passed_by(self, run: Run, here: StepRun) -> None:
        """A member that is not needed."""
        mark, told = await self.maker.trees.mark(run), {"next": self.definition.after(here.key)}
        row = replace(
            here, status=StepStatus.SKIPPED, next=told, mark_before=mark, mark_after=mark, ended_at=time.time()
        )
        await self.maker.store.write(attempts.passed, row, ends=False)

    @property
    def _named(self) -> str:
        """What the run is at meanwhile: all of them, or the only one that is made."""
        make = self.passage.make
        return make[0] if len(make) == 1 else self.item.key

    async def _attempted(self, item: Step[Context]) -> list[StepRun]:
        place = self.passage.place_of(item.key)
        return await self.maker.store.read(steps.attempts_at, self.run.id, self.passage.segment, place)

    async def _standing(self) -> Run | None:
        """The run, None where it is not at this walk any more; asyncio.CancelledError where it is paused."""
        run = await self.maker.store.read(runs.get_run, self.run.id)
        if not run.status.active or run.segment != self.passage.segment:
            return None
        if await self.maker.store.read(transitions.has_to_wait, run):
            self.maker.gate.set_aside(run.id)
        return run

    async def _rest(self, attempted: Sequence[StepRun]) -> None:
        """Let the pause pass that was told of before the next attempt, as far as it has not."""
        told = attempted[-1].next.get("again_in") if attempted else None
        if told is not None:
            ended = attempted[-1].ended_at or time.time()
            end = time.monotonic() + min(told, max(0.0, ended + told - time.time()))
            while (left := end - time.monotonic()) > 0:
                self.maker.gate.boundary()
                await asyncio.sleep(min(left, _LOOK_SECONDS))

    async def _ready(self, run: Run, here: StepRun) -> None:
        """Have the run's tree here before the first of them begins; from then on nobody may touch it."""
        async with self._tree:
            if not self._taken_up:
                await self.maker.trees.take_up(run, here.mark_before)
                self._taken_up.add(here.mark_before)

    def _seen(self, state: State, item: Step[Context], attempted: Sequence[StepRun]) -> State:
        """The run's state as that member sees it: the same, whatever its siblings have come to meanwhile."""
        theirs = {slot.key for one in self.item.members if one is not item for slot in one.gives}
        if self.passage.asked != item.key:
            theirs.add("answer")  # to what a sibling has asked, or a step before
        again = attempted[-1].next if attempted else {}
        resumed = {"resumed": f"{self.passage.segment}.{again['number']}"} if again.get("why") == Why.FAILED else {}
        return {**{key: value for key, value in state.items() if key not in theirs}, **resumed}


def _is_well(task: asyncio.Task[bool]) -> bool:
    return not task.cancelled() and task.exception() is None


def _kept_to(result: Result, run: Run, item: Step[Any], only: frozenset[str]) -> Result:
    """The result, where it is one that a member may come to; what it may not is an error of ours."""
    beyond = sorted(set(result.state) - only)
    if isinstance(result, Exit) or beyond:
        what = f"leaves by {result.name!r}" if isinstance(result, Exit) else f"writes {', '.join(beyond)}"
        log.error("run %s, step %s: it %s, which nothing that runs beside others may", run.id, item.key, what)
        return failure_policy.of_ours(run.id)
    return result
