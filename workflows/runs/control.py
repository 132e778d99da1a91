"""What can be done with a run from outside: start, answer, resume, retry, skip, abort.

Each of them ends the same way: the run's row says which segment comes next, and so it stands
in line; where there is a free place, the engine is asked for it at once. The row is committed
first, so a crash in between is mended by `mend`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from workflows.definition import Definition, State, Step, Wait
from workflows.engine import admission
from workflows.engine.admission import RunLimits
from workflows.engine.stored_definition import OtherDefinition, begins_at, definition_for, here_for
from workflows.engine.stored_definition import record_of as record_of
from workflows.errors import RunError
from workflows.model.spending.daily_caps import DailyCaps
from workflows.ports import Reporter
from workflows.runs import joining, mending
from workflows.runs.mending import Segments as Segments
from workflows.runs.run_ids import new_id
from workflows.store import audit
from workflows.store.audit import Asker as Asker
from workflows.store.cluster import pauses
from workflows.store.database import Store
from workflows.store.records import DefinitionRecord, Question, Run, StepRun
from workflows.store.run_rows import definition_rows, runs, transitions, waits
from workflows.store.run_rows.line import run_queue
from workflows.values import Options, RunStatus


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of one store, driven through one engine."""

    store: Store
    engine: Segments
    definitions: Mapping[str, Definition[Any]]
    reporter: Reporter
    limits: RunLimits = field(default_factory=RunLimits)
    caps: DailyCaps = field(default_factory=DailyCaps)

    async def start(
        self,
        workflow: str,
        *,
        repository: str,
        title: str,
        inputs: Mapping[str, Any],
        options: Options,
        asker: Asker,
        active_key: str | None = None,
    ) -> Run:
        """Start a run, or give back the live one that already works on `active_key`.

        Where it is paused a server's run stands in line until it is not; RunError on a command line.
        DayIsSpent where its account, or those without write permission, may spend nothing more today; a
        run that one of the latter causes says so in its inputs, as `outsider`.
        """
        await self._may_begin(repository)
        definition = self.definitions[workflow]
        first = definition.keys[0]
        record = record_of(definition)
        run = Run(
            id=new_id(),
            workflow=workflow,
            version=definition.version,
            definition=record.digest,
            status=RunStatus.PENDING,
            repository=repository,
            title=title,
            inputs=inputs,
            options=options,
            state={},
            current_step=first,
            segment=0,
            generation=0,
            active_key=active_key,
        )
        kept = await self.store.write(self._insert, record, run, asker)
        if kept.id == run.id:
            await self.admit(run.id)
            await self.reporter.changed(run.id)
        return kept

    async def answer(
        self,
        run_id: str,
        answer: str,
        *,
        asker: Asker,
        reason: str = "",
        binding: str | None = None,
    ) -> Run:
        """Answer what a run waits for: "approve" or "reject", or free text where it asked a question.

        With `binding`, an approval counts only where the question is still about the same.
        """
        run = await self.store.read(runs.get_run, run_id)
        question = await self.store.read(waits.open_question, run_id)
        if run.status is RunStatus.WAITING and question is None:
            raise RunError(f"Run {run.id} was answered or stopped by somebody at this moment.", "Look again.")
        if run.status is not RunStatus.WAITING or question is None:
            raise RunError(f"Nothing to answer: run {run.id} is {run.status} at step {run.current_step}.")
        if binding is not None and question.binding != binding:
            raise RunError(
                f"Run {run.id} asks about something newer than what was answered.", "Look again, then answer."
            )
        key = await self._goes_on_at(run, question, answer)
        if key is None:
            return await self.abort(run.id, asker=asker, reason=reason or "the answer was no")
        gained: dict[str, Any] = {"answer": answer} if question.kind == "question" else {"rejection": ""}
        if answer == "reject":
            gained = {"rejection": reason or "no reason was given"}
        if question.kind == "question":
            goes_on = await self.store.read(joining.stopped_at, run, asked=key)
            key, gained = goes_on.key, {**gained, **goes_on.gained}
        return await self._go_on(
            run, key, asker, f"answer:{answer}", gained=gained, answered=(question, answer, reason)
        )

    async def resume(self, run_id: str, *, asker: Asker, options: Options | None = None) -> Run:
        """Go on where a failed or aborted run stopped, keeping what its step had done."""
        run = await self.store.read(runs.get_run, run_id)
        run.need_records()
        if run.status not in (RunStatus.FAILED, RunStatus.ABORTED):
            raise RunError(
                f"Nothing to resume: run {run.id} is {run.status} at step {run.current_step}.",
                "Answer it." if run.status is RunStatus.WAITING else "Name a step to do it again.",
            )
        await self.store.read(self.caps.check, run)
        goes_on = await self.store.read(joining.stopped_at, run)
        gained = {"resumed": run.segment + 1, **goes_on.gained}
        return await self._go_on(run, goes_on.key, asker, "resume", gained=gained, options=options)

    async def retry(self, run_id: str, key: str, *, asker: Asker, options: Options | None = None) -> Run:
        """Do a step and all behind it again, from the workspace and the state that it began with.

        A run that cannot go on with the definition that it was begun with goes on with this version's
        from there, where its state then suffices.
        """
        run = await self.store.read(runs.get_run, run_id)
        run.need_records()
        if run.status.active:
            raise RunError(f"Run {run.id} is at work at step {run.current_step}.", "Abort it first.")
        here = here_for(self.definitions, run)
        stored = await self.store.read(definition_rows.definition_of, run)
        if not any(key in names for names in stored.places):
            here.item(key)  # which names the steps there are
        goes_on = await self.store.read(joining.begun_at, run, key, stored.place(key))
        if goes_on is None:
            raise RunError(f"Run {run.id} has not come to step {key!r} yet.", "Retry an earlier one.")
        await self.store.read(self.caps.check, run)
        state, adopted = goes_on.gained, None
        try:
            await self._definition(run, goes_on.key, state)
        except OtherDefinition:
            if not begins_at(here, goes_on.key, state):
                raise
            adopted = record_of(here)
        return await self._go_on(
            run, goes_on.key, asker, f"retry:{key}", state=state, options=options, fresh=True, adopted=adopted
        )

    async def skip(self, run_id: str, key: str = "", *, asker: Asker) -> Run:
        """Leave out the step at which a run failed, and go on behind it.

        Where several failed that ran at once, `key` names one of them; the others are made again. What is left out
        stays so when a sibling of it is made again.
        """
        run = await self.store.read(runs.get_run, run_id)
        run.need_records()
        if run.status is not RunStatus.FAILED:
            raise RunError(f"Nothing to skip: run {run.id} is {run.status} at step {run.current_step}.")
        failed = await self.store.read(joining.failed_in, run)
        if not key and run.current_step not in failed and len(failed) > 1:
            raise RunError(f"Run {run.id} failed at {', '.join(failed)}.", "Name the one that is to be left out.")
        key = key or (run.current_step if run.current_step in failed else failed[0])
        if key not in failed:
            raise RunError(f"Run {run.id} did not fail at step {key!r}.", f"It failed at {', '.join(failed)}.")
        definition = await self._definition(run, key)
        item, after = definition.item(key), definition.after(key)
        goes_on = await self.store.read(joining.without, run, key, after)
        if not isinstance(item, Step) or item.skipped is None or goes_on is None:
            can = ", ".join(definition.optional) or "no step"
            raise RunError(f"Run {run.id} cannot do without step {item.key}.", f"What can be skipped: {can}.")
        gained = {**item.skipped, **goes_on.gained}
        left_out = await self.store.read(joining.left_out, run, key, item.skipped, after)
        return await self._go_on(run, goes_on.key, asker, f"skip:{item.key}", gained=gained, left_out=left_out)

    async def abort(self, run_id: str, *, asker: Asker, reason: str = "", seen: Run | None = None) -> Run:
        """Stop a run where it is. What it did stays; it can be resumed, retried or rolled back.

        With `seen`, only where nobody has had it go on since it was looked at.
        """
        run = await self.store.write(transitions.abort, run_id, asker, reason, seen)
        if not run.in_line:
            await self.engine.cancel(run.id, run.segment)
        await self.reporter.ended(run.id)
        return await self.store.read(runs.get_run, run_id)

    async def carried_out(self, run_id: str, asker: Asker) -> bool:
        """Whether this was done already before a crash; what may have been lost then is asked for again."""
        if not await self.store.read(audit.knows, run_id, asker.reference):
            return False
        run = await self.store.read(runs.get_run, run_id)
        if run.in_line:
            await self.admit(run.id)
        elif run.status is RunStatus.PENDING:
            await self.engine.enqueue(run.id, run.segment, run.current_step, run.machine)
        elif run.status is RunStatus.ABORTED and run.admitted >= run.segment:
            await self.engine.cancel(run.id, run.segment)
        return True

    async def admit(self, asked: str = "") -> list[str]:
        """Give the free places to who is next in line, and ask the engine for those runs; their ids.

        `asked` is the run that somebody waits for here and now.
        """
        if not await self.store.read(admission.next_ones, self.limits, asked):
            return []
        admitted = await self.store.write(admission.admit, self.limits, asked)
        for one in admitted:
            await self.engine.enqueue(one.run_id, one.segment, one.key, one.machine)
        for run_id in await self.store.read(run_queue.front, run_queue.SHOWN + 1) if admitted else ():
            await self.reporter.changed(run_id)
        return [one.run_id for one in admitted]

    async def mend(self) -> list[str]:
        """As `mending.mend`; the runs' ids."""
        return await mending.mend(self.store, self.engine, self.reporter)

    async def find_lost(self) -> list[str]:
        """As `mending.find_lost`; the runs' ids."""
        return await mending.find_lost(self.store, self.engine, self.reporter)

    async def _may_begin(self, repository: str) -> None:
        """Nobody sits at a terminal for days until a pause has ended: RunError there."""
        if self.limits.local:
            await self.store.read(pauses.must_not_hold, repository)

    def _insert(self, db: sa.Connection, record: DefinitionRecord, run: Run, asker: Asker) -> Run:
        kept = transitions.insert(db, record, run, asker)
        if kept.id == run.id:
            self.caps.check(db, kept)
        return kept

    async def _definition(self, run: Run, at: str, state: State | None = None) -> Definition[Any]:
        return await definition_for(self.store, self.definitions, run, at, state)

    async def _goes_on_at(self, run: Run, question: Question, answer: str) -> str | None:
        if question.kind == "question":
            return question.step
        try:
            definition = await self._definition(run, question.step)
        except OtherDefinition:
            return question.step  # the walk says so
        item = definition.item(question.step)
        if answer not in ("approve", "reject"):
            raise RunError(f"Run {run.id} asks for a yes or a no.", "Approve or reject it.")
        assert isinstance(item, Wait), f"{item.key} asks for approval"
        return definition.after(item.key) if answer == "approve" else (item.rejected or None)

    async def _go_on(
        self,
        run: Run,
        key: str,
        asker: Asker,
        what: str,
        *,
        state: Mapping[str, Any] | None = None,
        gained: Mapping[str, Any] | None = None,
        options: Options | None = None,
        answered: tuple[Question, str, str] | None = None,
        fresh: bool = False,
        adopted: DefinitionRecord | None = None,
        left_out: StepRun | None = None,
    ) -> Run:
        """Commit which segment comes next, and have it go on where there is a place.

        `adopted` is a definition that it goes on with from now on, `left_out` an attempt as it counts from now on.
        """
        await self._may_begin(run.repository)
        segment = run.segment + 1
        shape = await self.store.read(definition_rows.definition_of, run) if adopted is None else adopted
        state = {**(run.state if state is None else state), **(gained or {})}
        columns: dict[str, Any] = {
            "status": RunStatus.PENDING,
            "segment": segment,
            "current_step": key,
            "state": joining.placed(state, segment, key, shape.place(key)),
            "error_text": "",
            "advice": [],
        }
        if fresh:
            columns["generation"] = segment
        if adopted is not None:
            columns |= {"version": adopted.version, "definition": adopted.digest}
            await self.store.write(definition_rows.define, adopted)
        await self.store.write(transitions.advance, run, columns, options, answered, asker, what, left_out)
        await self.admit(run.id)
        await self.reporter.changed(run.id)
        return await self.store.read(runs.get_run, run.id)
