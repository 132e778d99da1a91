"""What a step is done again from: the attempt that says so, and the tree with which a segment begins.

A run goes back to a step (retry, resume, an answer, a no) and then begins with the tree that the step began with; or it
goes on behind the one at which it stood (skip, a yes), and then with the tree as that left it.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from workflows.store.records import Run, StepRun
from workflows.store.run_rows import definition_rows, steps
from workflows.store.run_rows.passages import passage_of
from workflows.store.run_rows.steps import ROLLED_BACK
from workflows.values import StepStatus


def beginning_of(db: sa.Connection, run_id: str, *keys: str) -> StepRun | None:
    """The attempt that says what the step called so is done again from: tree and state before it.

    That is the first one at the newest place of it that counts, or at the place that this went on from. What was taken
    back counts no more, but for the first attempt of what was taken back last: the run stands right before it. Of
    several keys, which run at once, that of whichever was begun first at the newest place.
    """
    attempts = steps.steps_of(db, run_id)
    found = [one for key in keys if (one := _beginning(attempts, key)) is not None]
    if not found:
        return None
    newest = max(_place(one) for one in found)
    return min((one for one in found if _place(one) == newest), key=lambda one: one.started_at)


def tree_of(db: sa.Connection, run: Run, keys: Sequence[str], *, resumes: bool = False) -> str:
    """The tree with which a segment begins at a step, or at those that run at once; "" for the one that there is.

    `resumes` says that the step goes on from its own records where nobody had it begin anew.
    """
    counting = [one for one in steps.steps_of(db, run.id) if one.reason != ROLLED_BACK]
    if counting and run.generation <= counting[-1].segment:  # nobody had it begin anew since
        stood = counting[-1].key
        if resumes or is_behind(definition_rows.definition_of(db, run).places, keys[0], stood):
            return ""
    earlier = beginning_of(db, run.id, *keys)
    return "" if earlier is None else earlier.mark_before


def is_behind(places: Sequence[Sequence[str]], key: str, other: str) -> bool:
    """Whether a step stands behind another one in a definition with these places."""
    at = {name: number for number, names in enumerate(places) for name in names}
    return key in at and other in at and at[key] > at[other]


def _beginning(attempts: Sequence[StepRun], key: str) -> StepRun | None:
    undone = _undone_last(attempts)
    head = [one for one in undone if one.key == key and _place(one) == _place(undone[0])]
    if head:
        return head[0]
    counting = [one for one in attempts if one.reason != ROLLED_BACK]
    newest = next((one for one in reversed(counting) if one.key == key), None)
    while newest is not None:
        here = (newest.segment, newest.ordinal)
        at = next(at for at, one in enumerate(counting) if (one.segment, one.ordinal) == here)
        if at == 0 or not _goes_on(counting[at], counting[at - 1]):
            return counting[at]
        newest = counting[at - 1]
    return None


def _goes_on(one: StepRun, before: StepRun) -> bool:
    """Whether a segment began with the step at which the one before had stopped, which was resumed or answered."""
    answered = before.status is StepStatus.WAITING
    resumed = one.state_before.get("resumed") == one.segment
    return one.key == before.key and one.segment > before.segment and (answered or resumed)


def _undone_last(attempts: Sequence[StepRun]) -> list[StepRun]:
    """What was taken back since anything else was done, in its order; what stands beside such a one is passed over."""
    places = {_place(one) for one in attempts if one.reason == ROLLED_BACK}
    found: list[StepRun] = []
    for one in reversed(attempts):
        if one.reason == ROLLED_BACK:
            found.insert(0, one)
        elif _place(one) not in places:
            break
    return found


def _place(attempt: StepRun) -> tuple[int, int]:
    """The place of a walk at which an attempt was made: the same one for all that run at once."""
    passage = passage_of(attempt.state_before)
    at_once = passage is not None and attempt.key in passage.members and passage.segment == attempt.segment
    if passage is not None and at_once and passage.place_of(attempt.key) == attempt.ordinal:
        return passage.segment, passage.ordinal
    return attempt.segment, attempt.ordinal
