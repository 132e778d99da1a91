"""What a failed step suggests to do next: actions on its run, which name no other step.

A step knows a step to be done again by what it makes ("the plan"); the definition says which one that is, and where
a definition says nothing, nothing is suggested. What is kept with the run are plain words: `resume`,
`resume with a larger budget`, `retry KEY`, `skip`, `rollback`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Suggested(StrEnum):
    """An action; its value stands for it in the database."""

    RESUME = "resume"
    """Go on where it stopped, keeping what the step had done."""
    RESUME_WITH_MORE = "resume with a larger budget"
    RETRY = "retry"
    SKIP = "skip"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Advice:
    """One suggestion. `what` is what the step to be retried makes, "" for the very step that suggests it."""

    action: Suggested
    what: str = ""


RESUME = Advice(Suggested.RESUME)
RESUME_WITH_MORE = Advice(Suggested.RESUME_WITH_MORE)
RETRY = Advice(Suggested.RETRY)
SKIP = Advice(Suggested.SKIP)
ROLLBACK = Advice(Suggested.ROLLBACK)


def remake(what: str) -> Advice:
    """Retry the step that makes this."""
    return Advice(Suggested.RETRY, what)


def words_of(advice: Iterable[Advice], key: str, makers: Mapping[str, str]) -> Iterator[str]:
    """The words of what a step suggests; `makers` are keys of steps by what they make."""
    for one in advice:
        if one.action is not Suggested.RETRY:
            yield one.action.value
        elif maker := makers.get(one.what, "") if one.what else key:
            yield f"{one.action.value} {maker}"


def step_of(words: str) -> str:
    """The step that such words name, "" where they name none."""
    action, _, key = words.partition(" ")
    return key if action == Suggested.RETRY else ""
