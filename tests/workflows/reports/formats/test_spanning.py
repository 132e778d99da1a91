"""Summaries that span several lines, each as its runner prints it."""

from __future__ import annotations

import pytest

from workflows.reports.formats import spanning
from workflows.reports.values import Report
from workflows.verification import Counts


def read(reader: str, text: str) -> Report:
    report: Report = getattr(spanning, reader)(text.split("\n"))
    return report


UNITTEST = """FAIL: test_a (m.T.test_a)
ERROR: setUpClass (m.T)
Ran 6 tests in 0.1s

FAILED (failures=1, errors=1, skipped=1, expected failures=1, unexpected successes=1)"""
JEST = """FAIL proj src/a.test.ts (5 s)
  ● a › b
  ● Test suite failed to run
  ● Console
Tests:       1 failed, 1 skipped, 2 todo, 5 passed, 9 total"""
MOCHA = """  5 passing (1s)
  2 pending
  1 failing

  1) suite
       inner
         does x:
     Error: boom"""
NODE = "ℹ tests 5\nℹ pass 1\nℹ fail 1\nℹ cancelled 1\nℹ skipped 1\nℹ todo 1\n✖ a b (1.2ms)\n✖ c (2ms) # TODO"
TAP = "TAP version 13\nok 1 - a\nnot ok 2 - b\n  ---\n  why: x\n  ...\nok 3 - c # SKIP\nnot ok 4 - d # TODO later\n1..4"
AVA = "  ✔ a › b\n  ✘ [fail]: c (1.2s)\n  - [skip] d\n\n  1 test failed\n"
CTEST = """      Start 1: a
1/2 Test #1: a ......   Passed 0.1 sec
2/2 Test #2: b ......***Failed 0.1 sec
boom

50% tests passed, 1 tests failed out of 2
\t  2 - b (Failed)"""
PROVE = "t/a.t .. ok\nt/b.t (Wstat: 256 (exited 1) Tests: 3 Failed: 1)\nFiles=2, Tests=5, 1 wallclock"


@pytest.mark.parametrize(
    ("reader", "text", "counts", "failures"),
    [
        ("unittest", UNITTEST, Counts(1, 3, 2), ("test_a (m.T.test_a)", "setUpClass (m.T)")),
        ("unittest", "Ran 0 tests in 0.0s\n\nNO TESTS RAN", Counts(), ()),
        ("unittest", "Ran 3 tests in 1s\nFAILED (errors=9)", Counts(0, 9), ()),
        ("jest", JEST, Counts(5, 1, 3), ("a › b", "src/a.test.ts")),
        ("jest", "  ● Test suite failed to run\nTests: 0 total", Counts(), ("Test suite failed to run",)),
        ("mocha", MOCHA, Counts(5, 1, 2), ("suite inner does x",)),
        ("mocha", "  0 passing (0ms)", Counts(), ()),
        ("node", NODE, Counts(1, 2, 2), ("a b",)),
        ("node", "# pass 1\n# fail 2\nnot ok 1 - x # y\n    not ok 2 - in", Counts(1, 2), ("x", "in")),
        ("tap", TAP, Counts(1, 1, 2), ("b",)),
        ("tap", "1..2\nok\nnot ok", Counts(1, 1), (" (2)",)),
        ("ava", AVA, Counts(1, 1, 1), ("c",)),
        ("ava", "  ✖ x\n  2 uncaught exceptions\n", Counts(0, 2), ("x",)),
        ("ava", "  7 tests passed\n", Counts(7), ()),
        ("go", "=== RUN A\n--- PASS: A (0s)\n--- SKIP: B\n--- FAIL: C\nFAIL\tp\t0.1s", Counts(1, 1, 1), ("C",)),
        ("go", "FAIL\tp [build failed]\nFAIL", Counts(0, 1), ("p",)),
        ("go", "?   \tp\t[no test files]", Counts(), ()),
        ("go", "--- FAIL: A (0s)\n    --- FAIL: A/x (0s)\nFAIL\tp\t0.1s", None, ("A", "A/x")),
        ("go", "ok  \tp\t0.1s", None, ()),
        ("ctest", CTEST, Counts(1, 1), ("b",)),
        ("ctest", "No tests were found!!!", Counts(), ()),
        ("prove", PROVE, Counts(4, 1), ("t/b.t",)),
        ("prove", "t/b.t (Wstat: 512 Tests: 0 Failed: 0)\nFiles=2, Tests=0, x", Counts(0, 1), ("t/b.t",)),
    ],
)
def test_a_summary_gives_the_numbers_and_the_names(
    reader: str, text: str, counts: Counts | None, failures: tuple[str, ...]
) -> None:
    report = read(reader, text)
    assert (report.counts, report.failures) == (counts, failures)


@pytest.mark.parametrize(
    ("reader", "text", "counts"),
    [
        ("unittest", "Ran 2 tests in 1s\nOK\nRan 1 test in 1s\nFAILED (failures=1)", Counts(2, 1)),
        ("jest", "Tests: 1 failed, 2 passed, 3 total\nTests: 4 passed, 1 skipped, 5 total", Counts(6, 1, 1)),
        ("mocha", "  1 passing\n  1 failing\n  2 passing\n", Counts(3, 1)),
        ("node", "# pass 1\n# fail 1\n# pass 2\n# fail 0", Counts(3, 1)),
        ("ctest", f"{CTEST}\n100% tests passed, 0 tests failed out of 3\nNo tests were found!!!", Counts(4, 1)),
        ("prove", f"{PROVE}\nFiles=1, Tests=2, x", Counts(6, 1)),
    ],
)
def test_the_summaries_of_several_packages_are_one(reader: str, text: str, counts: Counts) -> None:
    assert read(reader, text).counts == counts


@pytest.mark.parametrize("reader", [one.__name__ for one in spanning.READERS])
@pytest.mark.parametrize(
    "text", ["", "OK", "5 of 6 passed", "Tests: x", "  1) a", "ok 1 - a", "1 failing", "FAILED (failures=1)"]
)
def test_what_is_no_whole_summary_says_nothing(reader: str, text: str) -> None:
    assert read(reader, text).empty


def test_why_a_test_failed_is_what_stands_beside_it() -> None:
    assert read("tap", TAP).messages == {"b": "not ok 2 - b\n  ---\n  why: x\n  ..."}
    assert read("ctest", CTEST).messages["b"].strip() == "boom"
    assert read("tap", TAP).passed == {"a"}


def test_nodes_own_tap_and_perls_harness_are_not_read_as_plain_tap() -> None:
    assert read("tap", "TAP version 13\nok 1 - a\n1..1\n# pass 1\n# fail 0").empty
    assert read("tap", f"1..1\nok 1\n{PROVE}").empty


@pytest.mark.parametrize("reader", [one.__name__ for one in spanning.READERS])
@pytest.mark.parametrize("unit", [" ", "● ", "FAIL ", "✖ a (", "not ok 1 - ", "x (Wstat: ", "=1 a", "1) "])
def test_a_line_of_any_length_is_read(reader: str, unit: str) -> None:
    long = unit * (60_000 // len(unit))
    lines = [long, "Ran 1 test in 1s", f"FAILED {long}", f"Tests: 1{long}total", "  1 passing", "  1 failing"]
    read(reader, "\n".join([*lines, f"  1) {long}", "1..1", f"not ok {long}"]))
