"""A server says whether it lives and is ready to anybody, and its figures to who has a key for them."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from sandbox.environment.set_up import Printed
from tests.fakes.visiting import ALICES, House, house
from workflows.ports import Usage
from workflows.secrets.redaction import Redactor
from workflows.store import quotas
from workflows.store.quotas import QuotaLine
from workflows.store.run_rows import spending
from workflows.store.run_rows.printed import PrintedLog
from workflows.store.tables import workflow_steps
from workflows.store.web.keys import KeyScope
from workflows.values import RunStatus

_LINE = re.compile(r'[a-z_]+(\{[a-z_]+="(?:[^"\\\n]|\\.)*"(,[a-z_]+="(?:[^"\\\n]|\\.)*")*\})? [-+0-9.e]+')


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as found:
        yield found


async def test_it_lives_also_without_its_database_and_is_ready_only_with_it(opened: House) -> None:
    async with opened.visitor() as probe:
        assert [(await probe.get(path)).status_code for path in ("/healthz", "/readyz")] == [200, 200]
        opened.store.write_now(lambda db: db.execute(sa.text("ALTER TABLE pauses RENAME TO away")))
        assert [(await probe.get(path)).status_code for path in ("/healthz", "/readyz")] == [200, 503]


async def test_figures_are_prometheus_text_and_name_nobody(opened: House) -> None:
    for number in range(3):
        opened.run(f"r{number}", ALICES, RunStatus.FAILED)
    opened.run("r9", ALICES, RunStatus.RUNNING)
    opened.store.write_now(spending.add_call, "r1", "plan", "agent", 'odd"\\\nmodel', Usage(1000, 50, usd=0.25))
    opened.store.write_now(lambda db: db.execute(workflow_steps.update().values(started_at=100.0, ended_at=107.0)))
    soon = time.time() + 60
    seen = [QuotaLine("installation 7", "core", 5000, 4321, soon, soon - 70)]
    opened.store.write_now(quotas.keep, seen, soon - 60)
    killed = [Printed("pytest", 137, 1.0, "", why) for why in ("memory", "memory", "timeout", "")]
    await PrintedLog(opened.store, Redactor()).add("r1", "plan", killed)
    async with opened.with_key(KeyScope.ADMIN) as prometheus, opened.with_key(KeyScope.READ) as other:
        done = await prometheus.get("/metrics")
        assert (await other.get("/metrics")).status_code == 403
    assert done.headers["content-type"].startswith("text/plain; version=0.0.4")
    for line in done.text.splitlines():
        assert line.startswith(("# HELP ", "# TYPE ")) or _LINE.fullmatch(line), line
    assert 'pullwright_runs{status="failed"} 3\n' in done.text
    assert 'pullwright_model_tokens_total{model="odd\\"\\\\\\nmodel",kind="prompt"} 1000\n' in done.text
    assert 'pullwright_step_seconds_bucket{step="implement",le="5"} 0\n' in done.text
    assert 'pullwright_step_seconds_bucket{step="implement",le="15"} 4\n' in done.text
    assert 'pullwright_step_seconds_sum{step="implement"} 28\n' in done.text
    assert 'pullwright_github_requests_left{whose="installation 7",kind="core"} 4321\n' in done.text
    assert 'pullwright_sandbox_kills_total{reason="memory"} 2\n' in done.text
    assert 'pullwright_sandbox_kills_total{reason="disk"} 0\n' in done.text
    assert "alice" not in done.text
    read = {one.name: one for one in text_string_to_metric_families(done.text)}
    assert {one.type for one in read.values()} == {"gauge", "counter", "histogram"}
    assert all(one.documentation for one in read.values())
    tokens = {one.labels["kind"]: one.value for one in read["pullwright_model_tokens"].samples}
    assert tokens == {"prompt": 1000.0, "completion": 50.0}
    assert read["pullwright_model_tokens"].samples[0].labels["model"] == 'odd"\\\nmodel'
