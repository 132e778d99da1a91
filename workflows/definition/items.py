"""What a definition is made of: steps, waits, steps that run at once; and what a step may come to.

A step is an async function from a context to a result; expected failures are results too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Generic, Literal, TypeVar

from workflows.advice import Advice

Json = Any
"""Whatever `json.dumps` takes: state is plain, small and survives a replay unchanged."""

State = Mapping[str, Json]

Context = TypeVar("Context")


@dataclass(frozen=True, slots=True)
class Done:
    """The step is finished. `state` is merged into the run's state; `summary` stands behind its title."""

    state: State = field(default_factory=dict)
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Exit:
    """The step is finished and leaves by another way than the usual one; the definition says where that leads.

    A step knows its exits by what they mean ("rework"), and no other step.
    """

    name: str
    state: State = field(default_factory=dict)
    summary: str = ""


@dataclass(frozen=True, slots=True)
class WaitFor:
    """The step needs an answer from a person; it runs again with `state["answer"]` set."""

    question: str
    state: State = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """The step failed in an expected way. `advice` are next actions, most useful first.

    `output` is the end of what was printed; `lasting` says that trying it again as it is would change nothing.
    """

    reason: str
    advice: tuple[Advice, ...] = ()
    output: str = ""
    state: State = field(default_factory=dict)
    lasting: bool = False


Result = Done | Exit | WaitFor | Failed


@dataclass(frozen=True, slots=True)
class Slot:
    """One entry of a run's state: its key, and which kind of JSON it holds."""

    key: str
    kind: type

    def is_in(self, state: State) -> bool:
        """Whether a state holds it; nothing at all counts, as where a step was left out."""
        return self.key in state and (state[self.key] is None or isinstance(state[self.key], self.kind))


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a step that raised TransientError is tried, and how long between (doubling, in seconds)."""

    attempts: int = 3
    first: float = 2.0
    most: float = 120.0

    def delay(self, attempt: int, asked: float | None = None) -> float:
        """Seconds to wait after failed attempt number `attempt`; what the other side asked for wins."""
        if asked is not None:
            return min(asked, 3600.0)
        return float(min(self.first * 2 ** (attempt - 1), self.most))


class Touches(StrEnum):
    """What a step may change while it is at work, as the end of a sentence about it."""

    READS = "it only reads"
    OWN_TREES = "it works on trees of its own"
    RUN_TREE = "it writes the run's tree"
    OUTSIDE = "it changes something outside"
    ANYTHING = "it does not say that it only reads, or works on trees of its own"


BESIDE = (Touches.READS, Touches.OWN_TREES)
"""What a step may touch that others run beside."""


@dataclass(frozen=True, slots=True)
class Step(Generic[Context]):
    """One step. `key` is what commands name; `title` is what people read.

    `when` skips the step where it is false. `exits` say to which step each of its exits leads, `makers`
    which step makes what it may suggest to be made anew (see `workflows.advice`).
    `needs` is what the state must hold before it, `gives` what it holds afterwards. `resumes`
    says that after a crash the step goes on from its own records; any other step is repeated
    from the workspace as it was before it. `skipped` is what the state gains where the step
    failed and is left out; None: the run cannot do without it. `touches` says whether others may run beside it.
    """

    key: str
    title: str
    run: Callable[[Context], Awaitable[Result]]
    when: Callable[[State], bool] | None = None
    exits: Mapping[str, str] = field(default_factory=dict)
    makers: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[Slot, ...] = ()
    gives: tuple[Slot, ...] = ()
    retry: Retry = Retry()
    resumes: bool = False
    skipped: State | None = None
    touches: Touches = Touches.ANYTHING


@dataclass(frozen=True, slots=True)
class Parallel(Generic[Context]):
    """Steps that run at once, each with its own attempts and retries; the run goes on when all have ended.

    `key` names all of them together, as where an exit leads; the key of a member names it alone. A member
    only reads or works on trees of its own, leaves by no exit, sees nothing that a sibling gives, and
    writes of the run's state what it says that it gives, and nothing else.
    """

    key: str
    title: str
    members: tuple[Step[Context], ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Those of its members."""
        return tuple(member.key for member in self.members)


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause for a person's yes or no, asked only where `when` holds.

    `question` is made from the state; `binding` is a digest of what the answer is about, so
    that an answer to something older does not count. A no goes on at `rejected` (with the
    reason in `state["rejection"]`), or ends the run where that is empty. When nobody answers
    within `expires`, `default` is done.
    """

    key: str
    title: str
    question: Callable[[State], str]
    when: Callable[[State], bool] | None = None
    binding: Callable[[State], str] = lambda state: ""
    rejected: str = ""
    expires: timedelta = timedelta(days=7)
    default: Literal["abort", "approve", "keep"] | None = "abort"


Item = Step[Context] | Parallel[Context] | Wait
