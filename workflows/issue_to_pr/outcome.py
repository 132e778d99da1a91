"""What an issue-to-pull-request run came to: verified or not, and what that rests on."""

from __future__ import annotations

from workflows.outcome import Outcome, Part
from workflows.store.records import Run
from workflows.text.model_words import phrase
from workflows.text.pull_request import ran, verdict_line
from workflows.values import Check, Verdict, Verification, from_json, to_json

VERIFIED, NOT_VERIFIED = 0, 2
"""Exit codes."""


def outcome_of(run: Run) -> Outcome:
    verification = verification_of(run)
    good = bool(run.state.get("verified"))
    failed = verification is not None and bool(verification.failed)
    checks = verification.checks if verification else ()
    return Outcome(
        headline=_headline(run, verification),
        conclusion="success" if good else "failure" if failed else "neutral",
        exit_code=VERIFIED if good else NOT_VERIFIED,
        parts=tuple(Part(check.kind.value, (check_line(check),)) for check in checks),
        parts_are="Checks",
        facts={
            "verified": good,
            "checks": [to_json(check) for check in checks],
            "requirements": run.state.get("requirements", []),
        },
        advice=() if good else ("retry verify", "rollback hard"),
    )


def verification_of(run: Run) -> Verification | None:
    """What the run's checks said last; None where they have not run."""
    data = run.state.get("verification")
    return from_json(Verification, data) if data else None


def check_line(check: Check) -> str:
    """One check with its real numbers, base and head."""
    if check.verdict is Verdict.NOT_RUN:
        return f"{check.command}: not run: {check.reason or 'no reason is known'}"
    before = f" (before: {ran(check.base)})" if check.base else ""
    new = f", {len(check.new_failures)} new" if check.new_failures else ""
    flaky = f", {len(check.flaky)} flaky" if check.flaky else ""
    numbers = ran(check.head)
    plain = check.verdict is Verdict.PASSED and check.head is not None and check.head.counts is not None
    words = numbers if plain or numbers == check.verdict else f"{check.result}: {numbers}"
    return f"{check.command}: {words}{new}{flaky}{before}"


def _headline(run: Run, verification: Verification | None) -> str:
    if run.state.get("incomplete"):
        return f"Not verified: {phrase(run.state['incomplete'], 200)}"
    return verdict_line(verification)
