"""What was found out about a check as the value that is kept and shown, and as the words that an agent gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workflows.checks.plan import Candidate, Planned
from workflows.checks.ran import Ran
from workflows.checks.results.check_result import Judgement, why
from workflows.checks.results.crossed import Crossed
from workflows.checks.results.grounds import ground
from workflows.verification import MAX_NAMED, Check, CheckKind, CheckRun, Verdict, Verification

_NOTHING_BEFORE = ("it ran no tests", "every test was skipped")
"""A base without tests is one to compare with: nothing was there to break."""


def told(
    planned: Planned,
    candidate: Candidate,
    base: Ran,
    head: Ran,
    judgement: Judgement,
    dropped: Sequence[tuple[Candidate, Ran]],
) -> Check:
    """A check from its two runs. `dropped` are commands that were tried in its place and could not work."""
    notes = [judgement.reason]
    if len(judgement.new) > MAX_NAMED:
        notes.append(f"{len(judgement.new)} failures are new; the first {MAX_NAMED} are named.")
    notes += [f"`{other.command}` was left out: {why(ran)}." for other, ran in dropped]
    tests = planned.kind is CheckKind.TEST
    return Check(
        kind=planned.kind,
        command=candidate.command,
        verdict=judgement.verdict,
        reason=" ".join(note for note in notes if note),
        evidence=candidate.evidence,
        base=_small(base.run),
        head=_small(head.run),
        new_failures=judgement.new[:MAX_NAMED],
        fixed=judgement.fixed[:MAX_NAMED],
        flaky=judgement.flaky[:MAX_NAMED],
        lost=judgement.lost[:MAX_NAMED],
        required=planned.required,
        setup_failure=head.setup_failure or base.setup_failure,
        foreign=head.foreign or base.foreign,
        ground=ground(base, head) if tests else None,
        compared=base.usable or base.dead in _NOTHING_BEFORE,
    )


def with_crossed(verification: Verification, check: Check, crossed: Crossed) -> Verification:
    """The verification with what the mixed runs of one of its checks say."""
    now = replace(check, lost=crossed.lost[:MAX_NAMED])
    if crossed.failed or crossed.masked:
        whys = [
            "Tests of the base that the change takes away, empties or ends early fail over the new code."
            if crossed.failed
            else "",
            "Tests of the base fail over the new code unless the change's tests run beside them."
            if crossed.masked
            else "",
        ]
        failed = (*check.new_failures, *crossed.failed, *crossed.masked)[:MAX_NAMED]
        reason = " ".join(filter(None, (check.reason, *whys)))
        now = replace(now, verdict=Verdict.FAILED, reason=reason, new_failures=failed)
    return replace(
        verification,
        checks=tuple(now if one is check else one for one in verification.checks),
        proofs=(*verification.proofs, *crossed.proofs)[:MAX_NAMED],
        demands=(*verification.demands, *crossed.demands)[:MAX_NAMED],
        weakened=tuple(dict.fromkeys((*verification.weakened, *crossed.weakened)))[:MAX_NAMED],
        loosened=(*verification.loosened, *crossed.loosened)[:MAX_NAMED],
        not_run=(*verification.not_run, *crossed.not_run),
        unproven=(*verification.unproven, *crossed.unproven)[:MAX_NAMED],
    )


def feedback(verification: Verification, most: int = 8_000) -> str:
    """What an agent needs to mend the failed checks: command, new failures, the end of the output."""
    failed = verification.failed
    parts = [_feedback(check, most // len(failed)) for check in failed]
    return "\n\n".join(parts)[:most]


def _feedback(check: Check, most: int) -> str:
    lines = [f"The {check.kind.value} check failed: {check.command}"]
    if check.reason:
        lines.append(check.reason)
    if check.new_failures:
        shown = check.new_failures[:20]
        lines.append("New failures (they do not fail without the change):")
        lines += [f"- {name}" for name in shown]
        if len(check.new_failures) > len(shown):
            lines.append(f"- and {len(check.new_failures) - len(shown)} more")
    text = "\n".join(lines)
    room = most - len(text) - 40
    if check.head is not None and check.head.tail and room > 200:
        text += f"\nThe end of its output:\n{check.head.tail[-room:]}"
    return text


def _small(run: CheckRun) -> CheckRun:
    return replace(run, failures=run.failures[:MAX_NAMED])
