"""A walk that a test takes by itself: a toy workflow, its runs, and an engine that only takes down what it is asked."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.toy_workflow import RememberingReporter, ToyContext, toy_walker
from workflows.engine.walker import Walker
from workflows.runs.control import Asker, Runs
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.values import Options

ME = Asker("me", "cli")


class StillEngine:
    """Takes segments down and starts none: the test walks by itself."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, str]] = []
        self.cancelled: list[tuple[str, int]] = []
        self.says: dict[str, str] = {}

    async def enqueue(self, run_id: str, segment: int, key: str, machine: str = "") -> None:
        self.asked.append((run_id, segment, key))

    async def cancel(self, run_id: str, segment: int) -> None:
        self.cancelled.append((run_id, segment))

    async def known(self, run_id: str, segment: int) -> str | None:
        return self.says.get(f"{run_id}-{segment}")


class Desk:
    """A walker, its runs, and a walk until the run stays as it is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reporter = RememberingReporter()
        self.walker: Walker[ToyContext] = toy_walker(folder, self.reporter)
        self.engine = StillEngine()
        self.runs = Runs(self.walker.store, self.engine, self.walker.definitions, self.reporter)

    async def start(self, workflow: str = "toy", /, options: Options | None = None, **state: object) -> Run:
        run = await self.runs.start(
            workflow,
            repository="r",
            title="t",
            inputs={},
            options=options or Options(),
            asker=ME,
            active_key="r#1",
        )
        if state:
            await self.walker.store.write(runs.merge_state, run.id, state)
        return await self.walk()

    async def walk(self) -> Run:
        run_id, segment, here = self.engine.asked[-1]
        ordinal, key = 0, here
        while key is not None:
            told = await self.walker.take(run_id, segment, ordinal, key)
            if "again_in" not in told:
                ordinal, key = ordinal + told.get("places", 1), told["next"]
        return await self.run(run_id)

    async def run(self, run_id: str) -> Run:
        return await self.walker.store.read(runs.get_run, run_id)

    @property
    def log(self) -> list[str]:
        return (self.folder / "log").read_text().splitlines()

    @property
    def tree(self) -> str:
        return (self.folder / "tree").read_text()
