"""What has ended of runs is told to a collector as spans, by one process, again until it takes them, and once."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.settings import Settings
from bot.settings_source import load
from bot.traces.spans import as_otlp, of_attempt, of_run
from bot.traces.telling import Collector, TraceTelling
from sandbox.errors import TransientError, UserError
from tests.fakes.both_databases import either_store, postgres, postgres_url
from tests.fakes.told import Told, told
from workflows.store.database import Store
from workflows.store.records import Run, StepRun
from workflows.store.run_rows import runs, steps
from workflows.store.traces import EndedAttempt, EndedRun
from workflows.values import Options, RunStatus, StepStatus

__all__ = ["either_store", "postgres", "postgres_url"]

HERE = "github.com/o/r"


@dataclass
class Taken:
    """A collector. What it did not take, by its answer, was not told."""

    server: Told

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def answers(self) -> list[int]:
        return self.server.answers

    @property
    def requests(self) -> list[tuple[str, dict[str, str], dict[str, Any]]]:
        return [(one.path, one.headers, json.loads(one.body)) for one in self.server.calls if one.status == 200]

    @property
    def spans(self) -> list[dict[str, Any]]:
        scopes = [scope for *_, body in self.requests for one in body["resourceSpans"] for scope in one["scopeSpans"]]
        return [span for scope in scopes for span in scope["spans"]]

    @property
    def names(self) -> list[str]:
        return [span["name"] for span in self.spans]


@pytest.fixture
def collector() -> Iterator[Taken]:
    with told(else_=200) as server:
        yield Taken(server)


@pytest.fixture
def store(either_store: Store) -> Store:
    return either_store


def telling(store: Store, collector: Taken, me: str = "a") -> TraceTelling:
    return TraceTelling(store, Collector(collector.url, {"api-key": "s3cret"}), me)


def begin(store: Store, run_id: str, title: str = "Secret words") -> None:
    one = Run(run_id, "issue_to_pr", 1, RunStatus.RUNNING, HERE, title, {}, Options(), {}, "plan", 0, 0)
    store.write_now(runs.insert_run, one)


def step(store: Store, run_id: str, ordinal: int, key: str, status: StepStatus = StepStatus.COMPLETED) -> None:
    one = StepRun(run_id, 0, ordinal, 1, key, StepStatus.RUNNING)
    store.write_now(steps.begin_step, one)
    store.write_now(steps.update_step, one, status=status, summary="Secret words")


def end(store: Store, run_id: str, status: RunStatus = RunStatus.COMPLETED) -> None:
    store.write_now(lambda db: runs.update_run(db, run_id, status=status, error_text="Secret words"))


async def test_a_run_and_its_steps_are_one_trace(store: Store, collector: Taken) -> None:
    telling_it = telling(store, collector)
    await telling_it.look()
    begin(store, "r1")
    step(store, "r1", 0, "plan")
    await telling_it.look()
    assert collector.names == ["step plan"]
    step(store, "r1", 1, "implement", StepStatus.FAILED)
    end(store, "r1", RunStatus.FAILED)
    await telling_it.look()
    await telling_it.look()
    assert collector.names == ["step plan", "step implement", "run issue_to_pr"]
    plan, implement, root = collector.spans
    assert len({span["traceId"] for span in collector.spans}) == 1
    assert plan["parentSpanId"] == implement["parentSpanId"] == root["spanId"]
    assert "parentSpanId" not in root
    assert [span["status"]["code"] for span in collector.spans] == [1, 2, 2]
    assert {"key": "pullwright.run", "value": {"stringValue": "r1"}} in plan["attributes"]
    path, headers, _ = collector.requests[0]
    assert (path, headers["content-type"], headers["api-key"]) == ("/v1/traces", "application/json", "s3cret")
    assert "Secret words" not in json.dumps([body for *_, body in collector.requests])


async def test_an_attempt_that_died_long_before_is_told_when_another_begins(store: Store, collector: Taken) -> None:
    begin(store, "r1")
    first = StepRun("r1", 0, 0, 1, "plan", StepStatus.RUNNING)
    store.write_now(steps.begin_step, first)
    store.write_now(steps.update_step, first, status=StepStatus.INTERRUPTED, ended_at=time.time() - 8 * 3600)
    telling_it = telling(store, collector)
    await telling_it.look()
    store.write_now(steps.begin_step, StepRun("r1", 0, 0, 2, "plan", StepStatus.RUNNING))
    await telling_it.look()
    await telling_it.look()
    assert collector.names == ["step plan"]


async def test_what_is_not_taken_now_is_told_again_and_nothing_twice(store: Store, collector: Taken) -> None:
    telling_it = telling(store, collector)
    await telling_it.look()
    begin(store, "r1")
    step(store, "r1", 0, "plan")
    for status in (503, 429):
        collector.answers.append(status)
        with pytest.raises(TransientError):
            await telling_it.look()
    step(store, "r1", 1, "implement")
    await telling_it.look()
    assert collector.names == ["step plan", "step implement"]
    collector.answers.append(400)  # for good: what comes after it is told
    step(store, "r1", 2, "review")
    await telling_it.look()
    step(store, "r1", 3, "verify")
    await telling_it.look()
    assert collector.names == ["step plan", "step implement", "step verify"]


async def test_a_collector_that_is_not_there_is_waited_for(store: Store) -> None:
    telling_it = TraceTelling(store, Collector("http://127.0.0.1:1"), "a")
    await telling_it.look()
    begin(store, "r1")
    step(store, "r1", 0, "plan")
    with pytest.raises(TransientError, match="does not answer"):
        await telling_it.look()


async def test_one_process_tells_and_who_follows_it_tells_what_it_may_have_missed(
    store: Store, collector: Taken
) -> None:
    first, second = telling(store, collector), telling(store, collector, "b")
    await first.look()
    await second.look()
    begin(store, "r1")
    step(store, "r1", 0, "plan")
    await second.look()
    assert collector.spans == []
    store.write_now(lambda db: db.exec_driver_sql("UPDATE leases SET until = 0"))  # the first one has died
    await second.look()
    await first.look()
    assert collector.names == ["step plan"]


async def test_what_ended_last_is_told_at_the_end_of_a_process(store: Store, collector: Taken) -> None:
    telling_it = telling(store, collector)
    task = asyncio.create_task(telling_it.run(600.0))
    while telling_it._cursor is None:
        await asyncio.sleep(0.01)
    begin(store, "r1")
    step(store, "r1", 0, "plan")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert collector.names == ["step plan"]


@pytest.mark.parametrize("ends", [0.0, 5.0])
def test_spans_are_as_otlp_has_them(ends: float) -> None:
    run = EndedRun("261129-k7p2m", "issue_to_pr", HERE, "completed", 1.25, 9.0)
    one = EndedAttempt(7, run.id, run.workflow, HERE, "plan", 2, "completed", 1.5, ends)
    assert of_attempt(one) == of_attempt(one), "their ids follow from the rows"
    body = as_otlp([of_run(run), of_attempt(one)])
    (resource,) = body["resourceSpans"]
    assert {"key": "service.name", "value": {"stringValue": "pullwright"}} in resource["resource"]["attributes"]
    for span in resource["scopeSpans"][0]["spans"]:
        assert re.fullmatch(r"[0-9a-f]{32}", span["traceId"])
        assert re.fullmatch(r"[0-9a-f]{16}", span["spanId"])
        assert int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])
        assert {"key": "pullwright.attempt", "value": {"intValue": "2"}} in span["attributes"] or span["name"][0] == "r"


def test_its_headers_are_secrets_and_have_to_be_headers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PULLWRIGHT_DATA", str(tmp_path))
    monkeypatch.setenv("PULLWRIGHT_OTLP_HEADERS", "api-key=s3cret%2Cword, x-more=1")
    settings = load()
    assert settings.otlp_fields == {"api-key": "s3cret,word", "x-more": "1"}
    assert "s3cret,word" in settings.secrets()
    assert "s3cret" not in str(settings)
    for odd in ("api key=x", "=x", "a=%0d%0aX: y", "a=ü"):
        monkeypatch.setenv("PULLWRIGHT_OTLP_HEADERS", odd)
        with pytest.raises(UserError):
            load()


@pytest.mark.parametrize(
    "url", ["collector:4318", "ftp://x", "http://a:b@collector", "http://collector?x=1", "http://a b"]
)
def test_its_address_has_to_be_one(url: str) -> None:
    with pytest.raises(ValueError, match="otlp_url"):
        Settings(otlp_url=url)


def test_who_has_none_loads_nothing_of_it() -> None:
    import subprocess
    import sys

    code = "import sys, bot.server.worker; sys.exit('bot.traces' in {name[:10] for name in sys.modules})"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
