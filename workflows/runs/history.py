"""The way that a run has gone: the steps that count, each with all its attempts, and where the last N began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.errors import RollbackRefused
from sandbox.journal import JournalEntry
from sandbox.trees.rebuild import ROLLBACK
from sandbox.trees.rollback import Back
from workflows.store.records import StepRun
from workflows.store.run_rows.steps import ROLLED_BACK
from workflows.values import StepStatus

_ENDED = (StepStatus.COMPLETED, StepStatus.FAILED)


@dataclass(frozen=True, slots=True)
class PastStep:
    """A step of the way. Its first attempt says how things were when it began, its last what became of it.

    Where a run went back to a step (by retry, resume, or a plan that was rejected), the
    attempts at whatever that replaced belong to it too.
    """

    key: str
    attempts: tuple[StepRun, ...]

    @property
    def first(self) -> StepRun:
        return self.attempts[0]


def way_of(attempts: Sequence[StepRun]) -> list[PastStep]:
    """The places of a run, from all its attempts in their order; what a rollback took back is not among them."""
    way: list[PastStep] = []
    here: tuple[int, int] | None = None
    for attempt in attempts:
        if attempt.reason == ROLLED_BACK:
            continue
        if here == (attempt.segment, attempt.ordinal):
            way[-1] = PastStep(attempt.key, (*way[-1].attempts, attempt))
            continue
        replaced = _replaced(way, attempt) if here is not None and here[0] != attempt.segment else len(way)
        earlier = tuple(one for place in way[replaced:] for one in place.attempts)
        way[replaced:] = [PastStep(attempt.key, (*earlier, attempt))]
        here = (attempt.segment, attempt.ordinal)
    return way


def last_places(way: Sequence[PastStep], count: int) -> tuple[PastStep, ...]:
    """The end of the way that holds the last `count` steps that ended. RollbackRefused where there are not so many."""
    ended = [index for index, place in enumerate(way) if place.attempts[-1].status in _ENDED]
    if not 0 < count <= len(ended):
        raise RollbackRefused(f"{count} steps cannot be undone: the run has done {len(ended)}.", _give(len(ended)))
    return tuple(way[ended[-count] :])


def back_to(way: Sequence[PastStep], undone: Sequence[PastStep], entries: Sequence[JournalEntry]) -> Back:
    """How far back the end of a way leads: to the tree that it began with, and before every effect since then."""
    keys = tuple(place.key for place in undone if place.attempts[-1].status in _ENDED)
    effects = frozenset(entry.seq for entry in entries if entry.effect is not None and _since(entry, way, undone))
    return Back(keys, undone[0].first.mark_before, effects)


def _since(entry: JournalEntry, way: Sequence[PastStep], undone: Sequence[PastStep]) -> bool:
    """Whether an effect came to be when or after the first undone place began.

    The steps say so where they can: clocks of several machines are only asked about a step
    that stands on both sides.
    """
    before = {place.key for place in way[: len(way) - len(undone)]}
    after = {place.key for place in undone}
    key = entry.where.step
    if key == ROLLBACK or (key in before and key not in after):
        return False
    return (key in after and key not in before) or entry.at >= undone[0].first.started_at


def _replaced(way: Sequence[PastStep], attempt: StepRun) -> int:
    """Where a segment that begins with this attempt joins the way: at that step if it was done before, else behind."""
    found = [index for index, place in enumerate(way) if place.key == attempt.key]
    return found[-1] if found else len(way)


def _give(most: int) -> str:
    return f"Give 1 to {most}." if most else "It has done nothing yet."
