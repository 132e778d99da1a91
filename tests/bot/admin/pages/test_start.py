"""A run is asked for by a form that its workflow's fields make, by the rules that hold everywhere, and once."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.fakes.visiting import ALICES, BOBS, LOCAL, House, house
from workflows.store.web import orders
from workflows.store.web.orders import OrderKind, OrderState
from workflows.values import RunStatus

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WISH = {"workflow": "issue_to_pr", "repository": ALICES, "number": "#7", "hint": "As before", "approve": "yes"}


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as found:
        found.run("r1", ALICES, RunStatus.COMPLETED)
        found.run("r2", BOBS, RunStatus.COMPLETED)
        yield found


def placed(opened: House) -> list[orders.Order]:
    query = "SELECT id FROM orders ORDER BY asked_at"
    names = opened.store.read_now(lambda db: [row[0] for row in db.exec_driver_sql(query)])
    return [one for name in names if (one := opened.store.read_now(orders.find, name)) is not None]


async def test_each_workflow_has_a_form_with_its_own_fields(opened: House) -> None:
    async with opened.signed_in("alice") as alice:
        work = (await alice.get("/admin/start")).text
        ask = (await alice.get("/admin/start?workflow=explain")).text
        none = await alice.get("/admin/start?workflow=none")
    assert re.findall(r'name="(\w+)"', work.split('action="/admin/start"')[1]) == [
        "workflow",
        "once",
        "repository",
        "number",
        "hint",
        "approve",
    ]
    assert '<textarea name="hint" rows="4" required>' in ask
    assert 'name="approve"' not in ask
    assert '<option value="alice/adder">' in work
    assert "bob/secret" not in work
    assert none.status_code == 404


async def test_nobody_is_told_whether_a_repository_is_there_that_they_may_not_see(opened: House) -> None:
    async with opened.signed_in("alice") as alice:
        told = []
        for called in (BOBS, "github.com/bob/none", "github.com/none/none", "none"):
            done = await alice.post("/admin/start", headers=FORM, content=urlencode({**WISH, "repository": called}))
            told.append((done.status_code, done.text.replace(called, "HERE")))
    assert told == [told[0]] * 4
    assert told[0][0] == 404


async def test_a_form_makes_an_order_of_whoever_sent_it_once(opened: House) -> None:
    async with opened.signed_in("alice") as alice:
        once = re.search(r'name="once" value="([^"]+)"', (await alice.get("/admin/start")).text)
        assert once is not None
        body = urlencode({**WISH, "once": once[1]})
        done = await alice.post("/admin/start", content=body, headers=FORM)
        again = await alice.post("/admin/start", content=body, headers=FORM)
        assert (done.status_code, done.headers["location"]) == (303, again.headers["location"])
        shown = await alice.get(done.headers["location"])
    [order] = placed(opened)
    assert (order.kind, order.repository, order.principal["name"]) == (OrderKind.START, ALICES, "alice")
    assert order.arguments == {
        "repository": "alice/adder",
        "workflow": "issue_to_pr",
        "number": 7,
        "hint": "As before",
        "approve": True,
        "login": "alice",
        "installation": 1,
    }
    assert (shown.status_code, shown.headers["refresh"]) == (200, "1")
    assert "As before" in shown.text


@pytest.mark.parametrize(
    ("login", "change", "status"),
    [
        ("rita", {}, 403),
        ("bob", {}, 404),
        ("root", {}, 404),
        ("alice", {"repository": BOBS}, 404),
        ("alice", {"repository": "none/such"}, 404),
        ("alice", {"repository": ""}, 404),
        ("alice", {"number": ""}, 422),
        ("alice", {"number": "x"}, 422),
        ("alice", {"workflow": "explain", "hint": " "}, 422),
        ("alice", {"workflow": "none"}, 404),
        ("alice", {"hint": "x" * 10_001}, 422),
    ],
)
async def test_who_may_not_or_says_nonsense_makes_no_order(
    opened: House, login: str, change: dict[str, str], status: int
) -> None:
    async with opened.signed_in(login) as visitor:
        done = await visitor.post("/admin/start", content=urlencode({**WISH, **change}), headers=FORM)
    assert done.status_code == status, done.text
    assert placed(opened) == []


async def test_a_run_is_started_again_with_what_it_had_to_be_changed(opened: House) -> None:
    opened.run("r3", LOCAL, RunStatus.FAILED)
    async with opened.signed_in("alice") as alice, opened.signed_in("rita") as rita, opened.operator() as operator:
        page = (await alice.get("/admin/runs/r1")).text
        assert 'href="/admin/runs/r1/again"' in page
        assert 'href="/admin/runs/r1/again"' not in (await rita.get("/admin/runs/r1")).text
        form = (await alice.get("/admin/runs/r1/again")).text
        assert (await alice.get("/admin/runs/r2/again")).status_code == 404
        here = await operator.get("/admin/runs/r3/again")
    assert 'name="number" inputmode="numeric" pattern="#?[0-9]+" size="8" required value="7"' in form
    assert 'value="alice/adder"' in form
    assert here.status_code == 409


async def test_an_order_leads_to_its_run_or_says_why_there_is_none(opened: House) -> None:
    async with opened.signed_in("alice") as alice, opened.signed_in("bob") as bob:
        await alice.post("/admin/start", content=urlencode(WISH), headers=FORM)
        await alice.post("/admin/start", content=urlencode({**WISH, "hint": "<b>"}), headers=FORM)
        first, second = placed(opened)
        opened.store.write_now(orders.close, first, OrderState.DONE, {"run": "r1", "new": True})
        refused = {"sentence": "The issue is <closed>.", "remedy": "Reopen it."}
        opened.store.write_now(orders.close, second, OrderState.REFUSED, refused)
        done = await alice.get(f"/admin/orders/{first.id}")
        told = await alice.get(f"/admin/orders/{second.id}")
        assert (await bob.get(f"/admin/orders/{first.id}")).status_code == 404
        assert (done.status_code, done.headers["location"]) == (303, "/admin/runs/r1")
        assert "refresh" not in told.headers
        assert "The issue is &lt;closed&gt;." in told.text
        back = re.search(r'href="(/admin/start\?[^"]+)"', told.text)
        assert back is not None
        assert "&lt;b&gt;</textarea>" in (await alice.get(html.unescape(back[1]))).text
