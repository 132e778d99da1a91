"""Looking at runs: the list, one run in full, and its diff, all from the database alone."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from bot.database import open_store
from bot.guards.engine_lock import is_held
from bot.settings import Settings
from bot.terminal.live import spent_words
from bot.terminal.printed import run_with_steps
from bot.view.json_form import as_json as as_plain
from bot.view.run_document import journal_lines, readable
from bot.view.run_view import RunView, view_of
from bot.view.steps import PENDING, duration, seconds_of, shown
from sandbox.journal import JournalEntry
from sandbox.trees.rebuild import journal_diff
from workflows.registry import outcome_of
from workflows.store import audit
from workflows.store.audit import AuditRequest
from workflows.store.cluster import pauses
from workflows.store.records import Pause, Run, Snapshot, StepRun
from workflows.store.run_rows import runs
from workflows.store.run_rows.ledger import SqlLedger
from workflows.store.web import run_search
from workflows.store.web.run_search import EVERY_RUN, Filter
from workflows.text.escape import visible
from workflows.values import RunStatus, StepStatus

_ENDED = (RunStatus.COMPLETED, RunStatus.ROLLED_BACK)


def list_runs(settings: Settings, *, as_json: bool, limit: int, which: Filter = EVERY_RUN) -> str:
    """The newest runs that fit, as a table or as JSON."""
    store = open_store(settings)
    try:
        lines = store.read_now(run_search.search, which, limit).lines
        found = [store.read_now(runs.get_run, line.id) for line in lines]
        paused = store.read_now(pauses.all_of_them)
        left = store.is_sqlite and not is_held(settings.lock_file)
    finally:
        store.close()
    if as_json:
        return json.dumps(
            [
                _brief(run) | {"paused": _is_paused(run, paused), "interrupted": left and run.status.active}
                for run in found
            ],
            indent=2,
        )
    notice = "".join(f"{shown(pause.sentence)} `{pause.ended_by}` has it go on.\n" for pause in paused)
    if not found and which != EVERY_RUN:
        return f"{notice}No run fits that. `pullwright runs` lists all."
    if not found:
        return f"{notice}There are no runs yet. `pullwright solve PATH --issue FILE` starts one."
    words = {run.id: "interrupted" if left and run.status.active else run.status.value for run in found}
    width = max(map(len, words.values()))
    return notice + "\n".join(
        f"{run.id}  {words[run.id]:<{width}}  {when:>9}  {shown(run.title)[:60]}  ({run.called})"
        for run, when in ((run, _ago(run.ended_at or run.created_at)) for run in found)
    )


def show_run(settings: Settings, prefix: str, *, as_json: bool) -> str:
    """One run: steps with their attempts, journal, checks with their numbers, cost."""
    store = open_store(settings)
    try:
        run = store.read_now(runs.find_run, prefix)
        snapshot = store.read_now(runs.snapshot, run.id)
        entries = SqlLedger(store).entries(run.id)
        requests = store.read_now(audit.of_run, run.id)
        left = store.is_sqlite and run.status.active and not is_held(settings.lock_file)
    finally:
        store.close()
    view = view_of(snapshot, time.time())
    if as_json:
        more = {"steps": _steps_json(snapshot), "journal": journal_json(entries), "cleaned_on": run.cleaned_on}
        return json.dumps(as_plain(view) | more | {"requests": [asdict(one) for one in requests]}, indent=2)
    if left:
        words = f"Run {view.id} was interrupted at: {view.step_title}. It goes on with: pullwright resume {view.id}"
        view = replace(view, sentence=words)
    return "\n".join(_whole(view, snapshot.steps, entries, requests))


def diff_of(settings: Settings, prefix: str, step: str | None) -> str:
    """What the run (or one step of it) changed, as a unified diff from the journal's contents."""
    store = open_store(settings)
    try:
        run, _ = run_with_steps(store, prefix, step)
        ledger = SqlLedger(store)
        return journal_diff(ledger.entries(run.id), ledger, step)
    finally:
        store.close()


def nothing_changed(settings: Settings, prefix: str, step: str | None) -> str:
    """Why the diff of a run is empty."""
    store = open_store(settings)
    try:
        run = store.read_now(runs.find_run, prefix)
    finally:
        store.close()
    where = f"Step {step} of run {run.id}" if step else f"Run {run.id}"
    if run.status is RunStatus.ROLLED_BACK:
        return f"{where} was rolled back, so nothing of it is left. `pullwright show {run.id}` lists what it had done."
    return f"{where} has changed no file{' yet' if run.status.active else ''}."


def journal_json(entries: Sequence[JournalEntry]) -> list[dict[str, Any]]:
    """The journal as plain objects. Paths that are not UTF-8 are shown with replacements."""
    return [_entry_json(entry) for entry in entries]


def _whole(
    view: RunView, attempts: Sequence[StepRun], entries: Sequence[JournalEntry], requests: Sequence[AuditRequest]
) -> Iterator[str]:
    cleaned = view.cleaned_on
    yield f"run {view.id}: {shown(view.title)}"
    yield f"{view.repository}, {_ago(view.began_at)}, model {view.model or 'as configured'}"
    yield view.sentence
    if cleaned:
        yield f"Its steps, journal and transcript were cleaned up on {cleaned}: it cannot be gone on with."
    yield from _section("Steps", [] if cleaned else _steps(view, attempts))
    if view.question is not None:
        yield from _section("Asked", visible(view.question.question).splitlines())
    yield from _section("Requirements", [f"{r.state.value:<6} {shown(r.text)}" for r in view.requirements])
    yield from _section("Journal", journal_lines(entries))
    lines = [f"{shown(part.title):<6} {shown(line)}" for part in view.outcome.parts for line in part.lines]
    yield from _section(view.outcome.parts_are, lines)
    yield from _section("Who asked", [_request(one) for one in requests])
    yield from _section("Cost", [spent_words(view.spent)])
    url = view.pull.url if view.pull else ""
    yield from _section("Pull request", [f"{view.branch}: {url}"] if url else [])
    yield from _section("Next", [] if cleaned else [*_next(view)])


def _next(view: RunView) -> Iterator[str]:
    yield from (line for line in view.commands if not line.startswith("pullwright show"))
    if view.of_server:
        yield from (f"{command}  as a comment on {shown(view.place)}" for command in view.replies)


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield title
        yield from (f"  {line}" for line in lines)


def _steps(view: RunView, attempts: Sequence[StepRun]) -> list[str]:
    """Every attempt in the order of the walk, then what is still to come."""
    titles = {row.key: row.title for row in view.steps}
    lines = [attempt_line(step, titles.get(step.key, step.key)) for step in attempts]
    if view.status not in _ENDED:
        coming = (row for row in view.steps if row.state == PENDING)
        lines += [f"{row.state:<9} {'':>11}  {row.key:<10} {row.title}" for row in coming]
    return lines


def attempt_line(step: StepRun, title: str) -> str:
    """One attempt at a step, in columns."""
    took = duration(seconds_of(step, time.time()))
    times = f" (attempt {step.attempt})" if step.attempt > 1 else ""
    said = shown(step.reason or step.summary)
    detail = f": {said}" if said else " (not needed)" if step.status is StepStatus.SKIPPED else ""
    return f"{step.status:<9} {took:>11}  {step.key:<10} {title}{times}{detail}"


def _request(one: AuditRequest) -> str:
    at = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.at))
    refused = f", refused: {shown(one.refused)}" if one.refused else ""
    words = f"{at}  {shown(one.who)} by {one.source}: {shown(one.what)}{refused}"
    return f"{words}  ({shown(one.reference)})" if one.reference else words


def _entry_json(entry: JournalEntry) -> dict[str, Any]:
    where = entry.where
    plain: dict[str, Any] = {"seq": entry.seq, "at": entry.at, "step": where.step, "attempt": where.attempt}
    plain |= {"turn": where.turn, "tool": where.tool, "state": entry.state.value}
    if entry.change:
        change = entry.change
        plain |= {"action": change.action.value, "path": readable(change.path)}
        plain |= {"before": change.before_blob or None, "after": change.after_blob or None}
    elif entry.effect:
        plain |= {"effect": entry.effect.kind, "target": entry.effect.target, "undo": dict(entry.effect.undo)}
    return plain


def _steps_json(snapshot: Snapshot) -> list[dict[str, Any]]:
    return [
        {
            "key": step.key,
            "attempt": step.attempt,
            "status": step.status.value,
            "summary": step.summary,
            "reason": step.reason,
            "seconds": round(seconds_of(step, time.time()), 3),
        }
        for step in snapshot.steps
    ]


def _is_paused(run: Run, paused: Sequence[Pause]) -> bool:
    return run.status.active and any(one.repository in ("", run.repository.lower()) for one in paused)


def _brief(run: Run) -> dict[str, Any]:
    return {
        "run": run.id,
        "workflow": run.workflow,
        "status": run.status.value,
        "verdict": outcome_of(run).facts.get("verdict"),
        "title": run.title,
        "repository": run.called,
        "step": run.current_step,
        "branch": run.state.get("branch"),
        "created_at": run.created_at,
        "error": run.error_text or None,
    }


def _ago(then: float) -> str:
    seconds = max(0.0, time.time() - then)
    for unit, size in (("day", 86400), ("hour", 3600), ("min", 60)):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if count > 1 and unit != 'min' else ''} ago"
    return "just now"
