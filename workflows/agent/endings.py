"""How an agent's work on a task ends: values, since every one of them is expected."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.values import Requirement, Spent


@dataclass(frozen=True, slots=True)
class Finished:
    """The model says that it is done, and which requirements it holds to be met."""

    spent: Spent
    summary: str
    requirements: tuple[Requirement, ...] = ()
    keep: tuple[str, ...] = ()
    """Files that its commands made, and that belong to the change whatever they look like."""


@dataclass(frozen=True, slots=True)
class GaveUp:
    """The model says that it cannot be done."""

    spent: Spent
    reason: str


@dataclass(frozen=True, slots=True)
class AsksPerson:
    """The model needs an answer from a person; run the same task again with `answer` set."""

    spent: Spent
    question: str


@dataclass(frozen=True, slots=True)
class OutOfBudget:
    """A bound was reached: `which` is dollars, tokens, turns, minutes or context.

    The partial work is in the tree; `summary` and `requirements` are what the model said in
    its last turn, if it still had one.
    """

    spent: Spent
    which: str
    summary: str = ""
    requirements: tuple[Requirement, ...] = ()


@dataclass(frozen=True, slots=True)
class Stuck:
    """The model goes in circles, and a nudge did not help."""

    spent: Spent
    reason: str


Ended = Finished | GaveUp | AsksPerson | OutOfBudget | Stuck
