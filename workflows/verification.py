"""What checks say about a change: one run of a command, a check on base and head, and all checks of a tree together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MAX_NAMED = 100
"""Names of one kind that are kept of a check: a list of so many may be cut."""


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
    """Tests that hold less than before: assertions, or cases that they go through, were taken out of them."""
    loosened: tuple[str, ...] = ()
    """Those of `demands` whose own text is as it was: they ask for less by what they use, a helper or a matcher."""
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
