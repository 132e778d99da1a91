"""When a bug counts as reproduced: it must fail alike each time, beside a control, and as it was reported."""

from __future__ import annotations

import pytest

from workflows.reports.reasons import reason
from workflows.triage.reproduction.attempt import OneTry, Tried, judged, matches

CONTROL = frozenset({"test_r.py::test_control"})
SUM = "E       assert -1 == 3\nE        +  where -1 = add(1, 2)"


def tries(*said: str, passed: frozenset[str] = CONTROL) -> list[OneTry]:
    return [OneTry({"test_r.py::test_sum": one} if one else {}, passed) for one in said]


def test_three_failures_alike_beside_a_control_that_passes_are_a_reproduction() -> None:
    verdict, why, found = judged(tries(SUM, SUM, SUM))
    assert (verdict, why) == (Tried.REPRODUCED, "")
    assert [one.said for one in found.values()] == ["assert -1 == 3"]


@pytest.mark.parametrize(
    ("runs", "verdict", "why"),
    [
        (tries("", "", ""), Tried.NOT, "passes on the code as it is"),
        (tries(SUM, "", SUM), Tried.NOT, "does not fail each time"),
        (tries(SUM, "E   KeyError: 'a'", SUM), Tried.NOT, "does not fail alike"),
        (tries(SUM, SUM, SUM, passed=frozenset()), Tried.COULD_NOT, "no control passes"),
        (tries(SUM, SUM, SUM, passed=frozenset({"test_r.py::test_other"})), Tried.COULD_NOT, "no control passes"),
        ([OneTry(stopped="its run was stopped (time)")], Tried.COULD_NOT, "was stopped"),
        ([OneTry({"test_r.py::test_control": SUM}, CONTROL)] * 3, Tried.OTHERWISE, "its control fails"),
    ],
)
def test_what_is_none_says_why(runs: list[OneTry], verdict: Tried, why: str) -> None:
    found = judged(runs)
    assert found[0] is verdict
    assert why in found[1]


@pytest.mark.parametrize(
    "said",
    [
        "E   ModuleNotFoundError: No module named 'nothere'",
        "E   SyntaxError: invalid syntax",
        "E       fixture 'db' not found",
        "socket.gaierror: [Errno -2] Name or service not known",
        "ConnectionRefusedError: [Errno 111] Connection refused",
        "Failed: Timeout >5.0s",
        "",
    ],
)
def test_surroundings_are_never_a_reproduction(said: str) -> None:
    runs = [OneTry({"test_r.py::test_sum": said}, CONTROL)] * 3
    assert judged(runs)[0] is Tried.OTHERWISE


REPORT = "`add(1, 2)` gives -1 instead of 3, and `slug('')` raises KeyError."


@pytest.mark.parametrize(
    ("said", "by"),
    [
        (SUM, "the report gives -1 and 3"),
        ("E   AssertionError: assert -1 == 3", "the report gives -1 and 3"),
        ("AssertionError: -1 != 3", "the report gives -1 and 3"),
        ("E   KeyError: ''", "the report names KeyError"),
        ("E   Failed: DID NOT RAISE <class 'KeyError'>", "the report names KeyError"),
        ("E   assert -1 == 4", ""),
        ("E   assert 2 == 3", ""),
        ("E   assert 11 == 3", ""),
        ("E   assert -1.5 == 3", ""),
        ("E   assert False", ""),
        ("E   assert add(1, 2)", ""),
        ("E   ValueError: -1 == 3", ""),
        ("E   Failed: DID NOT RAISE <class 'ValueError'>", ""),
    ],
)
def test_a_failure_is_the_reported_one_by_its_error_or_by_the_values_on_both_sides(said: str, by: str) -> None:
    assert matches(reason(said), said, REPORT) == by


def test_an_error_is_the_reported_one_also_by_its_place() -> None:
    said = "pkg/slugs.py:12: in slugify\nE   IndexError: string index out of range\n"
    report = 'It breaks:\n  File "/app/pkg/slugs.py", line 9, in slugify\nTypeError: unsupported'
    assert matches(reason(said), said, report, ["pkg/slugs.py"]) == ""
    said = '  File "/work/pkg/slugs.py", line 12, in slugify\nIndexError: string index out of range\n'
    assert matches(reason(said), said, report, ["pkg/slugs.py"]) == "the same place: pkg/slugs.py, slugify"
