"""Comparing what a command did on base and head, without running anything."""

from __future__ import annotations

import pytest

from workflows.judge import Judgement, Ran, judge
from workflows.values import CheckKind, CheckRun, Counts, Verdict


def ran(code: int, counts: Counts | None = None, *failures: str, threshold: str = "") -> Ran:
    return Ran(CheckRun(code, 1.0, counts=counts, failures=failures), threshold=threshold)


def judged_tests(base: Ran, head: Ran, again: Ran | None = None) -> Judgement:
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
    assert judged_tests(ran(0, Counts(3, 0)), head, again=ran(0)).verdict is Verdict.FAILED


def test_a_repetition_with_its_report_shows_what_is_flaky() -> None:
    judged = judged_tests(ran(0, Counts(3, 0)), ran(1, Counts(2, 1), "new"), again=ran(0, Counts(3, 0)))
    assert (judged.verdict, judged.flaky) == (Verdict.PASSED, ("new",))


def test_a_threshold_alone_still_passes() -> None:
    head = ran(1, Counts(3, 0), threshold="coverage 10% below 90%")
    assert judged_tests(ran(1, Counts(3, 0), threshold="coverage 10%"), head).verdict is Verdict.PASSED


def test_success_where_all_that_failed_before_still_does_is_not_believed() -> None:
    assert judged_tests(ran(1, Counts(1, 1), "old"), ran(0, Counts(1, 1), "old")).verdict is Verdict.FAILED
    mended = judged_tests(ran(1, Counts(0, 2), "old", "soft"), ran(0, Counts(1, 1), "soft"))
    assert (mended.verdict, mended.fixed) == (Verdict.PASSED, ("old",))
