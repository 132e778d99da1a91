"""A web process acts on runs, and loads for it neither the engine nor a model nor what ranks files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.both_databases import either_store, postgres, postgres_url
from workflows.registry import definitions
from workflows.runs.control import record_of
from workflows.store import audit, run_events
from workflows.store.database import Store
from workflows.store.records import Question, Run, StepRun
from workflows.store.run_events import Cursor
from workflows.store.run_rows import definition_rows, runs, steps, waits
from workflows.values import Issue, Options, RunStatus, StepStatus, to_json

__all__ = ["either_store", "postgres", "postgres_url"]

ROOT = Path(__file__).parents[2]
MOST_MB = 100
ISSUE = Issue(1, "t", "")

_WEB = """
import asyncio, json, sys

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.acting import acting
from bot.database import open_store
from bot.server.listening import answer, listen
from bot.server.web import make_web
from bot.settings_source import load
from bot.webhook.intake.inbox import Inbox
from workflows.runs import actions
from workflows.runs.approval import Seen
from workflows.runs.feed import Feed
from workflows.runs.principal import Principal, Role


async def post(port, path):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = ["POST %s HTTP/1.1" % path, "Host: x", "Connection: close", "Content-Length: 0", "", ""]
    writer.write("\\r\\n".join(head).encode())
    answer = await reader.read()
    writer.close()
    return json.loads(answer.partition(b"\\r\\n\\r\\n")[2])


async def main():
    settings = load()
    store = open_store(settings)
    runs = acting(settings, store)
    who = Principal("alice", "page", Role.WRITE, repository="github.com/o/r")

    async def act(request: Request):
        run_id, seen = request.path_params["run"], Seen(0.0, sys.argv[1])
        match request.path_params["name"]:
            case "approve":
                run = await actions.approve(runs, run_id, who, seen)
            case "answer":
                run = await actions.answer(runs, run_id, who, seen, "The second.")
            case "retry":
                run = await actions.retry(runs, run_id, who)
            case _:
                run = await actions.abort(runs, run_id, who, "no more")
        return JSONResponse([run.status, run.current_step])

    stop, told = asyncio.Event(), []
    async with Feed(store) as feed, Inbox(store) as inbox:
        pages = feed.follow()
        await anext(pages)
        with listen("127.0.0.1", 0) as listener:
            app = make_web(store, inbox, lambda: b"secret", [Route("/{name}/{run}", act, methods=["POST"])])
            serving_it = asyncio.create_task(answer(app, listener, stop))
            port = listener.getsockname()[1]
            wanted = ["approve/asks", "abort/works", "retry/failed", "answer/wonders", "abort/waits"]
            answers = [await post(port, f"/{one}") for one in wanted]
            while len(told) < len(wanted):
                page = await anext(pages)
                told += [event.run_id for event in page.events if event.kind in ("pending", "aborted")]
            await pages.aclose()
            stop.set()
            await serving_it
    lines = open("/proc/self/status").read().splitlines()
    peak = next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    loaded = sorted({"dbos", "numpy", "litellm", "bot.app", "tree_sitter", "telegram"} & set(sys.modules))
    print(json.dumps({"answers": answers, "told": told, "peak": peak, "loaded": loaded}))


asyncio.run(main())
"""


@pytest.fixture
def store(either_store: Store) -> Store:
    either_store.write_now(definition_rows.define, record_of(definitions()["issue_to_pr"]))
    return either_store


def keep(store: Store, run_id: str, status: RunStatus, step: str, asks: str = "") -> None:
    inputs = {"forge": "github", "installation": 1, "repository": "o/r", "issue": to_json(ISSUE)}
    run = Run(run_id, "issue_to_pr", 1, status, "github.com/o/r", "t", inputs, Options(), {}, step, 0, 0)
    store.write_now(runs.insert_run, run)
    store.write_now(steps.begin_step, StepRun(run_id, 0, 0, 1, step, StepStatus.WAITING if asks else StepStatus.FAILED))
    if asks:
        store.write_now(waits.ask, Question(run_id, 0, step, asks, "Which?", "", "abort", 1.0))


def test_the_web_process_acts_without_the_engine_and_stays_small(store: Store, tmp_path: Path) -> None:
    keep(store, "asks", RunStatus.WAITING, "approval", "approval")
    keep(store, "works", RunStatus.RUNNING, "implement")
    keep(store, "failed", RunStatus.FAILED, "verify")
    keep(store, "wonders", RunStatus.WAITING, "implement", "question")
    keep(store, "waits", RunStatus.WAITING, "implement", "question")
    url = store.url.render_as_string(hide_password=False)
    environ = {"PULLWRIGHT_DATA": str(tmp_path), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    if not store.is_sqlite:
        environ["PULLWRIGHT_DATABASE"] = url
    done = subprocess.run(
        [sys.executable, "-c", _WEB, ISSUE.digest],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["answers"] == [
        ["pending", definitions()["issue_to_pr"].after("approval")],
        ["aborted", "implement"],
        ["pending", "verify"],
        ["pending", "implement"],
        ["aborted", "implement"],
    ]
    assert sorted(found["told"]) == ["asks", "failed", "waits", "wonders", "works"]
    assert found["loaded"] == []
    assert found["peak"] < MOST_MB
    by = [store.read_now(audit.of_run, name)[-1] for name in ("asks", "works")]
    assert [(one.who, one.source, one.what) for one in by] == [
        ("alice", "page", "answer:approve"),
        ("alice", "page", "abort"),
    ]
    run = store.read_now(runs.get_run, "asks")
    assert run.in_line, "a worker gives it its place"
    assert len(store.read_now(run_events.since, Cursor()).events) > 5


def test_what_answers_people_loads_no_boxes_and_nothing_that_runs_tests() -> None:
    """Each of these brings its whole room: some megabytes in each process that answers."""
    heavy = ("workflows.services", "workflows.workspace", "workflows.checks", "unittest", "tarfile", "githubkit")
    words = f"import sys, bot.server.faces; print(*(name for name in {heavy!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
