"""What an issue-to-pull-request run came to: proven, nothing broken or not verified, and what that rests on."""

from __future__ import annotations

from workflows.outcome import Outcome, Part
from workflows.store.records import Run
from workflows.text.pull_request.body import ran
from workflows.text.pull_request.verdict import Judged, ground, judged
from workflows.values import from_json, to_json
from workflows.verification import Check, Grade, Verdict, Verification

_ADVICE = {
    Grade.PROVEN: (),
    Grade.NOTHING_BROKE: ("rollback hard",),
    Grade.NOT_VERIFIED: ("retry verify", "rollback hard"),
}


def outcome_of(run: Run) -> Outcome:
    verification = verification_of(run)
    verdict = judged_of(run)
    checks = verification.checks if verification else ()
    rests_on = ground(verification)
    parts = [Part(check.kind.value, (check_line(check),)) for check in checks]
    return Outcome(
        headline=verdict.headline,
        conclusion=verdict.conclusion,
        exit_code=verdict.exit_code,
        parts=(*parts, *([Part("ground", rests_on)] if rests_on else [])),
        parts_are="Checks",
        facts={
            "verdict": verdict.grade.value,
            "proof_owed": verdict.owed,
            "ready": bool(run.state.get("ready")),
            "proofs": [to_json(proof) for proof in verification.proofs] if verification else [],
            "changed_demands": list(verification.demands) if verification else [],
            "lost": list(verification.lost) if verification else [],
            "ground": list(rests_on),
            "checks": [to_json(check) for check in checks],
            "requirements": run.state.get("requirements", []),
        },
        advice=_ADVICE[verdict.grade] if verdict.exit_code else (),
    )


def judged_of(run: Run) -> Judged:
    """The verdict on the run's change, as far as it is known."""
    return judged(verification_of(run), str(run.state.get("incomplete") or ""))


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
    part = f", in {check.part}" if check.partly else ""
    numbers = ran(check.head)
    known = check.head is not None and check.head.counts is not None
    plain = known and check.verdict is Verdict.PASSED and not check.partly
    words = numbers if plain or numbers == check.verdict else f"{check.result}: {numbers}"
    return f"{check.command}: {words}{part}{new}{flaky}{before}"
