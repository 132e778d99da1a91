"""A run as a list of its declared steps with their state: what every face of a run draws."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from workflows.store.records import Snapshot, StepRun
from workflows.text.escape import visible
from workflows.values import RunStatus, StepStatus, Why

_SOON = 120.0

PENDING = "pending"
"""The state of a step that is still to come; the others are those of its last attempt (`StepStatus`)."""


@dataclass(frozen=True, slots=True)
class ChecklistRow:
    """One declared step. `seconds` is the time of all its attempts together; `detail` its summary or what failed.

    A step that will be tried again by itself is "interrupted", and its detail says when; of a run that was stopped
    nothing is.
    """

    key: str
    title: str
    state: str
    detail: str = ""
    seconds: float = 0.0
    attempts: int = 0
    beside: str = ""
    """The key of all that runs at once with it, "" where nothing does."""


def checklist(snapshot: Snapshot, now: float) -> tuple[ChecklistRow, ...]:
    """The steps in their order. What lies behind a step that the run went back to is pending again."""
    places = {key: at for at, names in enumerate(snapshot.definition.places) for key in names}
    here = places.get(snapshot.run.current_step, 0)
    under_way = snapshot.run.status in (RunStatus.PENDING, RunStatus.RUNNING, RunStatus.WAITING)
    asked = snapshot.question is not None
    rows = []
    for key, title in snapshot.definition.steps:
        attempts, ahead = [step for step in snapshot.steps if step.key == key], under_way and places[key] > here
        again = trying_again(attempts) if under_way else ""
        row = _row(key, title, attempts, now, ahead, asked, again)
        rows.append(replace(row, beside=snapshot.definition.whole_of(key)))
    return tuple(rows)


def last_output(snapshot: Snapshot) -> str:
    """What the step at which a run stopped printed last; "" where nothing is kept of it, or the run did not stop."""
    run = snapshot.run
    if run.status not in (RunStatus.FAILED, RunStatus.ABORTED):
        return ""
    last = next((step for step in reversed(snapshot.steps) if step.key == run.current_step), None)
    return last.output.strip("\n") if last is not None and last.output.strip() else ""


def seconds_of(step: StepRun, now: float) -> float:
    """How long an attempt worked (so far). Waiting for a person is not work."""
    if step.status is StepStatus.WAITING or not step.started_at:
        return 0.0
    return max(0.0, (step.ended_at or now) - step.started_at)


def shown(text: str) -> str:
    """Text of a model or a repository on one line, without anything a terminal would obey."""
    return " ".join(visible(text).split())


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def _row(
    key: str, title: str, attempts: Sequence[StepRun], now: float, ahead: bool, asked: bool, again: str
) -> ChecklistRow:
    seconds = sum(seconds_of(step, now) for step in attempts)
    if not attempts or ahead:
        return ChecklistRow(key, title, PENDING, "", seconds, len(attempts))
    last, counted = attempts[-1], sum(step.next.get("why") != Why.AWAY for step in attempts)
    if again:
        return ChecklistRow(key, title, StepStatus.INTERRUPTED.value, again, seconds, counted)
    if last.status is StepStatus.WAITING and not asked:
        return ChecklistRow(key, title, StepStatus.COMPLETED.value, "answered", seconds, counted)
    return ChecklistRow(key, title, last.status.value, shown(last.reason or last.summary), seconds, counted)


def trying_again(attempts: Sequence[StepRun]) -> str:
    """Why a step is tried again by itself, and when; "" where it is not. The words do not change with time."""
    last = attempts[-1] if attempts else None
    if last is None or last.status is not StepStatus.FAILED or "again_in" not in last.next:
        return ""
    reason, ended = shown(last.reason), last.ended_at or last.started_at
    if last.next.get("why") == Why.AWAY:
        since = ended
        for step in reversed(attempts):
            if step.next and step.next.get("why") != Why.AWAY:
                break
            since = step.ended_at or since
        return f"{reason} The run has waited for it since {_clock(since)}."
    seconds = float(last.next["again_in"])
    when = f"in {duration(seconds)}" if seconds < _SOON else f"at {_clock(ended + seconds)}"
    tries = f" ({last.next['number']} of {last.next['of']})" if last.next.get("of") else ""
    return f"{reason.rstrip('.')}; trying again {when}{tries}"


def _clock(at: float) -> str:
    return time.strftime("%H:%M UTC", time.gmtime(at))
