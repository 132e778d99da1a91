"""Pages show what there is, whatever it holds, to whoever may see it, and what is asked on them meets the rules."""

from __future__ import annotations

import json
import re
import time
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from bot.access.answers import sound
from bot.admin.drawing import marked
from sandbox.environment.set_up import Printed
from tests.fakes.visiting import ALICES, BOBS, LOCAL, House, house
from workflows.agent.stored_transcript import SqlTranscript
from workflows.agent.transcript import Row, RowKind
from workflows.ports import Message, ToolCall, Usage
from workflows.secrets.redaction import Redactor
from workflows.store import audit, deliveries
from workflows.store.cluster import pauses
from workflows.store.deliveries import Delivery, DeliveryStatus
from workflows.store.records import StepRun
from workflows.store.run_events import EventKind
from workflows.store.run_rows import runs, spending, steps
from workflows.store.run_rows.printed import PrintedLog
from workflows.store.tables import printed
from workflows.store.telegram import people
from workflows.store.web import hooks, orders, records
from workflows.store.web.orders import OrderKind, OrderState
from workflows.values import ApprovalRules, RunStatus, StepStatus, to_json
from workflows.verification import Check, CheckKind, CheckRun, Counts, Proof, Verdict, Verification

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}\u202e javascript:alert(1) ' + "w" * 400
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as found:
        yield found


class _Tags(HTMLParser):
    """What a browser would make of a page: its elements, and attributes that run or lead somewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str | None] = []
        self.odd: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script":
            self.scripts.append(given.get("src"))
        self.odd += [f"{tag} {name}" for name in given if name.startswith("on") or name == "style"]
        self.odd += [f"{tag} {value}" for name, value in attrs if name in ("href", "src", "action") and _leads(value)]
        if tag in ("img", "iframe", "object", "embed", "style", "base"):
            self.odd.append(tag)


def _leads(value: str | None) -> bool:
    return not (value or "").startswith(("/", "#", "?"))


def harmless(text: str) -> bool:
    tags = _Tags()
    tags.feed(text)
    assert tags.odd == []
    assert all(src is not None and src.startswith("/admin/static/") for src in tags.scripts)
    assert "\u202e" not in text
    assert "{{ 7*7 }}" in text or "7*7" not in text
    return True


HALVES = "of \ud83d and \udcff"
"""What a model or the name of a file may hold, JSON keeps, and nobody can send."""


async def test_halves_of_characters_are_shown_as_replaced(opened: House) -> None:
    store = opened.store
    opened.run("r1", ALICES, RunStatus.FAILED)
    ran = CheckRun(1, 1.0, Counts(1, 1), (HALVES,), HALVES, "")
    check = Check(CheckKind.TEST, HALVES, Verdict.FAILED, HALVES, base=ran, head=ran, new_failures=(HALVES,))
    found = Verification("t", (check,), (HALVES,), (Proof(HALVES, HALVES, HALVES),), (HALVES,), (HALVES,), (HALVES,))
    state = {"plan": HALVES, "branch": HALVES, "verification": to_json(found)}
    store.write_now(lambda db: runs.update_run(db, "r1", state=state))
    call = ToolCall("1", "bash", json.dumps({"command": HALVES}))
    talk = SqlTranscript(store, "r1", "a", "implement")
    talk.note(Row(0, RowKind.REPLY, Message("assistant", HALVES, (call, ToolCall("2", "x", HALVES))), "t"))
    await talk.settled()
    placed = store.write_now(orders.place, OrderKind.PLAN, ALICES, {"mode": "hard"}, {"name": "x"}, run_id="r1")
    result = {"lines": [{"line": HALVES, "obstacle": HALVES}], "more": 0, "kept": [HALVES], "left": [HALVES]}
    store.write_now(orders.close, placed, OrderState.DONE, result)
    async with opened.signed_in("alice") as alice:
        for part in ("", "?format=markdown", "/transcript"):
            shown = await alice.get(f"/admin/runs/r1{part}")
            assert "of \ufffd and \ufffd" in shown.raise_for_status().text
        for address in ("/api/v1/runs/r1", f"/api/v1/orders/{placed.id}"):
            assert (await alice.get(address)).raise_for_status().json()
    assert sound("a \ud83d\ude00 \U0001f600 b") == "a \U0001f600 \U0001f600 b"


async def full_of(opened: House, text: str) -> None:
    """A run whose every part holds that text."""
    opened.run("r1", ALICES, RunStatus.FAILED, title=text, error_text=text)
    store = opened.store
    ran = CheckRun(1, 1.0, Counts(1, 1), (text,), text, text[:20])
    check = Check(CheckKind.TEST, text, Verdict.FAILED, text, base=ran, head=ran, new_failures=(text,), lost=(text,))
    found = Verification("t", (check,), (text,), (Proof(text, text, text),), (text,), (text,), (text,))
    state = {"plan": text, "branch": text, "pull": {"number": 3, "url": text}, "verification": to_json(found)}
    opened.store.write_now(lambda db: runs.update_run(db, "r1", state=state))
    talk = SqlTranscript(store, "r1", text[:30], "implement")
    call = ToolCall("1", text[:40], json.dumps({"command": text}))
    talk.note(Row(0, RowKind.SYSTEM, Message("system", text), "t"))
    talk.note(Row(1, RowKind.REPLY, Message("assistant", text, (call, ToolCall("2", "x", text))), "t"))
    talk.note(Row(2, RowKind.RESULT, Message("tool", text), "t", failed=True))
    await talk.settled()
    await PrintedLog(store, Redactor()).add(
        "r1", "a", [Printed(text, 1, 0.5, text * 30, text[:20]), Printed("ok", 0, 0.1, "", "")]
    )
    store.write_now(spending.add_call, "r1", text[:20], text[:20], text[:20], Usage(10, 5, usd=0.5, seconds=1.0))
    store.write_now(audit.note, text, "github", text, "r1", {"refused": text})
    placed = store.write_now(orders.place, OrderKind.PLAN, ALICES, {"mode": "hard"}, {"name": text}, run_id="r1")
    result = {"lines": [{"line": text, "obstacle": text}], "more": 2, "kept": [text], "left": [text]}
    store.write_now(orders.close, placed, OrderState.DONE, result)
    placed = store.write_now(orders.place, OrderKind.ROLLBACK, ALICES, {"mode": "soft"}, {"name": text}, run_id="r1")
    store.write_now(orders.close, placed, OrderState.REFUSED, {"sentence": text, "remedy": text})
    wish = {"workflow": "issue_to_pr", "repository": "alice/adder", "number": 7, "hint": text, "approve": True}
    placed = store.write_now(orders.place, OrderKind.START, ALICES, wish, {"name": text})
    store.write_now(orders.close, placed, OrderState.REFUSED, {"sentence": text, "remedy": text})
    store.write_now(lambda db: db.exec_driver_sql("UPDATE orders SET id = 'refused' WHERE kind = 'start'"))
    payload = json.dumps({"action": text}).encode()
    store.write_now(deliveries.keep, [deliveries.packed(Delivery("g1", text[:20], payload, time.time()))])
    store.write_now(deliveries.close, "g1", DeliveryStatus.FAILED, text)
    hook = store.write_now(hooks.make, f"https://x/{text}", [EventKind.STATE], ALICES, audit.Asker("you", "cli"))
    store.write_now(lambda db: runs.update_run(db, "r1", error_text=text))
    store.write_now(hooks.spread, str)
    for _, message in store.write_now(hooks.take):
        store.write_now(hooks.failed, message, 0, text)
    store.write_now(hooks.end, hook.id, text)
    store.write_now(pauses.begin, pauses.EVERYTHING, audit.Asker(text, "cli"), text)


PAGES = (
    "/admin",
    "/admin?q=w",
    "/admin/runs/r1",
    "/admin/runs/r1/diff",
    "/admin/runs/r1/transcript",
    "/admin/runs/r1/attempts",
    "/admin/runs/r1/attempts?step=implement",
    "/admin/runs/r1/log",
    "/admin/runs/r1/log/1",
    "/admin/runs/r1/log/1?lines=3-5",
    "/admin/runs/r1/log/2",
    "/admin/runs/r1/again",
    "/admin/start",
    "/admin/start?workflow=explain",
    "/admin/start?workflow=release_notes&hint=%3Cb%3E&repository=%22%3E",
    "/admin/orders/refused",
    "/admin/repositories",
    f"/admin/repositories/{ALICES}",
    "/admin/history",
    "/admin/history?days=90",
    "/admin/deliveries",
    "/admin/deliveries?status=failed",
    "/admin/deliveries/g1",
    "/admin/server",
    "/admin/server/checklist",
    "/admin/audit",
    "/admin/keys",
    "/admin/hooks",
    "/admin/you",
    "/admin/api",
    "/admin/commands",
)


@pytest.mark.parametrize("text", [EVIL, "short", "ümläut\nlines\ttabs\r\n" * 60], ids=["evil", "short", "long"])
async def test_every_page_shows_text_as_text(opened: House, text: str) -> None:
    await full_of(opened, text)
    opened.key()
    async with opened.operator() as operator:
        for address in PAGES:
            done = await operator.get(address)
            assert done.status_code == 200, (address, done.text[:2000])
            assert harmless(done.text), address
            policy = done.headers["content-security-policy"]
            assert "script-src 'self'" in policy
            assert "unsafe" not in policy
            assert done.headers["cache-control"] == "no-store"
            assert done.text.count("<h1") == 1, address
            assert 'lang="en"' in done.text


async def test_what_the_newest_attempt_printed_is_shown_however_much_came_before(opened: House) -> None:
    opened.run("r1", status=RunStatus.FAILED)
    for number in (1, 2):
        opened.store.write_now(steps.begin_step, StepRun("r1", number, 0, 1, "implement", StepStatus.FAILED))
        there = [f"attempt {number} command {one}" for one in range(250)]
        rows = [{"run_id": "r1", "step": "implement", "command": one, "at": time.time()} for one in there]
        kept = {"exit_code": 0, "killed": "", "seconds": 0.1, "output": zlib.compress(b"printed\n")}
        opened.store.write_now(lambda db, rows=rows, kept=kept: db.execute(printed.insert(), [r | kept for r in rows]))
    async with opened.signed_in("alice") as alice:
        shown = (await alice.get("/admin/runs/r1/attempts?step=implement")).text
    for number in (1, 2):
        assert f"attempt {number} command 249" in shown
        assert f"attempt {number} command 240" in shown
        assert f"attempt {number} command 239" not in shown
    assert shown.count("Those before are in the log") == 2


async def test_attempts_at_a_step_stand_side_by_side(opened: House) -> None:
    opened.run("r1", ALICES, RunStatus.FAILED)
    again = StepRun("r1", 1, 0, 1, "implement", StepStatus.RUNNING, started_at=time.time())
    opened.store.write_now(steps.begin_step, again)
    opened.run("r2", BOBS)
    async with opened.signed_in("alice") as alice:
        assert '/admin/runs/r1/attempts?step=implement">2 attempts' in (await alice.get("/admin/runs/r1")).text
        for query in ("", "?step=implement"):
            shown = (await alice.get(f"/admin/runs/r1/attempts{query}")).text
            assert shown.count('<th scope="col">') == 3
            assert [shown.count(f"s-{state}") for state in ("failed", "running")] == [1, 1]
        assert (await alice.get("/admin/runs/r1/attempts?step=commit")).status_code == 404
        assert (await alice.get("/admin/runs/r2/attempts")).status_code == 404


async def test_what_was_printed_is_text_and_not_a_page(opened: House) -> None:
    await full_of(opened, EVIL)
    async with opened.operator() as operator:
        listed = await operator.get("/admin/runs/r1/log")
        number = listed.text.split('<details id="c')[1].split('"')[0]
        done = await operator.get(f"/admin/runs/r1/log/{number}?format=text")
        assert (await operator.get("/admin/runs/r1/log/999")).status_code == 404
        assert (await operator.get("/admin/runs/r1/log/x")).status_code == 422
    assert done.headers["content-type"] == "text/plain; charset=utf-8"
    assert done.headers["x-content-type-options"] == "nosniff"
    assert done.text.count("<script>") > 30


async def printed_by(opened: House, output: str) -> int:
    opened.run("r1")
    await PrintedLog(opened.store, Redactor()).add("r1", "a", [Printed("pytest -q", 1, 0.5, output, "")])
    [one] = opened.store.read_now(records.commands, "r1", "", 0, 9, 100)
    return one.id


async def test_lines_of_a_log_have_addresses_without_script(opened: House) -> None:
    number = await printed_by(opened, "".join(f"line {at}\n" for at in range(1, 7001)))
    here = f"/admin/runs/r1/log/{number}"
    async with opened.signed_in("alice") as alice, opened.signed_in("bob") as bob:
        listed = (await alice.get("/admin/runs/r1/log")).text
        assert f'href="{here}#s{number}L7000"' in listed
        assert f'id="s{number}L1"' not in listed, "the list has the end alone"
        sent = await alice.get(f"{here}?lines=6997-6998&show=1")
        assert (sent.status_code, sent.headers["location"]) == (303, f"{here}?lines=6997-6998#s{number}L6997")
        shown = (await alice.get(f"{here}?lines=6997-6998")).text
        assert shown.count('class="l hit"') == 2
        assert f'id="s{number}L6997"' in shown
        assert f'id="s{number}L3000"' not in shown, "another part"
        assert f'id="s{number}L3000"' in (await alice.get(here)).text
        assert (await alice.get(f"{here}?page=99&lines=x")).status_code == 200
        copied = await alice.get(f"{here}?format=markdown&lines=6997-6998")
        assert (await bob.get(f"{here}?format=markdown")).status_code == 404
    where = f"https://pullwright.test{here}#s{number}L6997-6998"
    assert copied.text == f"{where}\n\n```text\n$ pytest -q\nline 6997\nline 6998\n```\n"


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("by `a_b`, and `<c>`.", "by <code>a_b</code>, and <code>&lt;c&gt;</code>."),
        ("`a` b ` <i>", "`a` b ` &lt;i&gt;"),
        ("``", "<code></code>"),
        ("", ""),
        ('"\u202e<b>', "&#34;&lt;b&gt;"),
    ],
)
def test_what_stands_between_backticks_is_code_and_nothing_is_markup(text: str, drawn: str) -> None:
    assert str(marked(text)) == drawn


async def test_a_run_is_copied_as_markdown_that_acts_nowhere(opened: House) -> None:
    await full_of(opened, "@alice closes #3 <img src=x>")
    async with opened.signed_in("alice") as alice, opened.signed_in("bob") as bob:
        done = await alice.get("/admin/runs/r1?format=markdown")
        assert (await bob.get("/admin/runs/r1?format=markdown")).status_code == 404
    assert done.headers["content-type"] == "text/plain; charset=utf-8"
    assert done.text.startswith("# ")
    assert "- **Run**: r1" in done.text
    assert "@alice" not in done.text.split("```")[0]


async def test_checks_stand_on_the_base_beside_the_change(opened: House) -> None:
    opened.run("r1", ALICES, RunStatus.COMPLETED)
    old = CheckRun(1, 2.0, Counts(10, 1), ("tests/test_a.py::test_old",), "the end of <base>")
    new = CheckRun(1, 3.0, Counts(9, 2), ("tests/test_a.py::test_new",), "the end of <head>")
    check = Check(CheckKind.TEST, "pytest -q", Verdict.FAILED, "It <broke>.", base=old, head=new)
    check = replace(check, new_failures=("tests/test_a.py::test_new",), fixed=("tests/test_a.py::test_old",))
    lint = Check(CheckKind.LINT, "ruff check .", Verdict.NOT_RUN, "It was not there.", required=False)
    proof = Proof("tests/test_a.py::test_proof", "assert 1 == 2", "the run")
    found = Verification("tree", (check, lint), proofs=(proof,), weakened=("tests/test_b.py::test_w",))
    opened.store.write_now(lambda db: runs.update_run(db, "r1", state={"verification": to_json(found)}))
    async with opened.signed_in("alice") as alice:
        page = (await alice.get("/admin/runs/r1")).text
    shown = page.split('data-live="checks"')[1].split("</section>")[0]
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", shown))
    assert "10 passed, 1 failed" in words
    assert "9 passed, 2 failed" in words
    assert "Fails because of the change: 1 tests/test_a.py::test_new" in words
    assert "Failed before, passes now: 1 tests/test_a.py::test_old" in words
    assert "lint, not required not run" in words
    assert "tests/test_a.py::test_proof (by the run): assert 1 == 2" in words
    assert "It &lt;broke&gt;." in shown
    assert "the end of &lt;head&gt;" in shown


async def test_a_plan_is_approved_by_a_click_once(opened: House) -> None:
    opened.run("r1", LOCAL, RunStatus.WAITING, asks="approval", step="approval")
    async with opened.operator() as operator:
        shown = await operator.get("/admin/runs/r1")
        assert "Which &lt;b&gt;one&lt;/b&gt;?" in shown.text
        assert 'name="binding" value="mark"' in shown.text
        body = "question=0&binding=mark"
        done = await operator.post("/admin/runs/r1/approve", content=body, headers=FORM)
        again = await operator.post("/admin/runs/r1/approve", content=body, headers=FORM)
    assert (done.status_code, done.headers["location"]) == (303, "/admin/runs/r1")
    assert (again.status_code, opened.read("r1").status) == (409, RunStatus.PENDING)
    assert [(one.who, one.source, one.what) for one in opened.store.read_now(audit.of_run, "r1")] == [
        ("operator (link)", "admin", "answer:approve")
    ]


async def test_what_was_asked_anew_meanwhile_is_not_answered(opened: House) -> None:
    opened.run("r1", LOCAL, RunStatus.WAITING, asks="question")
    async with opened.operator() as operator:
        late = await operator.post("/admin/runs/r1/answer", content="question=7&text=yes", headers=FORM)
        empty = await operator.post("/admin/runs/r1/answer", content="question=0&text=+", headers=FORM)
        done = await operator.post("/admin/runs/r1/answer", content="question=0&text=The+second", headers=FORM)
    assert (late.status_code, empty.status_code, done.status_code) == (409, 422, 303)
    assert opened.read("r1").state["answer"] == "The second"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "", "Origin": "https://evil.test"},
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Origin": "https://pullwright.test.evil.test"},
        {},
    ],
)
async def test_another_site_has_nobody_do_anything(opened: House, headers: dict[str, str]) -> None:
    opened.run("r1")
    async with opened.operator() as operator:
        del operator.headers["sec-fetch-site"]
        done = await operator.post("/admin/runs/r1/abort", headers={**FORM, **headers})
        assert done.status_code == 403
        assert opened.read("r1").status is RunStatus.RUNNING
        mine = await operator.post("/admin/runs/r1/abort", headers={**FORM, "Origin": "https://pullwright.test"})
    assert (mine.status_code, opened.read("r1").status) == (303, RunStatus.ABORTED)


async def test_who_may_not_say_yes_is_told_why_and_sees_no_button(opened: House) -> None:
    run = opened.run("r1", status=RunStatus.WAITING, asks="approval", step="approval")
    asked = {"asked": {"login": "alice", "account": 0, "key": ""}}
    opened.store.write_now(runs.update_run, "r1", inputs={**run.inputs, **asked})
    rules = replace(run.options, approval=ApprovalRules(not_requester=True))
    opened.store.write_now(runs.set_options, "r1", rules)
    whys = {
        "alice": "Whoever asked for a run does not approve its plan here",
        "": "does not say who that is",
        "max": "",
    }
    for login, why in whys.items():
        async with opened.signed_in(login) if login else opened.operator() as browser:
            shown = (await browser.get("/admin/runs/r1")).text
        assert why in shown
        assert ('action="/admin/runs/r1/approve"' in shown) is (login == "max")
        assert 'action="/admin/runs/r1/reject"' in shown, "saying no is for all who write"
    opened.store.write_now(runs.set_options, "r1", replace(run.options, approval=ApprovalRules(role="admin")))
    async with opened.signed_in("max") as browser:
        assert "To approve a plan takes the role admin here" in (await browser.get("/admin/runs/r1")).text


async def test_who_may_only_read_sees_no_button(opened: House) -> None:
    opened.run("r1", ALICES)
    async with opened.signed_in("rita") as rita, opened.signed_in("alice") as alice:
        assert 'action="/admin/runs/r1/abort"' in (await alice.get("/admin/runs/r1")).text
        shown = (await rita.get("/admin/runs/r1")).text
    assert 'action="/admin/runs/r1/abort"' not in shown
    assert "Abort: takes the role write." in shown


async def test_the_list_is_filtered_searched_and_paged(opened: House) -> None:
    for number in range(60):
        status = RunStatus.FAILED if number % 2 else RunStatus.RUNNING
        opened.run(f"a{number:02}", ALICES, status, title=f"number {number} of 100%")
    async with opened.signed_in("alice") as alice:
        first = await alice.get("/admin")
        assert first.text.count('href="/admin/runs/a') == 50
        following = first.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
        assert (await alice.get(following)).text.count('href="/admin/runs/a') == 10
        assert (await alice.get("/admin?status=failed")).text.count('href="/admin/runs/a') == 30
        assert (await alice.get("/admin?q=number+8+of")).text.count('href="/admin/runs/a') == 6
        assert (await alice.get("/admin?q=100%25")).text.count('href="/admin/runs/a') == 50
        assert (await alice.get("/admin?q=%25%25")).text.count('href="/admin/runs/a') == 0
        assert (await alice.get("/admin?status=odd&after=none")).status_code == 200


async def test_a_delivery_is_handled_anew_when_somebody_says_so(opened: House) -> None:
    opened.store.write_now(deliveries.keep, [deliveries.packed(Delivery("g1", "issues", b"{}", time.time()))])
    async with opened.operator() as operator:
        early = await operator.post("/admin/deliveries/g1/replay", headers=FORM)
        opened.store.write_now(deliveries.close, "g1", DeliveryStatus.HANDLED)
        done = await operator.post("/admin/deliveries/g1/replay", headers=FORM)
    assert (early.status_code, done.status_code) == (409, 303)
    found = opened.store.read_now(deliveries.find, "g1")
    assert found is not None
    assert (found.status, found.attempts, found.payload) == (DeliveryStatus.STORED, 0, b"{}")


async def test_the_audit_log_is_exported_and_no_spreadsheet_computes_it(opened: House) -> None:
    opened.store.write_now(audit.note, "=1+1", "github", '@SUM(A1),"x"\n-2', "r1", {"a": 1})
    async with opened.operator() as operator:
        csv = await operator.get("/admin/audit?format=csv&source=github")
        found = await operator.get("/admin/audit?format=json&who=%3D1%2B1")
    assert csv.headers["content-disposition"] == 'attachment; filename="pullwright-audit.csv"'
    assert "'=1+1,github" in csv.text
    assert '"\'@SUM(A1),""x""' in csv.text
    assert [one["who"] for one in found.json()] == ["=1+1"]


async def test_an_account_on_telegram_is_linked_by_the_code_that_it_was_shown(opened: House) -> None:
    code = opened.store.write_now(people.make_code, 77, "A <b>", time.time())
    async with opened.signed_in("alice") as alice, opened.operator() as operator, opened.signed_in("bob") as bob:
        assert (await operator.post("/admin/you/telegram", content=f"code={code}", headers=FORM)).status_code == 409
        assert (await alice.post("/admin/you/telegram", content="code=WRONG", headers=FORM)).status_code == 409
        done = await alice.post("/admin/you/telegram", content=f"code={code.lower()}", headers=FORM)
        assert (done.status_code, "A &lt;b&gt;" in done.text) == (200, True)
        assert (await bob.post("/admin/you/telegram", content=f"code={code}", headers=FORM)).status_code == 409
    assert [(one.account, one.login) for one in opened.store.read_now(people.untold)] == [(77, "alice")]


async def test_who_is_not_signed_in_comes_back_to_where_they_were(opened: House) -> None:
    async with opened.visitor() as nobody:
        shown = await nobody.get("/admin/runs/r1")
    assert shown.status_code == 401
    assert "/signin/github?next=/admin/runs/r1" in shown.text


async def test_an_error_of_ours_is_told_honestly(opened: House, monkeypatch: pytest.MonkeyPatch) -> None:
    opened.run("r1")
    opened.store.write_now(lambda db: db.exec_driver_sql("UPDATE workflow_runs SET options = '[[1]]'"))
    async with opened.operator() as operator:
        done: httpx.Response = await operator.get("/admin/runs/r1")
    assert done.status_code == 500
    assert "details in its log under" in done.text
    assert "Traceback" not in done.text
