"""The verdict on a change: proven, nothing broken, or not verified; which of them holds, and what it rests on.

Pure, and the only place that decides: title line, check, page, exit code and JSON say what stands here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from workflows.text.escape import code, line
from workflows.verification import MAX_NAMED, Check, CheckKind, Grade, Ground, Verdict, Verification

Ready = Literal["proven", "none-owed", "nothing-broke", "never"]
"""From which verdict on a pull request is no draft."""

GOOD, NOT_VERIFIED, PROOF_OWED = 0, 2, 4
"""Exit codes."""

_NAMED = 3
_JUDGE = (CheckKind.TEST, CheckKind.REPRODUCTION)


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict. `why` is one sentence in Markdown, `owed` whether a proof is still owed."""

    grade: Grade
    why: str
    owed: bool = False
    changed: bool = False
    """What the repository's tests demanded before is not what they demand now."""

    @property
    def headline(self) -> str:
        return f"{self.grade.value.capitalize()}{' ' if self.why.startswith('by ') else ': '}{self.why}"

    @property
    def exit_code(self) -> int:
        if self.grade is Grade.NOT_VERIFIED:
            return NOT_VERIFIED
        return PROOF_OWED if self.owed else GOOD

    @property
    def conclusion(self) -> Literal["success", "neutral", "failure"]:
        """Of the check on the commit."""
        if self.grade is Grade.NOT_VERIFIED:
            return "failure"
        return "success" if self.grade is Grade.PROVEN else "neutral"

    def ready(self, rule: Ready = "none-owed") -> bool:
        """Whether the pull request is offered as it is, and not as a draft."""
        if rule == "never" or self.grade is Grade.NOT_VERIFIED or self.changed:
            return False
        if self.grade is Grade.PROVEN:
            return True
        return rule == "nothing-broke" or (rule == "none-owed" and not self.owed)


def judged(verification: Verification | None, incomplete: str = "") -> Judged:
    """The verdict. `incomplete` says why the work itself is not done."""
    if incomplete:
        return Judged(Grade.NOT_VERIFIED, line(incomplete, 300))
    if verification is None or not verification.checks:
        return Judged(Grade.NOT_VERIFIED, "no check was run.")
    if trouble := next(_trouble(verification), ""):
        return Judged(Grade.NOT_VERIFIED, trouble)
    changed = bool(verification.demands)
    if verification.proofs and not _less(verification):
        return Judged(Grade.PROVEN, _proven(verification), changed=changed)
    return Judged(Grade.NOTHING_BROKE, _nothing_broke(verification), owed=not verification.exempt, changed=changed)


def ground(verification: Verification | None) -> tuple[str, ...]:
    """What the verdict rests on, a sentence each: how many tests could judge, and what kept the others from it."""
    return tuple(_ground(verification)) if verification is not None else ()


# --- what keeps a change from being verified ---------------------------------------------------


def _trouble(verification: Verification) -> Iterator[str]:
    tests = _tests(verification)
    for check in verification.failed:
        yield _broken(check)
    for check in tests:
        if check.setup_failure:
            yield f"the set-up failed ({line(check.setup_failure, 200)}), so what ran may not be this code."
        if check.foreign:
            yield f"what was tested is not this repository's code: {_named(check.foreign)}."
    if verification.steering:
        paths = list(dict.fromkeys(what.rpartition(": ")[0] for what in verification.steering))
        yield f"the change decides how it is checked, in {_named(paths)}."
    passed = [check for check in tests if check.verdict is Verdict.PASSED]
    if not passed and (tests or not verification.proofs):
        told = next((check.reason for check in tests if check.reason), "")
        yield f"no test command gave a result{_because(told)}"
    for check in passed:
        if not check.compared:
            yield f"{code(check.command, 80)} gives no result on the base, so there is nothing to compare with."
        if check.ground is not None and check.ground.hardly:
            yield f"the base could hardly be tested: only {_able(check.ground)}{_kept(check)}."


def _broken(check: Check) -> str:
    names = f": {_named(check.new_failures)}" if check.new_failures else ""
    return f"{code(check.command, 80)} failed because of this change{names}."


# --- what a change that broke nothing lacks ----------------------------------------------------


def _less(verification: Verification) -> list[str]:
    """Why a change that is shown to work is not proven all the same, each the end of a sentence."""
    found = []
    if verification.lost:
        found.append(f"{_named(verification.lost)} ran before the change, and not with it")
    if verification.weakened:
        found.append(f"{_named(verification.weakened)} lost assertions or cases")
    if verification.loosened:
        asks, by = ("asks", "it uses") if len(verification.loosened) == 1 else ("ask", "they use")
        found.append(f"{_named(verification.loosened)} {asks} for less than before, by what {by}")
    found += [
        f"only {check.part} of {code(check.command, 80)} were run" for check in _tests(verification) if check.partly
    ]
    if verification.not_run:
        found.append(_within(line(verification.not_run[0], 200).rstrip(".")))
    found += [
        f"{code(check.command, 80)} was not run{_because(check.reason, most=120).rstrip('.')}"
        for check in _tests(verification)
        if check.verdict is Verdict.NOT_RUN
    ]
    return found


def _within(sentence: str) -> str:
    """A sentence that goes on from another one."""
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() else sentence


def _nothing_broke(verification: Verification) -> str:
    less = "; ".join(_less(verification))
    counts = [check.head.counts for check in _tests(verification) if check.head and check.head.counts]
    passed = sum(one.passed for one in counts)
    ran = f"{passed:,} test{'' if passed == 1 else 's'} pass" if passed != 1 else "1 test passes"
    first = ran if counts else "the test command ends well, with and without the change, and counts no tests"
    if verification.exempt:
        return f"{first}; no proof is owed: {verification.exempt}." if not less else f"{first}; but {less}."
    shown = "no test shows that the issue is solved"
    if verification.proofs:
        shown = f"{_named([proof.test for proof in verification.proofs])} fails without the change"
        return f"{first}, and {shown}; but {less}.{_demands(verification)}"
    return f"{first}, but {shown}{f'; {less}' if less else ''}.{_demands(verification)}"


def _proven(verification: Verification) -> str:
    proofs = verification.proofs
    tests = {who: [proof.test for proof in proofs if proof.by == who] for who in (proof.by for proof in proofs)}
    by = " and ".join(
        f"{_named(named)}, {f'written by {who}' if who else 'there before'}" for who, named in tests.items()
    )
    they = ("it fails", "passes") if len(proofs) == 1 else ("they fail", "pass")
    return f"by {by}: {they[0]} without this change and {they[1]} with it.{_demands(verification)}"


def _demands(verification: Verification) -> str:
    if not verification.demands:
        return ""
    named = _named(verification.demands)
    return f" Changed demand: {named} was edited, or what it uses, and its old form fails over the new code."


# --- the ground --------------------------------------------------------------------------------


def _ground(verification: Verification) -> Iterator[str]:
    for check in _tests(verification):
        if check.verdict is Verdict.NOT_RUN:
            yield f"{code(check.command, 80)} was not run{_because(check.reason)}"
        elif check.ground is None and not (check.head and check.head.counts):
            before = check.base is not None and check.base.counts is not None
            told = (
                "counted no tests with the change" if before else "counts no tests: it is judged by its exit code alone"
            )
            yield f"{code(check.command, 80)} {told}."
        elif check.ground is not None:
            yield from _part(check)
            left, skipped = check.ground.of - check.ground.able, check.ground.skipped
            others = f"; {left:,} fail{'s' if left == 1 else ''} with and without it{_kept(check)}" if left else ""
            others += f"; {skipped:,} {'is' if skipped == 1 else 'are'} skipped" if skipped else ""
            yield f"{code(check.command, 80)}: {_able(check.ground)} the change{others}."
    for check in verification.checks:
        if check.verdict is Verdict.FAILED and not check.required:
            yield f"{code(check.command, 80)} failed, which is not required here."
    if verification.missing:
        yield f"What needs {_named(verification.missing)} could not judge: the contents are not here."
    if any(check.ground is None or check.ground.of > check.ground.able for check in _tests(verification)):
        yield from (f"Of the set-up: {line(sentence, 300)}." for sentence in verification.lacking[:_NAMED])
    yield from (line(sentence, 300) for sentence in verification.not_run)
    yield from (f"It proves nothing: {line(sentence, 300)}" for sentence in verification.unproven[:_NAMED])
    if verification.unexercised:
        yield f"Not exercised by any proving test: {_named(verification.unexercised, 12)}."
    if verification.untried:
        many = f"{verification.untried} hunk{'' if verification.untried == 1 else 's'} of the code"
        yield f"Whether a proving test notices them was not tried of {many}."


def _part(check: Check) -> Iterator[str]:
    if check.part is None:
        return
    ran = "it was run in parts, which all came to their end" if check.part.whole else f"{check.part} were run"
    first = "" if check.part.whole else ", those first that the change edits, that import what it edits or speak of it"
    yield f"{code(check.command, 80)} takes longer than there is time for: {ran}{first}."
    if near := check.part.near:
        yield f"Not run, though they have to do with the change: {_named(near)}."


def _tests(verification: Verification) -> list[Check]:
    """What judges a change: the checks that run tests, and a reproduction where nothing does."""
    return [check for check in verification.checks if check.kind in _JUDGE and check.required]


def _able(found: Ground) -> str:
    if found.loaded < found.suites:
        return f"{found.able:,} of {found.of:,} tests, in {found.loaded} of {found.suites} files, could judge"
    return f"{found.able:,} of {found.of:,} tests could judge"


def _kept(check: Check) -> str:
    kept = check.ground.kept if check.ground is not None else ()
    return f" ({', '.join(f'{what}: {number}' for what, number in kept)})" if kept else ""


def _because(reason: str, most: int = 200) -> str:
    return f": {line(reason, most).rstrip('.')}." if reason else "."


def _named(names: Sequence[str], most: int = _NAMED) -> str:
    """The first few of several things."""
    return ", ".join(code(name, 80) for name in names[:most]) + and_more(len(names), most)


def and_more(many: int, shown: int) -> str:
    """What is said behind the first few of so many names, of which no more than MAX_NAMED were kept; "" for none."""
    if many <= shown:
        return ""
    return f" and {'at least ' if many >= MAX_NAMED else ''}{many - shown} more"
