"""A small workflow whose steps write into a folder, for tests of the engine: what ran can be read from files."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.fakes.tables import make_tables
from workflows.advice import RETRY
from workflows.definition import (
    Definition,
    Done,
    Exit,
    Failed,
    Parallel,
    Result,
    Retry,
    Slot,
    Step,
    Touches,
    Wait,
    WaitFor,
)
from workflows.engine.durable.engine import Engine
from workflows.engine.walker import Walker
from workflows.errors import TransientError, UserError
from workflows.runs.control import Asker, Runs
from workflows.store.database import Store
from workflows.store.records import Run, StepRun
from workflows.values import Options


@dataclass(frozen=True, slots=True)
class ToyContext:
    run: Run
    here: StepRun
    folder: Path

    def did(self, what: str) -> None:
        with (self.folder / "log").open("a") as log:
            log.write(f"{what}\n")

    def told(self, name: str) -> bool:
        return (self.folder / name).exists()


class FileTrees:
    """The workspace is one file; its mark is its text."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "tree"

    async def mark(self, run: Run) -> str:
        return self._file.read_text() if self._file.exists() else ""

    async def take_up(self, run: Run, mark: str) -> None:
        self._file.write_text(mark)

    async def record(self, run: Run, step: str, attempt: int) -> str:
        return await self.mark(run)


class RememberingReporter:
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []

    async def changed(self, run_id: str) -> None:
        self.calls.append(("changed", run_id))

    async def ended(self, run_id: str) -> None:
        self.calls.append(("ended", run_id))


async def first(ctx: ToyContext) -> Result:
    ctx.did("first")
    _append(ctx, "1")
    return Done({"seen": ["first"]}, "began")


async def shaky(ctx: ToyContext) -> Result:
    ctx.did(f"shaky {ctx.here.attempt}")
    _append(ctx, "2")
    if ctx.told("die"):
        (ctx.folder / "die").unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    if ctx.told("busy") and ctx.here.attempt == 1:
        raise TransientError("busy", retry_after=0.05)
    if ctx.told("refuse"):
        raise UserError("It is refused.", "Remove the file.")
    if ctx.told("bug"):
        raise ZeroDivisionError
    if ctx.told("fail"):
        return Failed("it did not work", advice=(RETRY,), output="the end", state={"tried": True})
    if ctx.told("odd"):
        odd, seen = "od\udcff\0", [*ctx.run.state["seen"], "shaky"]
        kinds = {"done": Done({"seen": seen}, odd), "failed": Failed(odd, output=odd), "asks": WaitFor(odd)}
        return kinds[(ctx.folder / "odd").read_text()]
    if ctx.told("ask") and "answer" not in ctx.run.state:
        return WaitFor("which one?")
    while ctx.told("hold"):
        await asyncio.sleep(0.01)
    if ctx.told("hang"):
        await asyncio.sleep(600)
    return Done({"seen": [*ctx.run.state["seen"], "shaky"]})


async def again(ctx: ToyContext) -> Result:
    ctx.did("again")
    if ctx.told("loop") and not ctx.run.state.get("looped"):
        return Exit("once more", {"looped": True}, "once more")
    return Done({"seen": [*ctx.run.state["seen"], "again"]})


async def last(ctx: ToyContext) -> Result:
    ctx.did("last")
    _append(ctx, "4")
    return Done({"seen": [*ctx.run.state["seen"], "last"]}, "finished")


def _append(ctx: ToyContext, text: str) -> None:
    with (ctx.folder / "tree").open("a") as tree:
        tree.write(text)


TOY: Definition[ToyContext] = Definition(
    "toy",
    "A toy",
    (
        Step("first", "Begin", first),
        Step("shaky", "Be shaky", shaky, retry=Retry(attempts=2, first=0.05), skipped={"shaky": False}),
        Step("again", "Maybe go back", again, exits={"once more": "shaky"}),
        Wait(
            "approval",
            "Ask",
            question=lambda state: "All right?",
            when=lambda state: state.get("approve", False),
            rejected="shaky",
            expires=timedelta(hours=1),
        ),
        Step("last", "End", last),
    ),
)


RENAMED = replace(
    TOY, items=tuple(replace(item, key="firm") if item.key == "again" else item for item in TOY.items), version=2
)
"""A later version of it, which calls a step otherwise."""


async def member(ctx: ToyContext) -> Result:
    """One of those that run at once. `left.hold`, `left.fail`, ... say what becomes of the one called `left`."""
    key = ctx.here.key

    def told(what: str) -> bool:
        return ctx.told(f"{key}.{what}")

    ctx.did(f"{key} {ctx.here.attempt}")
    while told("hold"):
        await asyncio.sleep(0.01)
    if told("die"):
        (ctx.folder / f"{key}.die").unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    if told("busy") and ctx.here.attempt == 1:
        raise TransientError("busy", retry_after=0.05)
    if told("write"):
        _append(ctx, key)
    if told("fail"):
        return Failed(f"{key} did not work", advice=(RETRY,), output="the end")
    if told("ask") and "answer" not in ctx.run.state:
        return WaitFor(f"{key}: which one?")
    if told("beyond"):
        return Done({"first": "changed"})
    ctx.did(f"{key} is done")
    return Done({key: ctx.run.state.get("answer", ctx.here.attempt)}, f"{key} has looked")


def _one(key: str, **how: Any) -> Step[ToyContext]:
    gives = (Slot(key, object),)
    return Step(key, key.title(), member, gives=gives, touches=Touches.READS, retry=Retry(first=0.05), **how)


PAIR: Definition[ToyContext] = Definition(
    "pair",
    "A pair",
    (
        Step("first", "Begin", first),
        Parallel("both", "Look at both", (_one("left"), _one("right", skipped={"right": None}))),
        Step("last", "End", last, needs=(Slot("left", object), Slot("right", object))),
    ),
)
"""One with steps that run at once."""


def toy_walker(folder: Path, reporter: RememberingReporter | None = None) -> Walker[ToyContext]:
    store = Store(f"sqlite:///{folder / 'app.sqlite'}")
    make_tables(store)
    return Walker(
        store=store,
        definitions={"toy": RENAMED if (folder / "renamed").exists() else TOY, "pair": PAIR},
        trees=FileTrees(folder),
        reporter=reporter or RememberingReporter(),
        context=lambda run, here: ToyContext(run, here, folder),
    )


async def work(folder: Path, run_id: str | None, executor: str = "sqlite", dropped: str = "") -> None:
    """Start a run (or go on with one) and print its id; ends when the run stays as it is.

    Whatever other executors have left is taken over; where it says `dropped`, as what this one
    has dropped itself.
    """
    walker = toy_walker(folder)
    engine = Engine(walker, f"sqlite:///{folder / 'engine.sqlite'}", executor=executor)
    await engine.launch()
    if dropped:
        with closing(sqlite3.connect(folder / "engine.sqlite")) as database, database:
            database.execute("UPDATE workflow_status SET executor_id = ?", [executor])
        print(f"{executor} finds {[await engine.find_dropped() for _ in range(3)]}", file=sys.stderr)
    if others := await engine.owners() - {executor}:
        taken = [await engine.take_over(sorted(others)) for _ in range(2)]
        print(f"{executor} takes over from {others}: {taken}", file=sys.stderr)
    runs = Runs(walker.store, engine, walker.definitions, walker.reporter)
    await runs.mend()
    if not run_id:
        workflow = "pair" if (folder / "pair").exists() else "toy"
        run = await runs.start(
            workflow, repository="r", title="t", inputs={}, options=Options(), asker=Asker("me", "cli")
        )
        run_id = run.id
    print(run_id, flush=True)
    from workflows.store.run_rows.runs import get_run

    while (await walker.store.read(get_run, run_id)).status.active:
        await asyncio.sleep(0.05)
    for _ in range(100):  # the engine notes the end of a segment a moment after the run has it
        if executor not in await engine.owners():
            break
        await asyncio.sleep(0.05)
    await engine.close()


async def crowd(folder: Path, executor: str, at_once: int, number: int) -> None:
    """Start so many runs, and work on them until killed."""
    walker = toy_walker(folder)
    engine = Engine(walker, f"sqlite:///{folder / 'engine.sqlite'}", executor=executor, at_once=0)
    await engine.launch()
    engine.offer(at_once)
    runs = Runs(walker.store, engine, walker.definitions, walker.reporter)
    for _ in range(number):
        await runs.start("toy", repository="r", title="t", inputs={}, options=Options(), asker=Asker("me", "cli"))
    print("launched", flush=True)
    await asyncio.sleep(600)


if __name__ == "__main__" and sys.argv[2:3] == ["crowd"]:
    asyncio.run(crowd(Path(sys.argv[1]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5])))
elif __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1]), *(sys.argv[2:] or [""])))
