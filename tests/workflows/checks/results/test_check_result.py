"""Comparing what a command did on base and head, without running anything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workflows.checks.results.check_result import Judgement, Ran, judge, lost
from workflows.reports.formats.junit import parse
from workflows.reports.values import Tally
from workflows.verification import CheckKind, CheckRun, Counts, Verdict


def ran(code: int, counts: Counts | None = None, *failures: str, threshold: str = "") -> Ran:
    return Ran(CheckRun(code, 1.0, counts=counts, failures=failures), threshold=threshold)


def judged_tests(base: Ran, head: Ran, *again: Ran) -> Judgement:
    return judge(CheckKind.TEST, base, head, again)


@pytest.mark.parametrize(
    ("base", "head"),
    [
        (ran(0, Counts(3, 0)), ran(0, Counts(2, 1))),
        (ran(1, Counts(3, 0)), ran(1, Counts(2, 1))),
        (ran(1, Counts(2, 1)), ran(1, Counts(1, 2))),
        (ran(0, Counts(3, 0)), ran(1, Counts(2, 1), threshold="coverage 10% below 90%")),
        (ran(1, Counts(2, 1)), ran(0, Counts(2, 1))),
    ],
)
def test_failures_that_are_counted_and_not_named_do_not_pass(base: Ran, head: Ran) -> None:
    judged = judged_tests(base, head)
    assert judged.verdict is Verdict.FAILED, judged
    assert "All tests passed" not in judged.reason


def test_as_many_unnamed_failures_as_before_are_no_result() -> None:
    judged = judged_tests(ran(1, Counts(2, 1)), ran(1, Counts(2, 1)))
    assert judged.verdict is Verdict.NOT_RUN
    assert "All tests passed" not in judged.reason


@pytest.mark.parametrize("head", [ran(5), ran(3, Counts(3, 0)), ran(1, Counts(2, 1), "new")])
def test_a_repetition_without_a_report_mends_nothing(head: Ran) -> None:
    assert judged_tests(ran(0, Counts(3, 0)), head, ran(0)).verdict is Verdict.FAILED


def test_a_repetition_with_its_report_shows_what_is_flaky() -> None:
    judged = judged_tests(ran(0, Counts(3, 0)), ran(1, Counts(2, 1), "new"), ran(0, Counts(3, 0)))
    assert (judged.verdict, judged.flaky) == (Verdict.PASSED, ("new",))


def test_a_threshold_alone_still_passes() -> None:
    head = ran(1, Counts(3, 0), threshold="coverage 10% below 90%")
    assert judged_tests(ran(1, Counts(3, 0), threshold="coverage 10%"), head).verdict is Verdict.PASSED


@pytest.mark.parametrize("base", [ran(0, Counts(3, 0)), ran(1, Counts(2, 1), "old")])
def test_success_of_which_no_test_was_counted_is_not_believed(base: Ran) -> None:
    assert judged_tests(base, ran(0)).verdict is Verdict.FAILED
    assert judged_tests(ran(0), ran(0)).verdict is Verdict.PASSED, "where none was counted on the base either"


def test_success_where_all_that_failed_before_still_does_is_not_believed() -> None:
    assert judged_tests(ran(1, Counts(1, 1), "old"), ran(0, Counts(1, 1), "old")).verdict is Verdict.FAILED
    mended = judged_tests(ran(1, Counts(0, 2), "old", "soft"), ran(0, Counts(1, 1), "soft"))
    assert (mended.verdict, mended.fixed) == (Verdict.PASSED, ("old",))


def reported(code: int, counts: Counts, *failures: str, printed: Counts | None = None, direct: bool = True) -> Ran:
    passed = frozenset(f"t{number}" for number in range(counts.passed))
    return replace(ran(code, counts, *failures), passed=passed, reported=True, printed=printed, direct=direct)


GOOD = reported(0, Counts(3, 0), printed=Counts(3, 0))


def test_a_report_that_is_none_is_never_a_pass() -> None:
    garbled = replace(ran(0), garbled=True)
    assert judged_tests(GOOD, garbled).verdict is Verdict.FAILED
    assert judged_tests(garbled, garbled).verdict is Verdict.NOT_RUN


@pytest.mark.parametrize(
    "head",
    [
        replace(ran(0, Counts(3, 0)), direct=True),  # only printed
        reported(0, Counts(3, 0), printed=Counts(2, 1)),
        reported(0, Counts(4200, 0), printed=Counts(3, 0)),
        reported(0, Counts(3, 0), printed=None),
        reported(0, Counts(2, 1), "old", printed=Counts(2, 1)),
    ],
)
def test_a_report_that_something_contradicts_is_never_a_pass(head: Ran) -> None:
    base = replace(GOOD, run=replace(GOOD.run, failures=head.run.failures))
    assert judged_tests(base, head).verdict is Verdict.FAILED


def test_a_report_and_a_summary_that_differ_on_the_base_too_may_differ() -> None:
    quirk = reported(0, Counts(5, 0), printed=Counts(3, 0))
    assert judged_tests(quirk, quirk).verdict is Verdict.PASSED
    soft = reported(0, Counts(2, 1), "soft", printed=Counts(2, 1), direct=False)
    assert judged_tests(soft, soft).verdict is Verdict.PASSED


def test_tests_that_gave_a_result_on_the_base_and_none_on_the_head_are_lost() -> None:
    base = reported(1, Counts(2, 1), "f", printed=Counts(2, 1))
    head = replace(reported(0, Counts(3, 0), printed=Counts(3, 0)), passed=frozenset({"t0", "new", "other"}))
    assert judged_tests(base, head).lost == ("f", "t1")
    assert judged_tests(GOOD, GOOD).lost == ()
    assert judged_tests(ran(0, Counts(3, 0)), ran(0, Counts(3, 0))).lost == (), "without names nothing is known"


def test_a_test_that_is_skipped_beside_a_new_one_is_missed_where_tests_have_no_names() -> None:
    base = ran(0, Counts(3, 0, 1))
    assert judged_tests(base, ran(0, Counts(3, 0, 2))).lost == ("1 test without a name",)
    assert judged_tests(base, ran(0, Counts(1, 0, 2))).lost == ("2 tests without a name",)
    assert judged_tests(base, ran(0, Counts(4, 0, 1))).lost == ()


@pytest.mark.parametrize(("one", "other"), [("0x1000", "0x2000"), ("x" * 300 + "1", "x" * 300 + "2"), ("a b", "a  b")])
def test_two_tests_whose_names_look_alike_are_two(one: str, other: str) -> None:
    """With one name for both, taking the failing one out of the way reads as having mended it."""
    case = '<testcase classname="t" file="t.py" name="t[%s]">%s</testcase>'
    documents = (case % (one, "") + case % (other, "<failure/>"), case % (one, ""))
    base, head = (parse(f"<testsuite>{text}</testsuite>".encode()) for text in documents)
    assert base is not None
    assert head is not None
    before = Ran(CheckRun(1, 0, base.counts, base.failures), passed=base.passed, reported=True)
    after = Ran(CheckRun(0, 0, head.counts, head.failures), passed=head.passed, reported=True)
    judged = judge(CheckKind.TEST, before, after)
    assert judged.lost or judged.verdict is not Verdict.PASSED, judged


def test_a_run_that_writes_over_what_it_tests_is_not_believed() -> None:
    """A module may write `test_adder.py` anew before it is collected; the base's run leaves the tree alone."""
    base, good = ran(1, Counts(1, 1), "old"), replace(ran(0, Counts(2, 0)), changed=("test_adder.py",))
    judged = judged_tests(base, good)
    assert (judged.verdict, "`test_adder.py`" in judged.reason) == (Verdict.FAILED, True)
    assert judged_tests(replace(base, changed=("test_adder.py",)), good).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("test_a[f393a762-ecc5-11f1-876c-6baaab09e805-x]", "test_a[0b6a1f0e-ecc6-11f1-876c-6baaab09e805-x]"),
        ("test_a[2026-01-01 10:00:00.123456]", "test_a[2026-01-01 10:00:07.654321]"),
        ("test_a[<object at 0x7f0011223344>]", "test_a[<object at 0x7f0055667788>]"),
    ],
)
def test_a_test_with_a_random_value_in_its_name_is_the_same_each_time(before: str, after: str) -> None:
    sides = []
    for name in (before, after):
        tally = Tally()
        tally.add(name, "passed")
        tally.add(f"other {name}", "failed")
        found = tally.report()
        sides.append(Ran(CheckRun(1, 1.0, found.counts, found.failures), passed=found.passed))
    assert lost(*sides) == ()
    assert judge(CheckKind.TEST, *sides).new == ()


def _silent(said: str) -> Ran:
    return Ran(CheckRun(0, 1.0, tail=said))


@pytest.mark.parametrize("said", ["", "> npm test\n", "> npm test\nchecking 7 numbers\n"])
def test_a_runner_that_counts_nothing_and_stops_half_way_gives_no_result(said: str) -> None:
    """`exit(0)` in the code that it loads, or `raise SystemExit(0)`, under any name."""
    base = _silent("> npm test\nchecking 3 numbers\nall is well in 0.2 s\n")
    assert judged_tests(base, _silent(said)).verdict is Verdict.NOT_RUN


@pytest.mark.parametrize(
    "said",
    [
        "> npm test\nchecking 4 numbers\nall is well in 0.3 s\n",
        "> npm test\nchecking 4 numbers\nand more\nall is well in 0.3 s\n",
        "> npm test\nall is well in 0.3 s\n",
    ],
)
def test_a_runner_that_counts_nothing_and_comes_to_its_end_has_passed(said: str) -> None:
    base = _silent("> npm test\nchecking 3 numbers\nall is well in 0.2 s\n")
    assert judged_tests(base, _silent(said)).verdict is Verdict.PASSED
