"""A hundred and a thousand queued runs beside fifty and five hundred waiting ones: what grows, and how.

A worker in a process of its own walks short runs of a toy workflow. A place is free when a run
ends; the queue's latency is the time from there to the beginning of the next run in line.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import sqlalchemy as sa

import migrations
from bot.local.detached import NoEngine, NoReporter
from tests.bench.figures import Figure, middle
from tests.fakes import postgres
from tests.fakes.serving import Server
from tests.fakes.toy_workflow import FileTrees
from tests.fakes.warm_cli import ROOT
from workflows.cluster.membership import signed_in
from workflows.definition import Definition, Done, Result, Step, Wait
from workflows.engine.admission import Admission, Freeing, RunLimits
from workflows.engine.durable.engine import Engine
from workflows.engine.walker import Walker
from workflows.runs.control import Asker, Runs
from workflows.store.database import Store
from workflows.store.run_rows.line.fairness import AtOnce
from workflows.values import Options

PLACES = 4
REPOSITORIES = 20
LOADS = ((50, 100), (500, 1000))
"""Runs that wait for a person, and runs that are queued while they do."""

MOST_GROWTH = 1.5
"""Ten times the runs may cost so much more each."""
MOST_P99 = 1.0
_PATIENCE = 170
_ME = Asker("bench", "bench")


async def _nothing(context: object) -> Result:
    return Done({"seen": "x" * 500}, "did nothing")


_WORK = (Step("begin", "Begin", _nothing), Step("work", "Work", _nothing), Step("end", "End", _nothing))
_ASK = Wait("approval", "Ask", question=lambda state: "All right?")
DEFINITIONS: dict[str, Definition[object]] = {
    "brief": Definition("brief", "Works", _WORK),
    "asking": Definition("asking", "Asks, then works", (_ASK, *_WORK)),
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one load came to: bytes, seconds, runs per second."""

    memory: int
    per_run: float
    p50: float
    p99: float
    up: float
    start: float
    rate: float


def figures() -> Iterator[Figure]:
    yield from _on("SQLite", None)
    if postgres.programs() is not None:
        with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as home:
            postgres.start(Path(home), ("shared_buffers=64MB",))
            try:
                yield from _on("Postgres", Path(home))
            finally:
                postgres.stop(Path(home))


def _on(name: str, home: Path | None) -> Iterator[Figure]:
    few, many = (_load(home, waiting, queued) for waiting, queued in LOADS)
    what = f"{name}, {LOADS[1][1]} queued and {LOADS[1][0]} waiting; {LOADS[0][1]} and {LOADS[0][0]}"
    yield Figure(f"{what}: memory of the worker", many.memory / 1e6, few.memory / 1e6, MOST_GROWTH, unit="MB")
    yield Figure(f"{name}: growth for 1,000 runs", many.per_run / 1e3, few.per_run / 1e3, MOST_GROWTH, unit="MB")
    yield Figure(f"{name}: free place to next begin, p50", many.p50, few.p50, MOST_GROWTH)
    yield Figure(f"{name}: free place to next begin, p99", many.p99, few.p99, MOST_P99, absolute=True)
    yield Figure(f"{name}: asking for a run", many.start, few.start, MOST_GROWTH, unit="ms")
    yield Figure(f"{name}: start of the worker, to its first begin", many.up, few.up, MOST_GROWTH)
    yield Figure(f"{name}: runs done", many.rate, few.rate, unit="/s")


def _load(home: Path | None, waiting: int, queued: int) -> Loaded:
    with tempfile.TemporaryDirectory(prefix="pullwright-bench-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'app.sqlite'}" if home is None else postgres.database(home, f"load_{queued}")
        engine_url = f"sqlite:///{folder / 'engine.sqlite'}" if home is None else url
        store = Store(url)
        try:
            migrations.upgrade(store)
            before = _size(store, folder)
            asyncio.run(_start(store, "asking", waiting))
            with _worker(folder, url, engine_url) as server:
                _until(store, server, "waiting", waiting)
            took = asyncio.run(_start(store, "brief", queued))
            begun = time.time()
            with _worker(folder, url, engine_url) as server:
                _until(store, server, "completed", queued)
                memory = server.memory()
            grown = _size(store, folder) - before
            gaps, up, seconds = _gaps(store, begun)
        finally:
            store.close()
    return Loaded(
        memory=memory,
        per_run=grown / (waiting + queued),
        p50=gaps[len(gaps) // 2],
        p99=gaps[len(gaps) * 99 // 100],
        up=up,
        start=took,
        rate=queued / seconds,
    )


async def _start(store: Store, workflow: str, number: int) -> float:
    """Have that many runs stand in line, over all repositories; the seconds that one of them took, the middle one."""
    runs = Runs(store, NoEngine(), DEFINITIONS, NoReporter(), RunLimits(lambda db: 0))
    took = []
    for at in range(number):
        begun = time.perf_counter()
        await runs.start(
            workflow,
            repository=f"github.com/o/r{at % REPOSITORIES}",
            title=f"Run {at}",
            inputs={"installation": 1, "text": "x" * 500},
            options=Options(),
            asker=_ME,
        )
        took.append(time.perf_counter() - begun)
    return middle(took)


def _until(store: Store, server: Server, status: str, number: int) -> None:
    end = time.monotonic() + _PATIENCE
    query = sa.text("SELECT count(*) FROM workflow_runs WHERE status = :status")
    while store.read_now(lambda db: db.scalar(query, {"status": status})) != number:
        if time.monotonic() > end or server.process.poll() is not None:
            raise AssertionError(f"not {number} runs are {status}:\n{server.said()}")
        time.sleep(0.1)


def _gaps(store: Store, begun: float) -> tuple[list[float], float, float]:
    """From each free place to the next run's begin, sorted; from `begun` to the first one; and to the last end."""
    query = sa.text(
        "SELECT min(s.started_at) AS began, max(s.ended_at) AS ended FROM workflow_steps s"
        " JOIN workflow_runs r ON r.id = s.run_id WHERE r.workflow = 'brief' GROUP BY s.run_id"
    )
    rows = store.read_now(lambda db: list(db.execute(query)))
    begins, ends = sorted(row.began for row in rows), sorted(row.ended for row in rows)
    gaps = sorted(later - free for later, free in zip(begins[PLACES:], ends, strict=False))
    return gaps, begins[0] - begun, ends[-1] - begins[0]


def _size(store: Store, folder: Path) -> int:
    """What the databases take once their logs are merged in, in bytes."""
    if store.is_sqlite:
        for file in folder.glob("*.sqlite"):
            with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        return sum(file.stat().st_size for file in folder.glob("*.sqlite*"))
    return int(store.read_now(lambda db: db.scalar(sa.text("SELECT pg_database_size(current_database())"))))


# --- the worker's own process ----------------------------------------------------------------


@contextmanager
def _worker(folder: Path, url: str, engine_url: str) -> Iterator[Server]:
    log = folder / "worker.log"
    with log.open("wb") as out:
        command = [sys.executable, "-m", "tests.bench.load", str(folder), url, engine_url]
        process = Popen(command, cwd=ROOT, stdout=out, stderr=out, env={**os.environ, "PYTHONWARNINGS": "ignore"})
        server = Server(process, log)
        try:
            yield server
        finally:
            server.terminate()


async def _work(folder: Path, url: str, engine_url: str) -> None:
    """What a worker's process does, without GitHub."""
    stop, store, line = asyncio.Event(), Store(url), Admission()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    reporter = Freeing(NoReporter(), line.wake)
    walker: Walker[object] = Walker(
        store=store,
        definitions=DEFINITIONS,
        trees=FileTrees(folder),
        reporter=reporter,
        context=lambda run, here: None,
    )
    async with signed_in(store, PLACES) as member:
        engine = Engine(walker, engine_url, executor=member.id, at_once=PLACES)
        runs = Runs(store, engine, DEFINITIONS, reporter, RunLimits(lambda db: PLACES, AtOnce(repository=2)))
        await engine.launch()
        await runs.mend()
        task = asyncio.create_task(line.run(runs))
        await stop.wait()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await engine.close()
    store.close()


if __name__ == "__main__":
    asyncio.run(_work(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
