"""The pages over ten thousand runs, and two hundred people who watch: how long, how soon, how large."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Iterator, Sequence

import httpx
import sqlalchemy as sa

import migrations
from tests.bench import scene
from tests.bench.figures import Figure, middle
from tests.fakes.serving import Server, started
from workflows.registry import definitions
from workflows.runs.control import record_of
from workflows.store.audit import Asker
from workflows.store.database import Store
from workflows.store.records import Run
from workflows.store.run_rows import definition_rows, runs
from workflows.store.tables import day_costs, model_calls, workflow_runs
from workflows.store.web import keys, sessions
from workflows.store.web.history import DAY
from workflows.store.web.keys import KeyScope
from workflows.values import Options, RunStatus

RUNS, VIEWERS, ROUNDS = 10_000, 200, 15
KEYS = 4
"""Among which those who watch are divided: each may begin no more than a hundred requests at once."""
MOST_SECONDS, MOST_LATENCY, MOST_MB = 0.1, 1.0, 100
_PAGES = ("/admin", "/admin?q=number+77", "/admin?status=failed", "/admin/history", "/admin/runs/r00042")


def figures() -> Iterator[Figure]:
    with scene.folder() as place:
        data = place / "data"
        data.mkdir(mode=0o700)
        store = Store(f"sqlite:///{data / 'app.sqlite'}")
        _fill(store)
        link = store.write_now(sessions.make_link)
        made = [store.write_now(keys.make, "bench", [KeyScope.READ], Asker("you", "cli"))[1] for _ in range(KEYS)]
        with started("web", data, {"PULLWRIGHT_PUBLIC_URL": "http://pullwright.example.org"}, cold=True) as server:
            with httpx.Client(base_url=server.url) as browser:
                browser.get("/signin/once", params={"token": link})
                for path in _PAGES:
                    yield Figure(f"GET {path} with {RUNS:,} runs", middle(_times(browser, path)), most=MOST_SECONDS)
            yield Figure("the web process then", server.memory() / 1e6, most=MOST_MB, unit="MB")
            yield from asyncio.run(_watched(store, server, made))
        store.close()


def _fill(store: Store) -> None:
    migrations.upgrade(store)
    store.write_now(definition_rows.define, record_of(definitions()["issue_to_pr"]))
    run = Run("seed", "issue_to_pr", 1, RunStatus.COMPLETED, "/srv/x", "t", {}, Options(), {}, "plan", 0, 0)
    store.write_now(runs.insert_run, run)
    store.write_now(_many)


def _many(db: sa.Connection) -> None:
    seed = dict(db.execute(sa.select(workflow_runs)).mappings().one())
    statuses = itertools.cycle(status.value for status in RunStatus)
    rows = [
        {
            **seed,
            "id": f"r{number:05}",
            "title": f"The number {number} comes out wrong",
            "status": next(statuses),
            "repository": f"/srv/repository-{number % 40}",
            "created_at": seed["created_at"] - number * 60,
        }
        for number in range(RUNS)
    ]
    db.execute(workflow_runs.insert(), rows)
    call = {"step": "plan", "purpose": "p", "model": "m", "prompt_tokens": 9, "completion_tokens": 9}
    call |= {"cached_tokens": 0, "usd": 0.01, "seconds": 1.0}
    db.execute(model_calls.insert(), [{**call, "run_id": row["id"], "at": row["created_at"]} for row in rows])
    sums = Counter((int(row["created_at"] // DAY), str(row["repository"])) for row in rows)
    costs = [{"day": day, "repository": name, "usd": 0.01 * number} for (day, name), number in sums.items()]
    db.execute(day_costs.insert(), costs)


def _times(browser: httpx.Client, path: str) -> list[float]:
    """Seconds, the first of them left out: templates are compiled then."""
    browser.get(path).raise_for_status()
    found = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        browser.get(path).raise_for_status()
        found.append(time.perf_counter() - begun)
    return found


async def _watched(store: Store, server: Server, made: Sequence[str]) -> Iterator[Figure]:
    """Everybody follows everything; from the commit of a change to when the last one has heard of it."""
    limits = httpx.Limits(max_connections=VIEWERS + 10)
    before, ready, heard = server.memory(), asyncio.Semaphore(0), asyncio.Semaphore(0)
    async with httpx.AsyncClient(base_url=server.url, limits=limits, timeout=60) as client:

        async def watch(key: str) -> None:
            heads = {"Authorization": f"Bearer {key}"}
            async with client.stream("GET", "/api/v1/events", headers=heads) as stream:
                stream.raise_for_status()
                begun = False
                async for line in stream.aiter_lines():
                    if line.startswith("id: ") and not begun:
                        begun = True
                        ready.release()
                    elif line.startswith("data: "):
                        heard.release()

        watching = [asyncio.create_task(watch(made[number % KEYS])) for number in range(VIEWERS)]
        async with asyncio.timeout(60):
            for _ in range(VIEWERS):
                await ready.acquire()
        latencies = []
        for number in range(5):
            changed = f"r{number:05}"
            await asyncio.to_thread(store.write_now, runs.update_run, changed, status=RunStatus.RUNNING)
            begun = time.perf_counter()
            async with asyncio.timeout(60):
                for _ in range(VIEWERS):
                    await heard.acquire()
            latencies.append(time.perf_counter() - begun)
        after = server.memory()
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
    what = f"a change of another process, until the last of {VIEWERS} who watch has it"
    return iter(
        [
            Figure(what, middle(latencies), most=MOST_LATENCY),
            Figure("memory for each who watches", (after - before) / VIEWERS / 1e6, unit="MB"),
        ]
    )
