"""Programs list, show and steer runs by the rules that hold for everybody, and are told plainly what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import jsonschema
import pytest

from tests.fakes.visiting import ALICES, BOBS, LOCAL, House, house
from workflows.store import audit
from workflows.store.web import orders
from workflows.store.web.keys import KeyScope
from workflows.store.web.orders import OrderKind
from workflows.values import RunStatus

RUN = "/api/v1/runs/r1"


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as found:
        yield found


def waits(opened: House, repository: str = LOCAL) -> None:
    opened.run("r1", repository, RunStatus.WAITING, asks="approval", step="approval")


def said(opened: House) -> list[tuple[str, str, str]]:
    return [(one.who, one.source, one.what) for one in opened.store.read_now(audit.of_run, "r1")]


async def test_a_plan_is_shown_and_approved_by_its_mark(opened: House) -> None:
    waits(opened)
    async with opened.with_key(KeyScope.READ, KeyScope.APPROVE) as program:
        shown = (await program.get(RUN)).json()
        assert (shown["status"], shown["question"]["text"]) == ("waiting", "Which <b>one</b>?")
        mark = {"binding": shown["question"]["binding"], "question": shown["question"]["number"]}
        done = await program.post(f"{RUN}/approve", json=mark)
    assert (done.status_code, done.json()["status"]) == (200, "pending")
    assert [(source, what) for _, source, what in said(opened)] == [("api", "answer:approve")]
    assert said(opened)[0][0].startswith("operator (key ")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({}, 422, "binding"),
        ({"binding": "another"}, 409, "something newer"),
        ({"binding": "mark", "question": 5}, 409, "something newer"),
        ({"binding": "mark", "more": 1}, 422, "more"),
        ({"binding": 3}, 422, "binding"),
        ({"binding": "x" * 5000}, 422, "binding"),
    ],
)
async def test_a_plan_that_was_not_read_is_not_approved(
    opened: House, body: dict[str, object], status: int, words: str
) -> None:
    waits(opened)
    async with opened.with_key(KeyScope.APPROVE) as program:
        done = await program.post(f"{RUN}/approve", json=body)
    assert (done.status_code, done.headers["content-type"]) == (status, "application/problem+json")
    assert words in done.json()["detail"]
    assert opened.read("r1").status is RunStatus.WAITING


async def test_a_key_that_steers_does_not_approve(opened: House) -> None:
    waits(opened)
    async with opened.with_key(KeyScope.READ, KeyScope.STEER, KeyScope.ROLLBACK) as program:
        done = await program.post(f"{RUN}/approve", json={"binding": "mark"})
    assert (done.status_code, done.json()["detail"]) == (403, "This key has not the scope approve.")


async def test_a_key_may_no_more_than_its_person_on_github(opened: House) -> None:
    opened.run("r1")
    async with opened.with_key(*KeyScope, login="rita") as program:
        assert (await program.get(RUN)).status_code == 200
        refused = await program.post(f"{RUN}/abort", json={})
    assert refused.status_code == 403
    assert "takes the role write" in refused.json()["detail"]
    async with opened.with_key(KeyScope.STEER, login="alice") as program:
        assert (await program.post(f"{RUN}/abort", json={"reason": "no more"})).json()["status"] == "aborted"


async def test_what_is_sent_twice_with_a_key_is_done_once(opened: House) -> None:
    opened.run("r1", status=RunStatus.FAILED)
    async with opened.with_key(KeyScope.STEER) as program:
        first = await program.post(f"{RUN}/retry", json={}, headers={"Idempotency-Key": "one"})
        again = await program.post(f"{RUN}/retry", json={}, headers={"Idempotency-Key": "one"})
        other = await program.post(f"{RUN}/abort", json={}, headers={"Idempotency-Key": "one"})
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert other.status_code == 422
    assert len(said(opened)) == 1


async def test_what_was_refused_may_be_sent_again_with_the_same_key(opened: House) -> None:
    opened.run("r1")
    async with opened.with_key(KeyScope.STEER) as program:
        assert (await program.post(f"{RUN}/skip", json={}, headers={"Idempotency-Key": "k"})).status_code == 409
        assert (await program.post(f"{RUN}/skip", json={}, headers={"Idempotency-Key": "k"})).status_code == 409


async def test_a_rollback_is_an_order_of_a_worker(opened: House) -> None:
    opened.run("r1", status=RunStatus.COMPLETED, step="summary")
    async with opened.with_key(KeyScope.ROLLBACK, KeyScope.READ, login="alice") as program:
        refused = await program.post(f"{RUN}/rollback", json={"mode": "hard"})
        assert (refused.status_code, opened.store.read_now(orders.of_run, "r1")) == (403, [])
        done = await program.post(f"{RUN}/rollback", json={"mode": "soft"})
        planned = await program.post(f"{RUN}/rollback", json={"mode": "steps", "count": 2, "dry_run": True})
        assert (done.status_code, planned.status_code) == (202, 202)
        followed = await program.get(f"/api/v1/orders/{done.json()['order']}")
    assert followed.json() == done.json()
    found = opened.store.read_now(orders.of_run, "r1")
    assert [one.kind for one in found] == [OrderKind.PLAN, OrderKind.ROLLBACK]
    assert found[1].principal["role"] == 3


async def test_lists_hold_what_may_be_seen_and_go_page_by_page(opened: House) -> None:
    for number in range(5):
        opened.run(f"a{number}", ALICES, title=f"alice's {number}")
        opened.run(f"b{number}", BOBS)
    async with opened.with_key(KeyScope.READ, login="alice") as program:
        first = (await program.get("/api/v1/runs?limit=3")).json()
        second = (await program.get(f"/api/v1/runs?limit=3&after={first['after']}")).json()
        assert [one["run"] for one in first["runs"] + second["runs"]] == ["a4", "a3", "a2", "a1", "a0"]
        assert second["after"] == ""
        searched = (await program.get("/api/v1/runs", params={"q": "alice's 2"})).json()
        assert [one["run"] for one in searched["runs"]] == ["a2"]
        assert (await program.get("/api/v1/runs", params={"repository": BOBS})).json()["runs"] == []
        for odd in ("0", "201", "-1", "1.0", "9" * 5000, "%D9%A3", "%C2%B2", "", "+5"):
            assert (await program.get(f"/api/v1/runs?limit={odd}")).status_code == 422, odd[:20]
        assert (await program.get("/api/v1/runs?after=b4")).json()["runs"] == [], "nor told that it is there"
        assert (await program.get("/api/v1/runs?status=odd")).status_code == 422


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        ("{", "application/json", 400),
        ("[1]", "application/json", 400),
        ("a=b", "application/x-www-form-urlencoded", 415),
        ("{}" + " " * 300_000, "application/json", 413),
        ("[" * 100_000, "application/json", 400),
        ('{"reason": "\\ud800"}', "application/json", 422),
        ('{"reason": "a\\u0000b"}', "application/json", 200),
    ],
)
async def test_bodies_are_read_with_care(opened: House, content: str, kind: str, status: int) -> None:
    opened.run("r1")
    async with opened.with_key(KeyScope.STEER) as program:
        done = await program.post(f"{RUN}/abort", content=content, headers={"Content-Type": kind})
    assert done.status_code == status, done.text


@pytest.mark.parametrize("address", ["/api/v1/runs?q=a%00b", "/api/v1/runs/r1%00", "/api/v1/orders/%00"])
async def test_an_address_that_is_no_text_is_refused(opened: House, address: str) -> None:
    async with opened.with_key(KeyScope.READ) as program:
        assert (await program.get(address)).status_code == 400


async def test_keys_that_are_no_good_open_nothing(opened: House) -> None:
    good = opened.key(KeyScope.READ)
    wrong = [good[:-1], good + "x", "pwk_none_x", "x", "", opened.key(KeyScope.READ, days=-1.0)]
    for text in wrong:
        async with opened.visitor(key=text) as program:
            done = await program.get("/api/v1/me")
        assert done.status_code == 401, text
    async with opened.visitor(Authorization=f"Basic {good}") as program:
        assert (await program.get("/api/v1/me")).status_code == 401
    async with opened.visitor(key=good) as program:
        assert (await program.get("/api/v1/me")).json()["scopes"] == ["read"]


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/api/v1/nope", 404),
        ("GET", "/api/v1/", 404),
        ("GET", "/api", 404),
        ("DELETE", "/api/v1/runs", 405),
        ("POST", "/api/v1/me", 405),
        ("GET", "/api/v1/runs/r1/abort", 405),
        ("OPTIONS", "/api/v1/runs", 405),
    ],
)
async def test_what_there_is_not_is_refused_as_all_else(opened: House, method: str, address: str, status: int) -> None:
    async with opened.with_key(*KeyScope) as program:
        done = await program.request(method, address)
    assert (done.status_code, done.headers["content-type"]) == (status, "application/problem+json")
    assert done.json()["status"] == status
    assert ("allow" in done.headers) is (status == 405)
    assert "default-src 'none'" in done.headers["content-security-policy"]


async def test_a_stream_that_is_only_looked_at_ends_at_once(opened: House) -> None:
    opened.run("r1")
    async with opened.with_key(KeyScope.READ) as program, asyncio.timeout(5):
        for address in ("/api/v1/events", f"{RUN}/events"):
            done = await program.head(address)
            assert (done.status_code, done.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


async def test_who_asks_too_often_is_told_to_wait(opened: House) -> None:
    gate = opened.faces.api.gate
    gate.rate.burst = 3
    async with opened.with_key(KeyScope.READ) as program, opened.with_key(KeyScope.READ) as other:
        found = [(await program.get("/api/v1/me")) for _ in range(5)]
        assert (await other.get("/api/v1/me")).status_code == 200
    assert [one.status_code for one in found] == [200, 200, 200, 429, 429]
    assert int(found[-1].headers["retry-after"]) >= 1


@pytest.mark.parametrize("reference", ["one", "a/b?c#d", "x" * 100, "%2e%2e/"])
async def test_an_order_that_was_placed_once_under_a_key_can_be_asked_after(opened: House, reference: str) -> None:
    opened.run("r1", status=RunStatus.COMPLETED, step="summary")
    heads = {"Idempotency-Key": reference}
    async with opened.with_key(KeyScope.ROLLBACK, KeyScope.READ) as program:
        placed = (await program.post(f"{RUN}/rollback", json={"mode": "soft"}, headers=heads)).json()
        found = await program.get(f"/api/v1/orders/{placed['order']}")
    assert (found.status_code, found.json()) == (200, placed)


async def test_each_definition_says_what_a_start_of_it_takes(opened: House) -> None:
    async with opened.with_key(KeyScope.READ) as program:
        found = (await program.get("/api/v1/definitions")).json()["definitions"]
    inputs = {one["workflow"]: one["inputs"] for one in found}
    assert set(inputs["issue_to_pr"]["properties"]) == {"workflow", "repository", "wait", "number", "hint", "approve"}
    assert inputs["issue_to_pr"]["required"] == ["repository", "number"]
    assert inputs["explain"]["required"] == ["workflow", "repository", "number", "hint"]
    jsonschema.validate({"workflow": "triage", "repository": "octo/sample", "number": 1}, inputs["triage"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"workflow": "triage", "repository": "octo/sample"}, inputs["triage"])


async def test_a_method_that_is_not_for_an_address_is_told_which_are(opened: House) -> None:
    async with opened.with_key(KeyScope.READ) as script:
        for path, allowed in (("runs", "GET, HEAD, POST"), ("me", "GET, HEAD"), ("runs/x/abort", "POST")):
            answer = await script.request("DELETE", f"/api/v1/{path}")
            assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


async def test_a_key_of_a_request_is_not_empty(opened: House) -> None:
    opened.run("r1")
    async with opened.with_key(KeyScope.STEER) as script:
        answer = await script.post("/api/v1/runs/r1/abort", json={}, headers={"Idempotency-Key": ""})
        assert answer.status_code == 400
    assert opened.read("r1").status is RunStatus.RUNNING
