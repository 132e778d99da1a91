"""`show`, `runs` and `audit` in the form that somebody asks for, all from the same facts."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

from bot.database import open_store
from bot.settings import Settings
from bot.terminal.show import journal_lines, list_runs, show_run
from bot.view.documents import Document, DocumentPart, Format, Table, as_csv, as_html, as_markdown
from bot.view.progress import cost
from bot.view.run_view import view_of
from bot.view.steps import duration, seconds_of, shown
from workflows.store import audit
from workflows.store.audit import AuditLine
from workflows.store.records import Snapshot
from workflows.store.run_rows import runs
from workflows.store.run_rows.ledger import SqlLedger
from workflows.store.web import run_search
from workflows.store.web.run_search import Filter, RunLine

_RUNS = ("run", "workflow", "status", "title", "repository", "subject", "step", "started", "ended", "pull", "usd")
_AUDIT = ("id", "at", "who", "source", "what", "run", "detail")
_STEPS = ("step", "title", "attempt", "status", "seconds", "summary", "reason")


def runs_as(settings: Settings, form: Format, limit: int) -> str:
    """The newest runs."""
    if form in (Format.TEXT, Format.JSON):
        return list_runs(settings, as_json=form is Format.JSON, limit=limit)
    store = open_store(settings)
    try:
        found = store.read_now(run_search.search, Filter(), limit)
    finally:
        store.close()
    return _table("Runs", Table(_RUNS, [_run(line) for line in found.lines]), form)


def audit_as(settings: Settings, form: Format, limit: int, run: str) -> str:
    """Who asked for what, newest first; of one run where it is named."""
    store = open_store(settings)
    try:
        run_id = store.read_now(runs.find_run, run).id if run else ""
        found = store.read_now(audit.listed, run_id=run_id, limit=limit)
    finally:
        store.close()
    if form is Format.JSON:
        return json.dumps([dict(zip(_AUDIT, _plain(one), strict=True)) for one in found], indent=2)
    if form is Format.TEXT:
        return "\n".join(_line(one) for one in found) or "Nobody has asked for anything yet."
    return _table("Audit log", Table(_AUDIT, [[str(one) for one in _row(line)] for line in found]), form)


def show_as(settings: Settings, prefix: str, form: Format) -> str:
    """One run; as CSV its attempts at steps."""
    if form in (Format.TEXT, Format.JSON):
        return show_run(settings, prefix, as_json=form is Format.JSON)
    store = open_store(settings)
    try:
        run = store.read_now(runs.find_run, prefix)
        snapshot = store.read_now(runs.snapshot, run.id)
        entries = SqlLedger(store).entries(run.id)
        requests = store.read_now(audit.listed, run_id=run.id, limit=1000)
    finally:
        store.close()
    attempts = _attempts(snapshot)
    if form is Format.CSV:
        return as_csv(attempts)
    page = _page(snapshot, attempts, journal_lines(entries), requests)
    return as_html(page) if form is Format.HTML else as_markdown(page)


def _page(snapshot: Snapshot, attempts: Table, journal: Sequence[str], requests: Sequence[AuditLine]) -> Document:
    view = view_of(snapshot, time.time())
    pull = view.pull.url if view.pull else ""
    facts = [
        ("Run", view.id),
        ("Workflow", view.workflow),
        ("Status", view.status.value),
        ("Repository", view.repository),
        ("Started", _moment(view.began_at)),
        ("Took", duration(max(0.0, view.resting_seconds))),
        ("Cost", cost(view.spent)),
        ("Model", view.model),
        ("Branch", view.branch),
        ("Pull request", pull),
    ]
    outcome = "\n".join(f"{part.title}: {line}" for part in view.outcome.parts for line in part.lines)
    asked = view.question.question if view.question else ""
    parts: list[tuple[str, Table | str]] = [
        ("It asks", asked),
        ("Why it stopped", view.error if view.stopped else ""),
        (view.outcome.parts_are, outcome),
        ("Steps", attempts),
        ("Journal", "\n".join(journal)),
        ("Who asked", Table(_AUDIT, [[str(one) for one in _row(line)] for line in requests]) if requests else ""),
    ]
    told = [DocumentPart(title, body) for title, body in parts if body]
    return Document(view.title, view.sentence, [(name, value) for name, value in facts if value], told)


def _table(title: str, table: Table, form: Format) -> str:
    if form is Format.CSV:
        return as_csv(table)
    page = Document(title, parts=[DocumentPart(f"{len(table.rows)} in all", table)])
    return as_html(page) if form is Format.HTML else as_markdown(page)


def _attempts(snapshot: Snapshot) -> Table:
    titles, now = dict(snapshot.definition.steps), time.time()
    rows = [
        (
            step.key,
            titles.get(step.key, step.key),
            str(step.attempt),
            step.status.value,
            f"{seconds_of(step, now):.3f}",
            step.summary,
            step.reason,
        )
        for step in snapshot.steps
    ]
    return Table(_STEPS, rows)


def _run(line: RunLine) -> list[str]:
    ended = _moment(line.ended_at) if line.ended_at else ""
    about = [line.id, line.workflow, line.status.value, line.title, line.called, line.subject, line.step]
    return [*about, _moment(line.created_at), ended, str(line.pull or ""), f"{line.usd:.4f}"]


def _plain(one: AuditLine) -> tuple[object, ...]:
    return one.id, one.at, one.who, one.source, one.what, one.run_id, dict(one.detail)


def _row(one: AuditLine) -> tuple[object, ...]:
    detail = json.dumps(one.detail, sort_keys=True) if one.detail else ""
    return one.id, _moment(one.at), one.who, one.source, one.what, one.run_id, detail


def _line(one: AuditLine) -> str:
    refused = f", refused: {shown(str(one.detail['refused']))}" if "refused" in one.detail else ""
    run = f"  {one.run_id}" if one.run_id else ""
    return f"{_moment(one.at)}  {shown(one.who)} by {one.source}: {shown(one.what)}{refused}{run}"


def _moment(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(at))
