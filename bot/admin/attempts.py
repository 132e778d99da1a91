"""The attempts at one step, each a column beside the others: what it did, what it took, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.view.steps import seconds_of
from sandbox.journal import JournalEntry
from workflows.store.records import Snapshot, StepRun
from workflows.store.web.records import CallLine, PrintedCommand


@dataclass(frozen=True, slots=True)
class AttemptColumn:
    """What happened between the beginning of an attempt and that of the next one at the same step.

    `files` are (what happened, path), the last for each path; `usd` is as far as prices are known, None where no price
    is.
    """

    number: int
    step: StepRun
    seconds: float
    files: Sequence[tuple[str, str]]
    commands: Sequence[PrintedCommand]
    calls: int
    tokens: int
    usd: float | None


def spans_of(snapshot: Snapshot, key: str) -> list[tuple[StepRun, float, float]]:
    """The attempts at a step, the first one first, each with when it began and when the next one did."""
    attempts = sorted((one for one in snapshot.steps if one.key == key), key=lambda one: one.started_at)
    behind = [*(one.started_at for one in attempts[1:]), float("inf")]
    return [(one, one.started_at, end) for one, end in zip(attempts, behind, strict=False)]


def columns_of(
    snapshot: Snapshot,
    key: str,
    entries: Sequence[JournalEntry],
    commands: Sequence[PrintedCommand],
    calls: Sequence[CallLine],
    now: float,
) -> list[AttemptColumn]:
    """A column for each attempt at the step, the first one first; those of the run's other steps are passed over."""
    columns = []
    for number, (step, begin, end) in enumerate(spans_of(snapshot, key), 1):
        own = [one for one in calls if one.step == key and begin <= one.at < end]
        priced = [one.usd for one in own if one.usd is not None]
        changes = (one for one in entries if one.change is not None and one.where.step == key and begin <= one.at < end)
        files = {one.change.path: one.change.action.value for one in changes if one.change is not None}
        columns.append(
            AttemptColumn(
                number=number,
                step=step,
                seconds=seconds_of(step, now),
                files=[(action, path) for path, action in sorted(files.items())],
                commands=[one for one in commands if one.step == key and begin <= one.at < end],
                calls=len(own),
                tokens=sum(one.tokens for one in own),
                usd=sum(priced) if priced or not own else None,
            )
        )
    return columns
