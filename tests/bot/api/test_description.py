"""The API does what its description says: every route is described, and every answer is of a described shape."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.access.gate import GuardedRoute
from bot.api.operations import ApiOperation
from tests.fakes.visiting import LOCAL, House, house, with_values
from workflows.store.web import orders
from workflows.store.web.keys import KeyScope
from workflows.store.web.orders import OrderKind
from workflows.values import RunStatus

Json = Any


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as found:
        yield found


async def described(opened: House) -> Json:
    async with opened.visitor() as anybody:
        return (await anybody.get("/api/v1/openapi.json")).json()


async def test_each_route_is_described_and_nothing_else(opened: House) -> None:
    routes = {
        (method, route.path)
        for route in opened.faces.api.routes()
        if isinstance(route, GuardedRoute)
        for method in (route.methods or set()) - {"HEAD"}
    } - {("GET", "/api/v1/openapi.json")}
    found = await described(opened)
    told = {(method.upper(), path) for path, one in found["paths"].items() for method in one}
    assert told == routes
    names = [one["operationId"] for path in found["paths"].values() for one in path.values()]
    assert len(names) == len(set(names))


async def test_the_description_is_one(opened: House) -> None:
    found = await described(opened)
    assert found["openapi"] == "3.1.0"
    referred = set(re.findall(r'"#/components/schemas/(\w+)"', str(found).replace("'", '"')))
    assert referred <= set(found["components"]["schemas"])
    for schema in found["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    for path, one in found["paths"].items():
        for operation in one.values():
            inside = {field["name"] for field in operation["parameters"] if field["in"] == "path"}
            assert inside == set(re.findall(r"{(\w+)}", path))


def must_fit(found: Json, one: ApiOperation, answer: httpx.Response) -> None:
    """The answer is of a status that is described, and what it holds is of the described shape."""
    told = found["paths"][one.path][one.method.lower()]["responses"]
    assert str(answer.status_code) in told, (one.name, answer.status_code, answer.text[:300])
    content = told[str(answer.status_code)]["content"]
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind in content, (one.name, kind)
    if "json" in kind:
        schema = {**content[kind]["schema"], "components": found["components"]}
        jsonschema.validate(answer.json(), schema)


BODIES: dict[str, Json] = {
    "start_run": {"repository": "octo/sample", "number": 7},
    "approve_plan": {"binding": "mark"},
    "reject_plan": {"binding": "mark", "reason": "no"},
    "answer_question": {"text": "the second"},
    "abort_run": {"reason": "enough"},
    "retry_run": {},
    "skip_step": {},
    "roll_back": {"mode": "soft"},
}
STATES: dict[str, Json] = {
    "approve_plan": {"status": RunStatus.WAITING, "asks": "approval", "step": "approval"},
    "reject_plan": {"status": RunStatus.WAITING, "asks": "approval", "step": "approval"},
    "answer_question": {"status": RunStatus.WAITING, "asks": "question"},
    "retry_run": {"status": RunStatus.FAILED},
    "skip_step": {"status": RunStatus.FAILED, "step": "update"},
    "roll_back": {"status": RunStatus.COMPLETED, "step": "summary"},
}


async def test_each_operation_comes_to_a_good_end_with_a_body_as_described(opened: House) -> None:
    found, reached = await described(opened), set()
    async with opened.with_key(*KeyScope) as program:
        for at, one in enumerate(opened.faces.api.table):
            if one.kind == "text/event-stream":
                continue
            run = f"r{at}"
            opened.run(run, LOCAL, **STATES.get(one.name, {}))
            order = opened.store.write_now(orders.place, OrderKind.PLAN, LOCAL, {}, {"name": "x"}, run_id=run)
            body = BODIES.get(one.name) if one.writes else None
            answer = await program.request(one.method, with_values(one.path, run=run, order=order.id), json=body)
            must_fit(found, one, answer)
            if answer.is_success:
                reached.add(one.name)
    everything = {one.name for one in opened.faces.api.table if one.kind != "text/event-stream"}
    assert everything - reached == {"start_run"}, "there is no GitHub here to start anything on"


PLAIN = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=30)
)
NAMES = st.sampled_from(
    [
        "repository",
        "workflow",
        "number",
        "hint",
        "approve",
        "wait",
        "binding",
        "question",
        "reason",
        "text",
        "step",
        "budget",
        "mode",
        "count",
        "dry_run",
        "more",
    ]
)
ODD = st.dictionaries(NAMES, PLAIN | st.lists(PLAIN, max_size=2) | st.just("hard") | st.just("mark"), max_size=6)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
async def test_whatever_is_sent_is_answered_as_described_and_breaks_nothing(opened: House, data: st.DataObject) -> None:
    if opened.store.read_now(lambda db: db.exec_driver_sql("SELECT count(*) FROM workflow_runs").scalar()) == 0:
        opened.run("r1", LOCAL, RunStatus.WAITING, asks="approval", step="approval")
    opened.faces.api.gate.rate.burst = 1e9
    found = await described(opened)
    one = data.draw(st.sampled_from([one for one in opened.faces.api.table if one.kind != "text/event-stream"]))
    run = data.draw(st.sampled_from(["r1", "none", "%2e%2e", "r1%20", "ü"]))
    headers = data.draw(st.dictionaries(st.just("Idempotency-Key"), st.sampled_from(["a", "b", "x" * 101])))
    fields = data.draw(st.dictionaries(st.sampled_from(["status", "limit", "after", "q"]), st.text(max_size=10)))
    async with opened.with_key(*KeyScope) as program:
        answer = await program.request(
            one.method,
            with_values(one.path, run=run, order=run),
            json=data.draw(ODD) if one.writes else None,
            params=fields,
            headers=headers,
        )
    assert answer.status_code < 500 or answer.status_code == 503, answer.text
    must_fit(found, one, answer)


async def test_what_a_rollback_and_a_stream_refuse_the_description_refuses_too(opened: House) -> None:
    found = await described(opened)
    rollback = jsonschema.Draft202012Validator(found["components"]["schemas"]["RollbackRequest"])
    assert [rollback.is_valid(one) for one in ({"mode": "hard"}, {"mode": "steps", "count": 2})] == [True, True]
    assert [rollback.is_valid(one) for one in ({"mode": "steps"}, {"mode": "steps", "count": 0})] == [False, False]
    (last,) = (
        one["schema"] for one in found["paths"]["/api/v1/events"]["get"]["parameters"] if one["name"] == "Last-Event-ID"
    )
    cursor = jsonschema.Draft202012Validator(last)
    assert [cursor.is_valid(one) for one in ("", "12", "12.4-6@9", "s|", "-1")] == [True, True, True, False, False]
