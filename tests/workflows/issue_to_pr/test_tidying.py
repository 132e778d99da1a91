"""Left-overs are taken out of the run's own tree, journaled, and come back neither by a repetition nor by a rework."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sandbox.journal import Where
from tests.fakes.steps_by_hand import RUN, ByHand, by_hand
from workflows.agent.transcript import Row, RowKind
from workflows.definition import Done, Result
from workflows.issue_to_pr.implementing import _carried
from workflows.issue_to_pr.tidying import tidy
from workflows.ports import Message, ToolCall
from workflows.services import StepContext

ROWS = [Row(0, RowKind.REPLY, Message("assistant", "", (ToolCall("1", "shell", '{"command": "pytest --cov"}'),)), "t")]


def left_by_a_command(run: ByHand, *names: str) -> None:
    for name in names:
        (run.tree / name).parent.mkdir(exist_ok=True)
        (run.tree / name).write_text("left")
    asyncio.run(run.services.workspaces.record_at(run.run, Where(RUN, "implement", 1, 1, "shell")))


async def tidied(ctx: StepContext) -> Result:
    return Done(await tidy(ctx, await ctx.workspace(), ROWS, ()))


def test_left_overs_are_taken_out_once_and_told_also_after_a_repetition(tmp_path: Path) -> None:
    with by_hand(tmp_path, {"a.py": "x = 1\n"}) as run:
        run.change(b__py="y = 1\n")
        left_by_a_command(run, ".coverage", "build/x")
        before = asyncio.run(run.services.workspaces.mark(run.run))
        for _ in range(2):
            run.take(tidied, "implement")
            assert run.state["left_out"] == [".coverage", "build/x"]
            assert sorted(path.name for path in run.tree.rglob("*") if path.is_file()) == ["a.py", "b.py"]
        assert run.state["tidied"]["from"] == before

        async def carried(ctx: StepContext) -> Result:
            assert _carried(ctx, before) == run.state["tidied"]["to"]
            return Done()

        run.take(carried, "implement")
        left_by_a_command(run, "coverage.xml")
        run.take(tidied, "implement")
        assert run.state["left_out"] == [".coverage", "build/x", "coverage.xml"]
