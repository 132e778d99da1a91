"""`show`, `runs` and `audit` in the form that somebody asks for, all from the same facts."""

from __future__ import annotations

import json

from bot.database import open_store
from bot.settings import Settings
from bot.terminal.show import list_runs, show_run
from bot.view.documents import Document, DocumentPart, Format, Table, as_csv, as_html, as_markdown
from bot.view.run_document import AUDIT, attempts_of, audit_row, document_of, journal_lines, moment
from bot.view.steps import shown
from workflows.store import audit
from workflows.store.audit import AuditLine
from workflows.store.run_rows import runs
from workflows.store.run_rows.ledger import SqlLedger
from workflows.store.web import run_search
from workflows.store.web.run_search import EVERY_RUN, Filter, RunLine

_RUNS = ("run", "workflow", "status", "title", "repository", "subject", "step", "started", "ended", "pull", "usd")


def runs_as(settings: Settings, form: Format, limit: int, which: Filter = EVERY_RUN) -> str:
    """The newest runs that fit."""
    if form in (Format.TEXT, Format.JSON):
        return list_runs(settings, as_json=form is Format.JSON, limit=limit, which=which)
    store = open_store(settings)
    try:
        found = store.read_now(run_search.search, which, limit)
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
        return json.dumps([dict(zip(AUDIT, _plain(one), strict=True)) for one in found], indent=2)
    if form is Format.TEXT:
        return "\n".join(_line(one) for one in found) or "Nobody has asked for anything yet."
    return _table("Audit log", Table(AUDIT, [[str(one) for one in audit_row(line)] for line in found]), form)


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
    if form is Format.CSV:
        return as_csv(attempts_of(snapshot))
    page = document_of(snapshot, journal_lines(entries), requests)
    return as_html(page) if form is Format.HTML else as_markdown(page)


def _table(title: str, table: Table, form: Format) -> str:
    if form is Format.CSV:
        return as_csv(table)
    page = Document(title, parts=[DocumentPart(f"{len(table.rows)} in all", table)])
    return as_html(page) if form is Format.HTML else as_markdown(page)


def _run(line: RunLine) -> list[str]:
    ended = moment(line.ended_at) if line.ended_at else ""
    about = [line.id, line.workflow, line.status.value, line.title, line.called, line.subject, line.step]
    return [*about, moment(line.created_at), ended, str(line.pull or ""), "" if line.usd is None else f"{line.usd:.4f}"]


def _plain(one: AuditLine) -> tuple[object, ...]:
    return one.id, one.at, one.who, one.source, one.what, one.run_id, dict(one.detail)


def _line(one: AuditLine) -> str:
    refused = f", refused: {shown(str(one.detail['refused']))}" if "refused" in one.detail else ""
    run = f"  {one.run_id}" if one.run_id else ""
    return f"{moment(one.at)}  {shown(one.who)} by {one.source}: {shown(one.what)}{refused}{run}"
