"""All that the page of a run shows, read from the database in a few queries."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from bot.access.people.visitors import WebVisit
from bot.admin.checks import BothSides, both_sides_of
from bot.admin.offers import Offer, may_roll_back, offers
from bot.admin.outside import OutsideRow, outside_rows
from bot.admin.pages.start import can_start_again
from bot.view.run_view import RunView, view_of
from bot.view.steps import duration, seconds_of
from sandbox.journal import JournalEntry
from workflows.engine.questions import unanswered
from workflows.runs.permission import ROLES, Action
from workflows.runs.principal import Role
from workflows.store import audit
from workflows.store.audit import AuditRequest
from workflows.store.records import Snapshot, StepRun
from workflows.store.run_rows import runs
from workflows.store.run_rows.ledger import SqlLedger
from workflows.store.web import orders, run_search
from workflows.store.web.orders import Order
from workflows.values import StepStatus

_MOST_CHANGES = 200
_FULL = 100.0


@dataclass(frozen=True, slots=True)
class Bar:
    """An attempt in the timeline, or a wait for an answer: where it begins and how long it is, in percent of the run.

    `words` say what became of it, and how long it took. `waited` is how much of that stands empty before it, while the
    run was in line.
    """

    step: StepRun
    title: str
    begins: float
    length: float
    seconds: float
    words: str
    again: bool
    """The step was begun before, in an earlier part of the walk."""
    waited: float = 0.0
    waited_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run for its page. `role` is that of who looks."""

    view: RunView
    snapshot: Snapshot
    role: Role
    bars: Sequence[Bar]
    offers: Sequence[Offer]
    can_roll_back: bool
    unanswered: str
    can_retry: bool
    effects: Sequence[JournalEntry]
    outside: Sequence[OutsideRow]
    changes: Sequence[JournalEntry]
    more_changes: int
    requests: Sequence[AuditRequest]
    orders: Sequence[Order]
    subject_url: str
    checks: BothSides | None
    can_start_again: bool


async def facts_of(visit: WebVisit) -> RunFacts:
    """The facts of the run that a visit is about."""
    store, run = visit.store, visit.the_run
    snapshot = await store.read(runs.snapshot, run.id)
    known = await store.read(run_search.repository_of, run.repository)
    role = Role.NONE if known is None else await visit.role_in(known)
    entries = await asyncio.to_thread(SqlLedger(store).entries, run.id)
    requests = await store.read(audit.of_run, run.id)
    asked = await store.read(orders.of_run, run.id)
    changes = [one for one in entries if one.change is not None]
    now = time.time()
    view = view_of(snapshot, now)
    return RunFacts(
        view=view,
        snapshot=snapshot,
        role=role,
        bars=bars_of(snapshot, now),
        offers=offers(snapshot, visit.visitor.principal(role, run.repository)),
        can_roll_back=may_roll_back(snapshot),
        unanswered=unanswered(snapshot.question) if snapshot.question else "",
        can_retry=not run.status.active and not run.cleaned_on and bool(snapshot.steps),
        effects=[one for one in entries if one.effect is not None],
        outside=outside_rows(run, _web_address(view.place), entries),
        changes=changes[:_MOST_CHANGES],
        more_changes=max(0, len(changes) - _MOST_CHANGES),
        requests=requests,
        orders=asked,
        subject_url=_web_address(view.place),
        checks=both_sides_of(run),
        can_start_again=can_start_again(run) and role >= ROLES[Action.START],
    )


def bars_of(snapshot: Snapshot, now: float) -> list[Bar]:
    """Every attempt, in the order of the walk, on one scale from the run's start to its end or to now."""
    titles, run = dict(snapshot.definition.steps), snapshot.run
    begin, end = run.created_at, run.ended_at or now
    whole = max(end - begin, 0.001)
    bars, seen, idle_since = list[Bar](), set[str](), begin
    for step, following in zip_longest(snapshot.steps, snapshot.steps[1:]):
        idle = max(step.started_at - idle_since, 0.0)
        at = min(max(step.started_at - begin, 0.0) / whole * _FULL, _FULL)
        until, seconds, words = step.ended_at or now, seconds_of(step, now), step.status.value.replace("_", " ")
        if step.status is StepStatus.WAITING:  # whose row has no end: it is over where the run went on, or ended
            until = following.started_at if following else end
            seconds = max(until - step.started_at, 0.0)
            words = "waited for an answer" if following or run.ended_at else "waits for an answer"
        words = f"{words}, {duration(seconds)}" if seconds else words
        if step.status is StepStatus.INTERRUPTED:  # its process is gone, and nobody knows when it went
            words = f"interrupted, last heard of {duration(seconds)} after it began"
        length = min(max(until - step.started_at, 0.0) / whole * _FULL, _FULL - at)
        title, again = titles.get(step.key, step.key), step.key in seen
        waited = min(idle / whole * _FULL, at)
        bars.append(Bar(step, title, at, max(length, 0.3), seconds, words, again, waited, idle))
        seen.add(step.key)
        idle_since = max(idle_since, until)
    return bars


def _web_address(text: str) -> str:
    """An address that may stand in a link, else ""."""
    return text if text.startswith(("https://", "http://")) else ""
