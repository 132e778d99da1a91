"""The checks of a run as its page shows them: each on the base beside what it is on the head."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workflows.store.records import Run
from workflows.text.pull_request.body import ran
from workflows.values import from_json
from workflows.verification import Check, CheckRun, Verdict, Verification

_BADGES = {Verdict.PASSED: "completed", Verdict.FAILED: "failed", Verdict.NOT_RUN: "waiting"}
_MOST_NAMED = 40


@dataclass(frozen=True, slots=True)
class CheckSide:
    """A check on one tree: its result in words, how long it took, and the end of what it printed."""

    words: str
    seconds: float
    tail: str


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check. A side is None where it did not run there. `named` are tests with what is said of them."""

    kind: str
    command: str
    badge: str
    result: str
    reason: str
    required: bool
    base: CheckSide | None
    head: CheckSide | None
    named: Sequence[tuple[str, Sequence[str], int]]


@dataclass(frozen=True, slots=True)
class BothSides:
    """All checks of a run, and what its tests say over the code of the other side, as (what, lines)."""

    rows: Sequence[CheckRow]
    said: Sequence[tuple[str, Sequence[str]]]


def both_sides_of(run: Run) -> BothSides | None:
    """What was found out last; None where no check was run."""
    kept = run.state.get("verification")
    if not kept:
        return None
    found = from_json(Verification, kept)
    return BothSides([_row(check) for check in found.checks], list(_said(found)))


def _row(check: Check) -> CheckRow:
    named = (
        ("Fails because of the change", check.new_failures),
        ("Failed before, passes now", check.fixed),
        ("Failed, and passed when it was repeated", check.flaky),
        ("Ran before, and not with the change", check.lost),
    )
    return CheckRow(
        kind=check.kind.value,
        command=check.command,
        badge=_BADGES[check.verdict],
        result=check.result,
        reason=check.reason or check.setup_failure,
        required=check.required,
        base=_side(check.base),
        head=_side(check.head),
        named=[(what, names[:_MOST_NAMED], max(0, len(names) - _MOST_NAMED)) for what, names in named if names],
    )


def _side(run: CheckRun | None) -> CheckSide | None:
    return None if run is None else CheckSide(ran(run), run.seconds, run.tail)


def _said(found: Verification) -> Iterator[tuple[str, Sequence[str]]]:
    parts = (
        (
            "Fails without the change, and passes with it",
            [_proof(one.test, one.reason, one.by) for one in found.proofs],
        ),
        ("Demands that were changed", found.demands),
        ("Tests that lost assertions or cases", found.weakened),
        ("Tests that ask for less by what they use", found.loosened),
        ("What of the change decides how it is checked", found.steering),
        ("Proves nothing", found.unproven),
        ("No proving test notices", found.unexercised),
        ("Was not compared", found.not_run),
    )
    yield from ((what, lines[:_MOST_NAMED]) for what, lines in parts if lines)


def _proof(test: str, reason: str, by: str) -> str:
    return f"{test}{f' (by {by})' if by else ''}{f': {reason}' if reason else ''}"
