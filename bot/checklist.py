"""A run as a list of its declared steps with their state: what every face of a run draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workflows.markdown import visible
from workflows.store.records import Snapshot, StepRun
from workflows.values import RunStatus, StepStatus

PENDING = "pending"
"""The state of a step that is still to come; the others are those of its last attempt (`StepStatus`)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One declared step. `seconds` is the time of all its attempts together; `detail` its summary or what failed."""

    key: str
    title: str
    state: str
    detail: str = ""
    seconds: float = 0.0
    attempts: int = 0


def checklist(snapshot: Snapshot, now: float) -> tuple[Row, ...]:
    """The steps in their order. What lies behind a step that the run went back to is pending again."""
    keys = [key for key, _ in snapshot.definition.steps]
    here = keys.index(snapshot.run.current_step) if snapshot.run.current_step in keys else 0
    under_way = snapshot.run.status in (RunStatus.PENDING, RunStatus.RUNNING, RunStatus.WAITING)
    asked = snapshot.question is not None
    return tuple(
        _row(key, title, [step for step in snapshot.steps if step.key == key], now, under_way and at > here, asked)
        for at, (key, title) in enumerate(snapshot.definition.steps)
    )


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


def _row(key: str, title: str, attempts: Sequence[StepRun], now: float, ahead: bool, asked: bool) -> Row:
    seconds = sum(seconds_of(step, now) for step in attempts)
    if not attempts or ahead:
        return Row(key, title, PENDING, "", seconds, len(attempts))
    last = attempts[-1]
    if last.status is StepStatus.WAITING and not asked:
        return Row(key, title, StepStatus.COMPLETED.value, "answered", seconds, len(attempts))
    return Row(key, title, last.status.value, shown(last.reason or last.summary), seconds, len(attempts))
