"""What pytest collects in a run of its own, and what a report may say beside it."""

from __future__ import annotations

import pytest

from workflows.reports.collected import Collected, disagreement, parse
from workflows.reports.instrument import collecting
from workflows.verification import Counts

PRINTED = """tests/test_a.py::test_x[a b]
tests/test_a.py::test_x[c::d]
tests/test_a.py::TestC::test_y

3/4 tests collected (1 deselected) in 0.02s
"""


def test_ids_are_counted_by_their_function() -> None:
    ids = ("tests/test_a.py::test_x[a b]", "tests/test_a.py::test_x[c::d]", "tests/test_a.py::TestC::test_y")
    assert parse(PRINTED) == Collected(3, {"test_x": 2, "test_y": 1}, ids)


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "tests/test_a.py: 3\n\n",
        PRINTED.replace("3/4", "5/6"),
        PRINTED + PRINTED,
        "README.rst::README.rst\n\n1 test collected in 0.1s\n",
        "ERROR tests/test_a.py\n1 test collected, 1 error in 0.1s\n",
    ],
)
def test_what_is_not_certain_says_nothing(printed: str) -> None:
    assert parse(printed) is None


def test_nothing_collected_is_known_too() -> None:
    assert parse("\n0 tests collected in 0.01s\n") == Collected(0, {})


@pytest.mark.parametrize(
    ("counts", "passed", "says"),
    [
        (Counts(3), ["t.py::test_x[1]", "t.py::test_x[2]", "t.py::T::test_y"], ""),
        (Counts(3), ["base.py::t.T::test_x[1]", "t.py::test_x[2]", "t.py::T::test_y"], ""),
        (Counts(9), ["t.py::test_x[1]", "t.py::test_x[2]", "t.py::T::test_y"], ""),
        (Counts(1, 0, 2), ["t.py::T::test_y"], ""),
        (Counts(2), ["t.py::test_x[1]", "t.py::T::test_y"], "3 tests are there"),
        (Counts(3), ["t.py::test_x[1]", "t.py::test_new", "t.py::T::test_y"], "run of their own: test_new."),
        (Counts(4), ["t.py::test_x", "t.py::T::test_y", "t.py::U::test_y"], "run of their own: test_y."),
        (Counts(4200), [f"t.py::test_{n}" for n in range(4200)], "test_0, test_1, test_10, ..."),
    ],
)
def test_a_report_is_held_against_them(counts: Counts, passed: list[str], says: str) -> None:
    said = disagreement(Collected(3, {"test_x": 2, "test_y": 1}), counts, passed)
    assert says in said
    assert bool(says) == bool(said)


def test_only_a_plain_call_is_asked() -> None:
    assert collecting("python3 -m pytest -q tests") == "python3 -m pytest -q tests --collect-only --verbosity=-1"
    for line in ("make test", "pytest && rm -r build", "npx jest", "go test ./...", "tox -e py"):
        assert collecting(line) == ""
