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


class CheckKind(StrEnum):
    TEST = "test"
    LINT = "lint"
    TYPES = "types"
    OTHER = "other"
    REPRODUCTION = "reproduction"
    """A script that was written for the issue, where nothing runs tests."""


class Grade(StrEnum):
    """The verdict on a whole change; there are no others. `workflows.text.pull_request.verdict` says which holds."""

    PROVEN = "proven"
    NOTHING_BROKE = "nothing broke"
    NOT_VERIFIED = "not verified"


class Verdict(StrEnum):
    """What one check says about the change. NOT_RUN is never green."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers from a test report."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def total(self) -> int:
        return self.passed + self.failed + self.skipped

    def __str__(self) -> str:
        text = f"{self.passed} passed, {self.failed} failed"
        return f"{text}, {self.skipped} skipped" if self.skipped else text


@dataclass(frozen=True, slots=True)
class CheckRun:
    """One execution of a check's command on one tree.

    `counts` is None where no report or summary could be read. `failures` are the ids of
    failed tests, or normalised complaint lines of a linter or type checker.
    """

    exit_code: int
    seconds: float
    counts: Counts | None = None
    failures: tuple[str, ...] = ()
    tail: str = ""
    killed: str = ""
    """The sandbox's reason where it ended the command, else empty."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a test run's word rests on: `able` of `of` tests could judge the change.

    A test that fails on base and head alike can not; `kept` are what kept those from it, as far as
    their output tells, with how many.
    """

    able: int
    of: int
    kept: tuple[tuple[str, int], ...] = ()
    loaded: int = 0
    suites: int = 0
    """Files of tests, where some could be loaded on neither side: each of those hides how many tests it has."""
    skipped: int = 0
    """Tests that did not run with the change; they are none of `of`."""

    @property
    def hardly(self) -> bool:
        """Whether fewer than half of the tests, or of their files, could judge."""
        return self.able * 2 < self.of or self.loaded * 2 < self.suites


@dataclass(frozen=True, slots=True)
class SuiteShare:
    """How much of a suite was run that takes longer than it may: `files` of `of_files`, `tests` of `of_tests`.

    Of tests that are not collected apart the numbers are not known: 0 of 0. `near` are the files that were not run
    though the change edits them, or they import what it edits or speak of it.
    """

    files: int
    of_files: int
    tests: int = 0
    of_tests: int = 0
    near: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether all of it was run after all, one part after the other."""
        return self.files == self.of_files

    def __str__(self) -> str:
        tests = f" ({self.tests:,} of {self.of_tests:,} tests)" if self.of_tests else ""
        return f"{self.files:,} of {self.of_files:,} files of tests{tests}"


@dataclass(frozen=True, slots=True)
class Proof:
    """A test that fails without the change, for a reason that fits, and passes with it.

    `reason` is what it fails with, in the runner's words; `by` who wrote the test: "" where it was there before.
    """

    test: str
    reason: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One verification command with what it said on the base and on the head.

    Only `new_failures` (fail on head, not on base, and again when retried) block. `reason`
    is a sentence where the verdict is NOT_RUN or needs one.
    """

    kind: CheckKind
    command: str
    verdict: Verdict
    reason: str = ""
    evidence: str = ""
    base: CheckRun | None = None
    head: CheckRun | None = None
    new_failures: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    """Tests that ran on the base and did not on the head: deleted, renamed, skipped, emptied or left out.

    Those of them that fail over the new code are new failures instead.
    """
    required: bool = True
    """Whether its failure keeps the change from a good verdict."""
    setup_failure: str = ""
    """What went wrong when the project was set up for it, "" where nothing did."""
    foreign: tuple[str, ...] = ()
    """Packages of the repository that were imported from somewhere else, as `NAME from PATH`."""
    ground: Ground | None = None
    """None where the numbers of tests are not known, or it runs none."""
    compared: bool = True
    """False where there is no result of the base to compare with."""
    part: SuiteShare | None = None
    """What was run of a suite that takes longer than it may; None of others. A part has never passed as a whole."""

    @property
    def partly(self) -> bool:
        """Whether some of its tests were not run for want of time."""
        return self.part is not None and not self.part.whole

    @property
    def result(self) -> str:
        """The verdict in words that hold: a command that fails as it did before has not passed, nor has one in part."""
        if self.partly and self.verdict is Verdict.PASSED:
            return "no new failures in a part"
        failing = self.head is not None and self.head.exit_code != 0
        return "no new failures" if failing and self.verdict is Verdict.PASSED else self.verdict.value


@dataclass(frozen=True, slots=True)
class Verification:
    """All checks of one tree, and what tests of the one side say over the code of the other."""

    tree: str
    checks: tuple[Check, ...] = ()
    steering: tuple[str, ...] = ()
    """What of the change decides how the checks run, as `PATH: what it does`."""
    proofs: tuple[Proof, ...] = ()
    demands: tuple[str, ...] = ()
    """Changed demands: tests whose edited form passes, and whose old form fails over the new code."""
    weakened: tuple[str, ...] = ()
    """Tests that hold less than before: assertions were taken out of them."""
    not_run: tuple[str, ...] = ()
    """Parts of the comparison that did not come to an end, each a sentence."""
    unproven: tuple[str, ...] = ()
    """Why tests that fail without the change and pass with it prove nothing, as `TEST: why`."""
    unexercised: tuple[str, ...] = ()
    """Hunks of the source that no proving test notices when they are taken back, as `PATH:LINE`."""
    lacking: tuple[str, ...] = ()
    """What the trees did not have, as far as their set-up knows: sentences without their stops."""
    missing: tuple[str, ...] = ()
    """Paths whose contents could not be had, as `PATH (WHAT)`."""
    reproduction: str = ""
    """The script of the reproduction among the checks; "" where there is none."""
    untried: int = 0
    """Hunks that were not taken back, for want of time."""
    exempt: str = ""
    """Why no proof is owed, as the end of a sentence; "" where one is."""

    @property
    def lost(self) -> tuple[str, ...]:
        return tuple(name for check in self.checks for name in check.lost)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The failed checks that count."""
        return tuple(c for c in self.checks if c.verdict is Verdict.FAILED and c.required)


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
