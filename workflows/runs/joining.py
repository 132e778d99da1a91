"""Where the next segment of a run begins, and what it is given: also in the midst of steps that run at once.

Of those only what is left is made: members that have come to an end stand, with what they gave to the run's state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from workflows.store.records import Run, StepRun
from workflows.store.run_rows import beginnings, definition_rows, steps
from workflows.store.run_rows.passages import Passage, given_by, last_attempts, left_of, passage_of
from workflows.values import StepStatus


@dataclass(frozen=True, slots=True)
class Joining:
    """The key at which a segment begins, and what the run's state gains, or is, then."""

    key: str
    gained: Mapping[str, Any]


def stopped_at(db: sa.Connection, run: Run, asked: str = "") -> Joining:
    """Where a run stopped. `asked` is the step whose question was answered, which is made in any case."""
    passage = passage_of(run.state)
    names = definition_rows.definition_of(db, run).place(run.current_step)
    if passage is None or tuple(names[1:]) != passage.members:
        return Joining(asked or run.current_step, {})
    again = {asked} if asked else {run.current_step} & set(passage.members)
    left = left_of(passage, steps.steps_of(db, run.id), again)
    return _next(run, passage, names[0], left or passage.make, asked)


def begun_at(db: sa.Connection, run: Run, key: str, names: Sequence[str]) -> Joining | None:
    """Where a step is made again, with the state as it was when that began; None where the run has not come to it.

    `names` are the keys of its place. The key of a member means that one, and what its siblings gave is kept; that of
    all means each of them.
    """
    if key == names[0] and len(names) > 1:
        begun = beginnings.beginning_of(db, run.id, *names[1:])
        return None if begun is None else Joining(key, begun.state_before)
    earlier = beginnings.beginning_of(db, run.id, key)
    if earlier is None:
        return None
    passage = passage_of(earlier.state_before)
    if passage is None or key not in names[1:]:
        return Joining(key, earlier.state_before)
    attempts = steps.steps_of(db, run.id)
    joining = _next(run, passage, names[0], left_of(passage, attempts, {key}))
    return replace(joining, gained={**earlier.state_before, **given_by(passage, attempts, {key}), **joining.gained})


def failed_in(db: sa.Connection, run: Run) -> tuple[str, ...]:
    """The steps at which a run failed: more than one where they ran at once, each that had not ended where it stands
    at all of them."""
    passage = passage_of(run.state)
    if passage is None or passage.segment != run.segment:
        return (run.current_step,)
    attempts = steps.steps_of(db, run.id)
    names = definition_rows.definition_of(db, run).place(run.current_step)
    if run.current_step == names[0] and tuple(names[1:]) == passage.members:
        return left_of(passage, attempts) or (run.current_step,)
    if run.current_step not in passage.make:
        return (run.current_step,)
    last = last_attempts(passage, attempts)
    failed = [key for key, one in last.items() if one.status is StepStatus.FAILED and "then" in one.next]
    return tuple(dict.fromkeys((run.current_step, *failed)))


def without(db: sa.Connection, run: Run, key: str, after: str | None) -> Joining | None:
    """Where a run goes on that leaves out the step at which it failed; `after` is what stands behind, None for nothing.

    None where there is nothing to go on with.
    """
    passage = passage_of(run.state)
    if passage is not None and passage.segment == run.segment and key in passage.make:
        left = [one for one in left_of(passage, steps.steps_of(db, run.id)) if one != key]
        if left:
            return _next(run, passage, definition_rows.definition_of(db, run).place(key)[0], tuple(left))
    return None if after is None else Joining(after, {})


def left_out(db: sa.Connection, run: Run, key: str, gave: Mapping[str, Any], after: str | None) -> StepRun | None:
    """The last attempt of the step that somebody leaves out, as it counts from then on: the list of steps says so, and
    one that ran beside others is not made again with a sibling of it. None where it has none that failed."""
    passage, attempts = passage_of(run.state), steps.steps_of(db, run.id)
    if passage is not None and passage.segment == run.segment and key in passage.make:
        last = last_attempts(passage, attempts).get(key)
        told: Mapping[str, Any] = {"next": after, "gave": dict(gave)}
    else:
        here = [one for one in attempts if one.segment == run.segment and one.key == key]
        last = here[-1] if here and here[-1].status is StepStatus.FAILED else None
        told = last.next if last else {}
    if last is None:
        return None
    words = f"It failed and was left out: {last.reason}" if last.reason else "It was left out."
    return replace(last, status=StepStatus.SKIPPED, reason=words, next=dict(told))


def placed(state: Mapping[str, Any], segment: int, key: str, names: Sequence[str]) -> Mapping[str, Any]:
    """The state with which a segment begins at a key of the place with these names.

    Of steps that run at once all are made, or the one that is named, unless the state says already which.
    """
    passage = passage_of(state)
    if len(names) == 1 or (passage is not None and passage.is_at(segment, 0)):
        return state
    members = tuple(names[1:])
    return {**state, **Passage(segment, 0, members, members if key == names[0] else (key,)).in_state}


def _next(run: Run, passage: Passage, whole: str, make: tuple[str, ...], asked: str = "") -> Joining:
    """The next segment begins with those of them; `whole` is the key of all. Who was answered has its answer still."""
    asked = asked or (passage.asked if passage.asked in make else "")
    begins = replace(passage, segment=run.segment + 1, ordinal=0, make=make, asked=asked)
    return Joining(make[0] if len(make) == 1 else whole, begins.in_state)
