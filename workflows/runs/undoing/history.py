"""The way that a run has gone: the steps that count, each with all its attempts, and where the last N began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.errors import RollbackRefused
from sandbox.journal import JournalEntry
from sandbox.trees.rebuild import ROLLBACK
from sandbox.trees.rollback import Back
from workflows.store.records import StepRun
from workflows.store.run_rows.beginnings import is_behind
from workflows.store.run_rows.passages import passage_of
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


def way_of(attempts: Sequence[StepRun], places: Sequence[Sequence[str]] = ()) -> list[PastStep]:
    """The places of a run, from all its attempts in their order; what a rollback took back is not among them.

    `places` are the keys of the definition's, which tell where a run went on behind a step (it was skipped) from where
    it went back to one.
    """
    way: list[PastStep] = []
    before: StepRun | None = None
    for attempt in (one for one in attempts if one.reason != ROLLED_BACK):
        if before is not None and (before.segment, before.ordinal) == (attempt.segment, attempt.ordinal):
            way[-1] = PastStep(attempt.key, (*way[-1].attempts, attempt))
        elif before is not None and before.segment != attempt.segment:
            way = _joined(way, attempt, before, places)
        elif before is not None and (beside := _place_beside(way, attempt)) is not None:
            way[beside:] = [*way[beside + 1 :], PastStep(attempt.key, (*way[beside].attempts, attempt))]
        else:
            way.append(PastStep(attempt.key, (attempt,)))
        before = attempt
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


def _joined(way: list[PastStep], attempt: StepRun, before: StepRun, places: Sequence[Sequence[str]]) -> list[PastStep]:
    """A way after the first attempt of a segment: at that step if it was done before, and the run went back to it, else
    behind. `before` is the last attempt until then.

    Of steps that ran at once those that are not made again stand; what they gave is gone on with.
    """
    found = [index for index, place in enumerate(way) if place.key == attempt.key]
    if not found or _went_on(way[found[-1]], attempt, before, places):
        return [*way, PastStep(attempt.key, (attempt,))]
    at = found[-1]
    while at > 0 and _beside(way[at - 1], way[found[-1]]):
        at -= 1
    standing = [one for one in way[at:] if _beside(one, way[found[-1]]) and one.key != attempt.key]
    replaced = tuple(one for place in way[at:] if place not in standing for one in place.attempts)
    return [*way[:at], *standing, PastStep(attempt.key, (*replaced, attempt))]


def _went_on(found: PastStep, attempt: StepRun, before: StepRun, places: Sequence[Sequence[str]]) -> bool:
    """Whether a segment goes on behind the step at which the run stood, with the tree that this had left."""
    as_then = any(one.mark_before == attempt.mark_before for one in found.attempts)
    return is_behind(places, attempt.key, before.key) and not as_then


def _beside(one: PastStep, other: PastStep) -> bool:
    """Whether two places of a way are of steps that ran at once."""
    passage = passage_of(other.first.state_before)
    members = () if passage is None else passage.members
    return one.key in members and other.key in members


def _place_beside(way: Sequence[PastStep], attempt: StepRun) -> int | None:
    """The place of a member that was made before, and is made again beside the one that its segment began with."""
    passage = passage_of(attempt.state_before)
    if passage is None or not passage.is_at(attempt.segment, 0) or attempt.key not in passage.members:
        return None
    at = len(way) - 1
    while at >= 0 and way[at].key in passage.members:
        if way[at].key == attempt.key:
            return at
        at -= 1
    return None


def _give(most: int) -> str:
    return f"Give 1 to {most}." if most else "It has done nothing yet."
