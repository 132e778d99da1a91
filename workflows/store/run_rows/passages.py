"""How a run passes through steps that run at once: which of them it makes there, and which have come to an end.

The passage stands in the run's state from the moment in which it begins, or from that in which somebody had the run go
on there: so whoever takes it up after a death, and whoever retries or skips one of its members, knows
what is left to be made.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from workflows.store.records import StepRun
from workflows.store.run_rows.steps import ROLLED_BACK
from workflows.values import StepStatus

PASSAGE = "passage"
"""The key of a run's state."""
_BEHIND = (StepStatus.COMPLETED, StepStatus.SKIPPED)


@dataclass(frozen=True, slots=True)
class Passage:
    """One way through steps that run at once: its first place in the walk, the keys of all, and of those it makes.

    Each member has a place of its own, in the order of `members`. `asked` is the member to whom a person's answer
    is given, "" where there is none.
    """

    segment: int
    ordinal: int
    members: tuple[str, ...]
    make: tuple[str, ...]
    asked: str = ""

    def is_at(self, segment: int, ordinal: int) -> bool:
        return (self.segment, self.ordinal) == (segment, ordinal)

    def place_of(self, key: str) -> int:
        """The ordinal of a member."""
        return self.ordinal + self.members.index(key)

    @property
    def in_state(self) -> dict[str, Any]:
        """What the run's state says of it."""
        return {PASSAGE: asdict(self)}


def passage_of(state: Mapping[str, Any]) -> Passage | None:
    """The last one of a run with that state."""
    told = state.get(PASSAGE)
    if told is None:
        return None
    return Passage(**{**told, "members": tuple(told["members"]), "make": tuple(told["make"])})


def last_attempts(passage: Passage, attempts: Sequence[StepRun]) -> dict[str, StepRun]:
    """The last attempt at each member of a passage that has one there."""
    places = {(passage.segment, passage.place_of(key)): key for key in passage.make}
    here = [one for one in attempts if (one.segment, one.ordinal) in places]
    return {places[one.segment, one.ordinal]: one for one in here}


def made_since(passage: Passage, attempts: Sequence[StepRun]) -> dict[str, StepRun]:
    """The last attempt at each member in a passage or after it, as far as it came to an end that stands."""
    since = (passage.segment, passage.ordinal)
    last = {one.key: one for one in attempts if one.key in passage.members and (one.segment, one.ordinal) >= since}
    return {key: one for key, one in last.items() if one.status in _BEHIND and one.reason != ROLLED_BACK}


def left_of(passage: Passage, attempts: Sequence[StepRun], again: Collection[str] = ()) -> tuple[str, ...]:
    """The members that are still to be made for a passage to have come to its end; `again` are made in any case."""
    made = made_since(passage, attempts)
    return tuple(key for key in passage.members if key in again or (key in passage.make and key not in made))


def given_by(passage: Passage, attempts: Sequence[StepRun], without: Collection[str] = ()) -> dict[str, Any]:
    """What the members that stand have given to the run's state."""
    made = made_since(passage, attempts)
    found = (made[key].next.get("gave", {}) for key in passage.members if key in made and key not in without)
    return {slot: value for gave in found for slot, value in gave.items()}
