"""What a check says about a change: pure comparison of what its command did on the base and on the head.

Only what is new on the head blocks. Whatever gave no result is NOT_RUN with the reason; a
pass needs a result that says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from workflows.checks.change.steering.check_steering import shown_path
from workflows.checks.ran import Ran
from workflows.reports.formats import complaints
from workflows.verification import CheckKind, CheckRun, Verdict

_TAIL = 4_000
"""Characters. Of more output only the end is kept, and its beginning is not known."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reason (a sentence or more, "" where none is needed) and the names behind it."""

    verdict: Verdict
    reason: str = ""
    new: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def suspects(base: Ran, head: Ran) -> tuple[str, ...]:
    """Failed tests of the head that did not fail on the base."""
    old = set(base.run.failures) if base.usable else set()
    return tuple(name for name in head.run.failures if name not in old)


def worth_repeating(base: Ran, head: Ran, most: int = 100) -> bool:
    """Whether a test run failed in a way that a second run may show to be flaky."""
    if not head.usable or head.run.exit_code == 0 or head.threshold:
        return False
    if head.run.failures:
        return 0 < len(suspects(base, head)) <= most
    return base.usable and base.run.exit_code == 0


def judge(kind: CheckKind, base: Ran, head: Ran, again: Sequence[Ran] = ()) -> Judgement:
    """Compare; `again` are repetitions of a failed test run on the head: what fails in one of them is not flaky."""
    if (_counted(base) or _counted(head)) and not all(map(_counted, again)):
        again = ()  # one ended before its report: whatever its exit code says, it mends nothing
    verdict = _without_result(base, head)
    if verdict is None:
        if kind is CheckKind.TEST:
            verdict = _tests(base, head, again)
        elif kind is CheckKind.OTHER:
            verdict = _other(base, head)
        else:
            verdict = _complaints(base, head)
    return _noted(verdict, base, head)


def lost(base: Ran, head: Ran) -> tuple[str, ...]:
    """Tests that gave a result on the base and none on the head: their names, or how many they are."""
    if not base.usable:
        return ()
    if base.passed is None or head.passed is None:
        before, after = base.run.counts, head.run.counts
        missing = before.passed + before.failed - after.passed - after.failed if before and after else 0
        if before and after:  # beside as many new ones as are skipped now, no number is missing
            missing = max(missing, after.skipped - before.skipped)
        return (_many(missing, "test") + " without a name",) if missing > 0 else ()
    return tuple(sorted((base.passed | set(base.run.failures)) - head.passed - set(head.run.failures)))


def _without_result(base: Ran, head: Ran) -> Judgement | None:
    if head.usable:
        return None
    ended = why(head)
    if base.usable:
        setup = f" Set-up failed on the change: {head.setup_failure}." if head.setup_failure else ""
        return Judgement(Verdict.FAILED, f"It gives a result on the base, but not on the change: {ended}.{setup}")
    if head.setup_failure:
        return Judgement(Verdict.NOT_RUN, f"Set-up failed: {head.setup_failure}. Then {ended}.")
    return Judgement(Verdict.NOT_RUN, _sentence(ended))


def _tests(base: Ran, head: Ran, again: Sequence[Ran]) -> Judgement:
    if (counted := _counted(base)) and not _counted(head) and head.run.exit_code == 0 and not head.run.failures:
        # Whatever runs in the tests' process can end it with success, before the first test or instead of the report.
        counts = _many(counted, "test")
        return Judgement(
            Verdict.FAILED, f"On the base {counts} were counted, on the change none, though it ended as if all passed."
        )
    if (failed := _unnamed(head)) and (failed > _failed(base) or head.run.exit_code == 0 != base.run.exit_code):
        before = f"on the base {_failed(base)}" if base.usable else f"on the base {why(base)}"
        return Judgement(Verdict.FAILED, f"{_many(failed, 'test')} failed without being named; {before}.")
    if base.usable and base.run.exit_code != 0 and head.run.exit_code == 0 and _nothing_mended(base, head):
        failures = _many(len(head.run.failures), "failure")
        return Judgement(
            Verdict.FAILED, f"It ended as if all had passed, which it does not do on the base: {failures}."
        )
    if doubt := _doubt(head, base):
        return Judgement(Verdict.FAILED if base.usable and not _doubt(base, base) else Verdict.NOT_RUN, doubt)
    if rewritten := sorted(set(head.changed) - set(base.changed)):
        named = ", ".join(f"`{shown_path(path)}`" for path in rewritten[:3]) + (" and others" if rewritten[3:] else "")
        return Judgement(
            Verdict.FAILED,
            f"While it runs it changes {named}, which it leaves alone on the base: it tests what it wrote.",
        )
    fresh = suspects(base, head)
    flaky = tuple(name for name in fresh if again and all(_passed(name, one) for one in again))
    new = tuple(name for name in fresh if name not in flaky)
    fixed = _fixed(base, head)
    if new:
        reason = "" if base.usable else f"There is nothing to compare with: on the base {why(base)}."
        return Judgement(Verdict.FAILED, reason, new, fixed, flaky)
    verdict, reason = _without_new(base, head, again, bool(flaky))
    gone = lost(base, head) if verdict is Verdict.PASSED else ()
    return Judgement(verdict, reason, (), fixed, flaky, gone)


def _doubt(ran: Ran, base: Ran) -> str:
    """Why what a test run says of itself is not believed, as a sentence; "" where nothing contradicts it.

    Whatever runs in the tests' process can write over its report, print a summary of its own or end with any exit
    code. It is not easily all of these at once.
    """
    if ran.garbled:
        return "What it wrote as its report is none: it is cut short, or more than one."
    if base.usable and base.reported and not ran.reported:
        return "It leaves a report on the base, and none on the change."
    counts, printed = ran.run.counts, ran.printed
    if not ran.reported or counts is None:
        return ""
    if printed is not None and bool(printed.failed) != bool(counts.failed):
        return f"Its report and what it printed disagree: {counts}, and {printed}."
    if ran.direct and counts.failed and ran.run.exit_code == 0:
        return f"It ended as if all had passed, and its report says {counts}."
    if base.reported and base.printed is not None and base.printed == base.run.counts and printed != counts:
        return f"Its report says {counts}, and what it printed {printed or 'nothing of it'}."
    return ""


def _fixed(base: Ran, head: Ran) -> tuple[str, ...]:
    """Failures of the base that pass now. Where passed tests have no names, as many more must have passed."""
    fixed = tuple(name for name in base.run.failures if base.usable and _passed(name, head))
    if head.passed is None and base.run.counts is not None and head.run.counts is not None:
        more = head.run.counts.passed - base.run.counts.passed
        return fixed if more >= len(fixed) else ()
    return fixed


def _counted(ran: Ran) -> int:
    """How many tests are known to have run."""
    return ran.run.counts.total if ran.usable and ran.run.counts is not None else 0


def _failed(ran: Ran) -> int:
    return ran.run.counts.failed if ran.usable and ran.run.counts is not None else 0


def _unnamed(ran: Ran) -> int:
    """How many tests failed of which no name is known."""
    return 0 if ran.run.failures else _failed(ran)


def _nothing_mended(base: Ran, head: Ran) -> bool:
    """Whether all that failed before still does: then nothing explains another exit code."""
    return bool(base.run.failures and head.run.failures) and not any(_passed(name, head) for name in base.run.failures)


def _without_new(base: Ran, head: Ran, again: Sequence[Ran], flaky: bool) -> tuple[Verdict, str]:
    """The verdict of a test run in which no failure is new."""
    old = len(suspects(Ran(CheckRun(0, 0)), head)) - len(suspects(base, head))
    if head.run.failures:
        reason = f"{_many(old, 'failure')} on the base too." if old else ""
        if flaky:
            reason = f"Some tests failed and passed when they were repeated. {reason}".strip()
        elif not head.some_passed:
            return Verdict.NOT_RUN, f"No test is known to pass. {reason}".strip()
        return Verdict.PASSED, reason
    if head.run.exit_code == 0:
        if _cut_short(base, head):
            return (
                Verdict.NOT_RUN,
                "It counts no tests, ends well, and prints only the beginning of what it does on the base.",
            )
        unknown = "How many tests ran is not known: it left no report or summary that can be read."
        return Verdict.PASSED, unknown if head.run.counts is None else ""
    # Of a longer command the exit code may be another part's, and anybody can print such a line.
    own = bool(base.threshold) or head.direct
    if head.threshold and own and head.some_passed and not _failed(head):
        return Verdict.PASSED, f"All tests passed; only a coverage threshold was not reached: {_said(head.threshold)}."
    if again and all(one.usable and one.run.exit_code == 0 for one in again):
        return Verdict.PASSED, f"It ended with exit code {head.run.exit_code} and passed when it was repeated."
    return _by_exit_code(base, head, passed_with=head.some_passed and not _failed(head))


def _cut_short(base: Ran, head: Ran) -> bool:
    """Whether a command of which only the exit code is known may have been ended with success by what it tests."""
    if not (base.silent and head.silent) or base.run.exit_code or len(base.run.tail) >= _TAIL:
        return False
    before, after = ([re.sub(r"\d+", "", line) for line in ran.run.tail.splitlines()] for ran in (base, head))
    return len(after) < len(before) and before[: len(after)] == after


def _complaints(base: Ran, head: Ran) -> Judgement:
    if head.run.exit_code == 0:
        return Judgement(Verdict.PASSED, fixed=complaints.new(head.run.failures, base.run.failures))
    known = base.run.failures if base.usable else ()
    new = complaints.new(known, head.run.failures)
    fixed = complaints.new(head.run.failures, known)
    if new:
        reason = "" if base.usable else f"There is nothing to compare with: on the base {why(base)}."
        return Judgement(Verdict.FAILED, reason, new, fixed)
    if head.run.failures:
        return Judgement(Verdict.PASSED, f"{_many(len(head.run.failures), 'complaint')} on the base too.", (), fixed)
    verdict, reason = _by_exit_code(base, head, passed_with=False)
    return Judgement(verdict, reason)


def _other(base: Ran, head: Ran) -> Judgement:
    if head.run.exit_code == 0:
        return Judgement(Verdict.PASSED)
    verdict, reason = _by_exit_code(base, head, passed_with=False)
    return Judgement(verdict, reason)


def _by_exit_code(base: Ran, head: Ran, *, passed_with: bool) -> tuple[Verdict, str]:
    """A command that failed without naming a failure: it has failed, unless the base fails in the same way."""
    code = head.run.exit_code
    if base.usable and base.run.exit_code == code and not base.run.failures:
        if passed_with:
            return Verdict.PASSED, f"All tests passed; the command ends with exit code {code} on the base too."
        return Verdict.NOT_RUN, f"It ends with exit code {code} on the base too, without a result that can be read."
    if not base.usable and not passed_with:
        return Verdict.NOT_RUN, f"It ended with exit code {code}; on the base {why(base)}."
    if not base.usable:
        return Verdict.FAILED, f"It ended with exit code {code} although no test failed; on the base {why(base)}."
    return Verdict.FAILED, f"It ended with exit code {code}, on the base with {base.run.exit_code}."


def _noted(judgement: Judgement, base: Ran, head: Ran) -> Judgement:
    notes = [judgement.reason]
    if head.usable and head.setup_failure:  # what ran may not be all, and failures on the base may be its
        notes.append(f"The set-up failed before it: {head.setup_failure}.")
    if judgement.verdict is Verdict.PASSED and not base.usable:
        notes.append(f"On the base {why(base)}.")
    if base.usable and base.run.counts and head.run.counts and head.run.counts.total < base.run.counts.total:
        notes.append(f"Fewer tests than on the base: {head.run.counts.total}, not {base.run.counts.total}.")
    if head.changed:
        named = ", ".join(map(shown_path, head.changed[:3])) + (", ..." if len(head.changed) > 3 else "")
        notes.append(f"The command rewrote {_many(len(head.changed), 'tracked file')} ({named}); they were put back.")
    reason = " ".join(note for note in notes if note)
    return replace(judgement, reason=reason)


def _passed(name: str, ran: Ran) -> bool:
    if not ran.usable:
        return False
    if ran.passed is not None:
        return name in ran.passed
    return name not in ran.run.failures and (ran.run.exit_code == 0 or bool(ran.run.failures))


def why(ran: Ran) -> str:
    """Why a run came to no result, as the end of a sentence."""
    return f"it was stopped ({ran.run.killed})" if ran.run.killed else ran.dead


def _said(text: str) -> str:
    """What a command has printed, so that nobody takes it for our words."""
    return f"`{text.replace('`', chr(39)).strip()}`"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
