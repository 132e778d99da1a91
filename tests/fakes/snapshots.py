"""Snapshots of runs made by hand, for tests of what is drawn from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.view.run_view import RunView, view_of
from workflows.store.records import DefinitionRecord, Question, Run, Snapshot, StepRun
from workflows.values import Options, RunStatus, Spent, StepStatus

STEPS = (("first", "Begin"), ("second", "Work"), ("third", "End"))


def attempt(
    key: str,
    status: StepStatus,
    *,
    number: int = 1,
    summary: str = "",
    reason: str = "",
    started_at: float = 10,
    ended_at: float | None = None,
) -> StepRun:
    ordinal = [key for key, _ in STEPS].index(key)
    if ended_at is None and status is not StepStatus.RUNNING:
        ended_at = started_at + 1
    return StepRun("r1", 0, ordinal, number, key, status, summary, reason, started_at=started_at, ended_at=ended_at)


def snapshot(
    steps: tuple[StepRun, ...] = (),
    *,
    status: RunStatus = RunStatus.RUNNING,
    current: str = "first",
    state: Mapping[str, Any] | None = None,
    options: Options | None = None,
    question: Question | None = None,
    error: str = "",
    spent: Spent | None = None,
) -> Snapshot:
    run = Run(
        id="r1",
        workflow="issue_to_pr",
        version=1,
        status=status,
        repository="/repo",
        title="Slugs break",
        inputs={},
        options=options or Options(),
        state=state or {},
        current_step=current,
        segment=0,
        generation=0,
        error_text=error,
        created_at=5,
        updated_at=20,
        ended_at=None if status.active else 20,
    )
    return Snapshot(run, DefinitionRecord("toy", 1, "A toy", STEPS), steps, question, spent or Spent())


def asks(kind: str = "approval", text: str = "Is this plan all right?") -> Question:
    return Question("r1", 0, "second", kind, text, "b", "abort", 10, 1000)


def viewed(steps: tuple[StepRun, ...] = (), *, now: float = 100, **facts: Any) -> RunView:
    """The view of such a snapshot at `now`."""
    return view_of(snapshot(steps, **facts), now)
