"""The agent at work in a run's own tree: each of its turns is journaled, and it goes on from its transcript."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from sandbox.backend import CommandLimits
from sandbox.errors import TreeRefused
from sandbox.trees.workspace import Recorded as Change
from sandbox.trees.workspace import Workspace
from workflows.agent import loop
from workflows.agent.conversation import Task
from workflows.agent.endings import Ended, Finished, OutOfBudget
from workflows.agent.loop import AgentKit, PersonAnswer, TreeAfter
from workflows.agent.stored_transcript import SqlTranscript
from workflows.agent.tools.toolbox import Toolbox
from workflows.agent.transcript import Row, last_mark
from workflows.checks.plan import Commands
from workflows.services import StepContext
from workflows.steps.alongside import Work, alongside
from workflows.store.run_rows.beginnings import beginning_of


async def agent_at_work(
    ctx: StepContext,
    step: str,
    task: Task,
    commands: Commands,
    *,
    answer: PersonAnswer | None = None,
    carried: Callable[[str], str] = lambda mark: mark,
    remarks: Callable[[Change], str] = lambda change: "",
    beside: Work | None = None,
) -> tuple[Ended, Sequence[Row]]:
    """Have the agent do a task in the run's own tree; how that ended, and all that was said.

    `step` names the conversation. `carried` says what a mark of an earlier turn has become since, `remarks` what the
    model is told of what a turn changed. `beside` is done meanwhile, and waited for where the work is done.
    """
    workspace = await ctx.workspace()
    name = f"{step}-{ctx.run.generation}"
    transcript = SqlTranscript(ctx.services.store, ctx.run.id, name, ctx.here.key, ctx.services.redact)
    mark = carried(last_mark(await transcript.load())) or await _begins_at(ctx)
    await ctx.services.workspaces.take_up(ctx.run, mark)
    await ctx.services.boxes.prepare(ctx.run, workspace, commands, mark=mark)
    async with ctx.services.boxes.over(workspace, ctx.run) as box, alongside(beside, f"run {ctx.run.id}") as other:
        desk = AgentKit(
            model=ctx.model_behind(transcript.behind),
            tools=Toolbox(box, workspace.files, limits=commands.within(CommandLimits())),
            transcript=transcript,
            record=_Recorder(ctx, workspace, mark, remarks),
            changed=ctx.changed,
            boundary=ctx.boundary,
        )
        bounds, spent = ctx.run.options.bounds, await ctx.spent()
        ended = await loop.run(task, desk, bounds=bounds, spent=spent, answer=answer)
        if beside is not None and isinstance(ended, Finished | OutOfBudget):
            await ctx.say("waiting for the checks of the base")
            await other.ended(ctx.boundary)
    return ended, await transcript.load()


async def _begins_at(ctx: StepContext) -> str:
    """The tree before the first turn, also where an attempt was cut before that was kept: its calls are made again."""
    first = await ctx.services.store.read(beginning_of, ctx.run.id, ctx.here.key)
    return ctx.here.mark_before if first is None else first.mark_before


class _Recorder:
    """Journals each turn of the agent; what the tree may not hold is told to the model."""

    def __init__(self, ctx: StepContext, workspace: Workspace, mark: str, remarks: Callable[[Change], str]) -> None:
        self._ctx = ctx
        self._workspace = workspace
        self._mark = mark
        self._remarks = remarks

    async def __call__(self, turn: int, tool: str) -> TreeAfter:
        ledger = self._ctx.services.ledger
        try:
            recorded = await asyncio.to_thread(self._workspace.record, ledger, self._ctx.where(turn, tool))
        except TreeRefused as refusal:
            return TreeAfter(self._mark, f"Your change cannot be kept: {refusal}")
        self._mark = recorded.after
        return TreeAfter(self._mark, await asyncio.to_thread(self._remarks, recorded))
