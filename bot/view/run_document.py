"""A run as a page of facts and parts, for whoever reads it elsewhere: as Markdown, as HTML, its attempts as CSV."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence

from bot.view.documents import Document, DocumentPart, Table
from bot.view.progress import cost
from bot.view.run_view import view_of
from bot.view.steps import duration, seconds_of, shown
from sandbox.journal import JournalEntry
from workflows.store.audit import AuditLine
from workflows.store.records import Snapshot

AUDIT = ("id", "at", "who", "source", "what", "run", "detail")
_MOST_FILES = 30
_STEPS = ("step", "title", "attempt", "status", "seconds", "summary", "reason")


def document_of(snapshot: Snapshot, journal: Sequence[str], requests: Sequence[AuditLine]) -> Document:
    """All that is told of a run; `journal` are its lines."""
    view = view_of(snapshot, time.time())
    pull = view.pull.url if view.pull else ""
    facts = [
        ("Run", view.id),
        ("Workflow", view.workflow),
        ("Status", view.status.value),
        ("Repository", view.repository),
        ("Started", moment(view.began_at)),
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
        ("Steps", attempts_of(snapshot)),
        ("Journal", "\n".join(journal)),
        ("Who asked", Table(AUDIT, [[str(one) for one in audit_row(line)] for line in requests]) if requests else ""),
    ]
    told = [DocumentPart(title, body) for title, body in parts if body]
    return Document(view.title, view.sentence, [(name, value) for name, value in facts if value], told)


def journal_lines(entries: Sequence[JournalEntry]) -> list[str]:
    """By step in the order of the run: how many changes of files, which files, and each effect."""
    lines = []
    for step in dict.fromkeys(entry.where.step for entry in entries):
        mine = [entry for entry in entries if entry.where.step == step]
        files = Counter((e.change.action.value, readable(e.change.path)) for e in mine if e.change)
        for (action, path), times in list(files.items())[:_MOST_FILES]:
            lines.append(f"{step:<10} {action} {path}" + (f" ({times} times)" if times > 1 else ""))
        if len(files) > _MOST_FILES:
            lines.append(f"{step:<10} and {len(files) - _MOST_FILES} files more")
        lines += [
            f"{step:<10} {e.effect.kind.replace('_', ' ')} {shown(e.effect.target)} ({e.state.value})"
            for e in mine
            if e.effect
        ]
    return lines


def attempts_of(snapshot: Snapshot) -> Table:
    """Every attempt at a step."""
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


def audit_row(one: AuditLine) -> tuple[object, ...]:
    """A row under `AUDIT`."""
    detail = json.dumps(one.detail, sort_keys=True) if one.detail else ""
    return one.id, moment(one.at), one.who, one.source, one.what, one.run_id, detail


def moment(at: float) -> str:
    """`2026-11-29 15:04:05Z`."""
    return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(at))


def readable(path: str) -> str:
    """A name of a file as text; what is not UTF-8 in it is replaced."""
    return shown(path.encode(errors="surrogateescape").decode(errors="replace"))
