"""The values that steps hand to each other: frozen, small, and plain JSON when they are stored."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, Literal, TypeVar, cast

T = TypeVar("T")


class RunStatus(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    ABORTED = "aborted"
    ROLLED_BACK = "rolled_back"

    @property
    def active(self) -> bool:
        """Whether the engine still has something to do for it by itself."""
        return self in (RunStatus.PENDING, RunStatus.RUNNING)


class StepStatus(StrEnum):
    RUNNING = "running"
    COMPLETED = "completed"
    SKIPPED = "skipped"
    WAITING = "waiting"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """The process ended in the middle of it."""
    HANDED_OVER = "handed_over"
    """The process was stopped in order; whoever goes on with the run makes another attempt."""
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class Issue:
    """The snapshot of an issue at the trigger; later edits do not reach a run. `number` 0 means it has none."""

    number: int
    title: str
    body: str
    author: str = ""
    url: str = ""
    labels: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 over title and body: approvals bind to it."""
        return hashlib.sha256(f"{self.title}\0{self.body}".encode()).hexdigest()

    @property
    def is_bug(self) -> bool:
        return any("bug" in label.lower() for label in self.labels)


class RequirementState(StrEnum):
    OPEN = "open"
    MET = "met"
    """The model says so."""
    UNMET = "unmet"
    SHOWN = "shown"
    """A test shows it, which fails without the change and passes with it."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing the issue asks for; `note` says why it counts as met or not, in the model's words.

    `place` is where the model saw it (`PATH:LINE`), `test` the id of the test that it says shows it.
    """

    text: str
    state: RequirementState = RequirementState.OPEN
    note: str = ""
    place: str = ""
    test: str = ""


@dataclass(frozen=True, slots=True)
class RankedFile:
    """A file that probably matters for the issue, with the lines that say why."""

    path: str
    score: float
    lines: tuple[str, ...] = ()
    """`LINE: text` of definitions and matches, at most a handful."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a run may spend. None means no bound of that kind."""

    usd: float | None = 2.0
    tokens: int | None = None
    turns: int | None = 100
    minutes: float | None = 60.0


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run has spent so far. `unpriced` counts calls whose price is not known."""

    usd: float = 0.0
    tokens: int = 0
    turns: int = 0
    seconds: float = 0.0
    unpriced: int = 0

    @property
    def all_priced(self) -> bool:
        """Whether there were calls, and each one's price was known or told."""
        return self.turns > 0 and not self.unpriced


class Then(StrEnum):
    """What a failed step leads to."""

    RETRY = "retry"
    """It is tried again by itself, a bounded number of times; after that somebody has to look."""
    SKIP = "skip"
    """It is left out, where the workflow can do without it; elsewhere somebody has to look."""
    ABORT = "abort"
    WAIT = "wait"
    """The run stands still until somebody says how it goes on."""
    ROLLBACK_SOFT = "rollback soft"
    """The run ends, and what there is of it is handed over to people."""
    ROLLBACK_HARD = "rollback hard"
    """The run ends, and all that it did is taken back."""


class Why(StrEnum):
    """Why a step is tried again."""

    FAILED = "failed"
    """It failed, and is tried again as it is configured."""
    PASSING = "passing"
    """Of something that may pass, within the step's own tries."""
    AWAY = "away"
    """A whole service does not answer; that is nobody's try."""


@dataclass(frozen=True, slots=True)
class FailureRules:
    """What failed steps of a run lead to: `default`, but for those in `steps` by key.

    `default` None leaves it to the workflow. A retried step is tried `retries` times more,
    the first time after `pause` seconds, then after twice as many. `away` are the seconds for
    which a step waits for a service that is away, before that is a failure.
    """

    default: Then | None = None
    steps: dict[str, Then] = field(default_factory=dict)
    retries: int = 2
    pause: float = 30.0
    away: float = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class ApprovalRules:
    """Who may approve a plan, and what becomes of a question that nobody answers.

    `role` is the least one, as GitHub names it. `unanswered` is done to a run whose plan
    nobody answered for `days`; None leaves it to the workflow.
    """

    role: Literal["write", "maintain", "admin"] = "write"
    not_requester: bool = False
    days: float | None = None
    unanswered: Literal["abort", "approve", "keep"] | None = None
    remind: bool = True


@dataclass(frozen=True, slots=True)
class VerdictRules:
    """What a repository makes of verdicts.

    `ready` is the verdict from which on a pull request is no draft. `required` says of checks, by their kind or
    name, whether their failure counts; `first` that no check is run behind one that failed.
    """

    ready: Literal["proven", "none-owed", "nothing-broke", "never"] = "none-owed"
    required: dict[str, bool] = field(default_factory=dict)
    first: bool = False
    failing_test: Literal["auto", "require", "off"] = "auto"


@dataclass(frozen=True, slots=True)
class Options:
    """How one run was asked for: what is decided at its start and does not change."""

    model: str = ""
    approve: bool = False
    dry_run: bool = False
    bounds: Bounds = field(default_factory=Bounds)
    verify_rounds: int = 2
    failure: FailureRules = field(default_factory=FailureRules)
    approval: ApprovalRules = field(default_factory=ApprovalRules)
    needs_proof: bool = True
    """False where whoever asked said that no test can show the change."""


def to_json(value: Any) -> Any:
    """A value of this module (or a tuple of them) as plain JSON."""
    return _adapter(cast("Hashable", type(value))).dump_python(value, mode="json")


def from_json(kind: type[T], data: Any) -> T:
    """The value that `to_json` gave; pydantic's ValidationError where the shape is another."""
    result: T = _adapter(cast("Hashable", kind)).validate_python(data)
    return result


@cache
def _adapter(kind: Hashable) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(cast("type[Any]", kind))
