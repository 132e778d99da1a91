"""Printed summaries: the endings of many runners, in our own small samples and from runners that are here."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.reports.formats import summaries
from workflows.reports.reasons import ReasonKind, reason
from workflows.verification import Counts

SAMPLES = {
    "pytest": (
        "== short ==\nFAILED a.py::t[x - y] - E\nERROR b.py - E\n== 1 failed, 2 passed, 1 error in 0.1s ==\n",
        Counts(2, 2),
        ("a.py::t[x", "b.py"),
    ),
    "pytest -q": ("..\n2 passed, 1 skipped, 3 warnings in 61.02s (0:01:01)\n", Counts(2, 0, 1), ()),
    "pytest nothing": ("=== no tests ran in 0.01s ===", Counts(), ()),
    "colours": ("\x1b[32m==== \x1b[1m3 passed\x1b[0m in 0.01s ====\x1b[0m", Counts(3), ()),
    "django": (
        "ERROR: test_x (app.tests.T.test_x)\nRan 3 tests in 0.1s\n\nFAILED (errors=1, skipped=1)\n",
        Counts(1, 1, 1),
        ("test_x (app.tests.T.test_x)",),
    ),
    "unittest 3.12 without tests": ("\nRan 0 tests in 0.000s\n\nNO TESTS RAN\n", Counts(), ()),
    "jest": (
        "FAIL src/a.test.js\n  ● Console\n\n  ● sum › adds\n\n    boom\nFAIL src/b.test.js\n"
        "  ● Test suite failed to run\nTest Suites: 2 failed, 2 total\nTests:       1 failed, 4 passed, 5 total\n",
        Counts(4, 1),
        ("sum › adds", "src/b.test.js"),
    ),
    "vitest": (
        " FAIL  src/a.test.ts > sum > adds\nAssertionError\n FAIL  src/b.test.ts [ src/b.test.ts ]\n"
        " Test Files  2 failed | 1 passed (3)\n      Tests  1 failed | 5 passed | 1 skipped (7)\n",
        Counts(5, 1, 1),
        ("src/a.test.ts > sum > adds", "src/b.test.ts"),
    ),
    "mocha": (
        "  sum\n    1) adds\n\n  4 passing (8ms)\n  1 pending\n  1 failing\n\n  1) sum\n       adds:\n     Error: x\n",
        Counts(4, 1, 1),
        ("sum adds",),
    ),
    "tap": (
        "TAP version 14\nok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP no\n    not ok 1 - nested\n1..3\n",
        Counts(1, 1, 1),
        ("b",),
    ),
    "ava": (
        "  ✔ adds\n  ✔ a › b (1.2s)\n  ✘ [fail]: subtracts\n  - [skip] later\n  ─\n\n  subtracts\n\n  test.js:6\n\n"
        "  Value is not `true`:\n\n  ─\n\n  1 test failed\n  1 test skipped\n",
        Counts(2, 1, 1),
        ("subtracts",),
    ),
    "ava passed": ("\n  ✔ adds (340ms)\n  ✔ takes long (1m 3.2s)\n  ─\n\n  2 tests passed\n", Counts(2), ()),
    "ava broken": ("  Uncaught exception in test.js\n\n  Error: x\n\n  1 uncaught exception\n", Counts(0, 1), ()),
    "go": (
        "--- FAIL: TestX (0.00s)\n    x_test.go:3: no\nFAIL\n"
        "FAIL\tm/a\t0.1s\nok  \tm/b\t0.1s\nFAIL\tm/c [build failed]\n",
        None,
        ("TestX", "m/c"),
    ),
    "go, nothing built": ("FAIL\tm/a [build failed]\n?   \tm/b\t[no test files]\nFAIL\n", Counts(0, 1), ("m/a",)),
    "go -v, none passed": (
        "=== RUN   TestX\n--- FAIL: TestX (0.00s)\nFAIL\nFAIL\tm/a\t0.1s\n",
        Counts(0, 1),
        ("TestX",),
    ),
    "go -v": ("=== RUN   TestX\n--- PASS: TestX (0.00s)\nPASS\nok  \tm/a\t0.1s\n", Counts(1), ()),
    "go nothing": ("?   \tm/a\t[no test files]\nok  \tm/b\t0.1s [no tests to run]\n", Counts(), ()),
    "cargo": (
        "test t::ok ... ok\ntest t::bad ... FAILED\n\ntest result: FAILED. 1 passed; 1 failed; 2 ignored; 0 measured\n"
        "test result: ok. 3 passed; 0 failed; 0 ignored\n",
        Counts(4, 1, 2),
        ("t::bad",),
    ),
    "nextest": (
        "        FAIL [   0.003s] krate t::bad\n     Summary [   0.1s] 3 tests run: 2 passed, 1 failed, 1 skipped\n",
        Counts(2, 1, 1),
        ("krate t::bad",),
    ),
    "maven": (
        "[INFO] Tests run: 2, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.1 s -- in a.T\n[INFO] Results:\n"
        "[ERROR] Tests run: 4, Failures: 1, Errors: 1, Skipped: 1\n",
        Counts(1, 2, 1),
        (),
    ),
    "gradle": (
        "FooTest > breaks FAILED\n5 tests completed, 1 failed, 1 skipped\n",
        Counts(3, 1, 1),
        ("FooTest > breaks",),
    ),
    "rspec": (
        "3 examples, 1 failure, 1 pending\n\nrspec ./spec/a_spec.rb:3 # Foo works\n",
        Counts(1, 1, 1),
        ("Foo works",),
    ),
    "minitest": (
        "FooTest#test_x [test/foo_test.rb:3]:\nno\n5 runs, 7 assertions, 1 failures, 1 errors, 1 skips\n",
        Counts(2, 2, 1),
        ("FooTest#test_x",),
    ),
    "phpunit": (
        "1) App\\FooTest::testX\nTests: 5, Assertions: 9, Failures: 1, Skipped: 1.\n",
        Counts(3, 1, 1),
        ("App\\FooTest::testX",),
    ),
    "phpunit ok": ("OK (5 tests, 9 assertions)\n", Counts(5), ()),
    "phpunit nothing": ("No tests executed!\n", Counts(), ()),
    "mix": (
        "  1) test adds (SumTest)\n     test/sum_test.exs:3\n1 doctest, 3 tests, 1 failure, 1 skipped\n",
        Counts(2, 1, 1),
        ("test adds (SumTest)",),
    ),
    "bun": (
        "(fail) sum > adds [0.12ms]\n\n 5 pass\n 1 fail\nRan 6 tests across 1 file.\n",
        Counts(5, 1),
        ("sum > adds",),
    ),
    "dotnet": (
        "  Failed A.B.Test [10 ms]\nFailed!  - Failed:     1, Passed:     5, Skipped:     1, Total:     7\n",
        Counts(5, 1, 1),
        ("A.B.Test",),
    ),
    "ctest": (
        "90% tests passed, 1 tests failed out of 10\n\nThe following tests FAILED:\n\t  3 - parse (Failed)\n",
        Counts(9, 1),
        ("parse",),
    ),
    "two runners": ("=== 3 passed in 0.1s ===\ntest result: ok. 2 passed; 0 failed; 1 ignored\n", Counts(5, 0, 1), ()),
    "nothing": ("all is well\n", None, ()),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_the_numbers_and_failures_of_a_summary_are_read(name: str) -> None:
    text, counts, failures = SAMPLES[name]
    report = summaries.parse(text)
    assert report.counts == counts
    assert report.failures == failures


def test_a_real_unittest_run_is_read(tmp_path: Path) -> None:
    (tmp_path / "u_test.py").write_text(
        "import unittest\nclass T(unittest.TestCase):\n"
        "    def test_ok(self): pass\n    def test_bad(self): self.fail()\n    def test_err(self): raise ValueError\n"
        "    @unittest.skip('x')\n    def test_skip(self): pass\n"
        "    @unittest.expectedFailure\n    def test_xf(self): self.fail()\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "unittest", "u_test"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    report = summaries.parse(done.stderr)
    assert report.counts == Counts(1, 2, 2)
    assert len(report.failures) == 2


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@pytest.mark.parametrize("reporter", ["spec", "tap"])
def test_a_real_node_test_run_is_read(tmp_path: Path, reporter: str) -> None:
    (tmp_path / "n.test.mjs").write_text(
        "import {test, describe, it} from 'node:test';\n"
        "test('ok', () => {}); test('bad', () => { throw new Error('x') });\n"
        "describe('suite', () => { it('inner', () => { throw new Error('y') });\n"
        "it('left', {skip: true}, () => {}) });\n"
    )
    done = subprocess.run(
        ["node", "--test", f"--test-reporter={reporter}", "n.test.mjs"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    report = summaries.parse(done.stdout)
    assert report.counts == Counts(1, 2, 1)
    assert {"bad", "inner"} <= set(report.failures)


def test_of_a_failing_file_of_tap_what_failed_in_it_is_kept() -> None:
    passed = "".join(f"    ok {n} - fine\n" for n in range(900))
    why = "    not ok 901 - sums\n      ---\n      wanted: 3\n      ...\n"
    report = summaries.parse(
        f"TAP version 13\n# Subtest: test/a.js\n{passed}{why}{passed}not ok 1 - test/a.js # time=3ms\n"
        "  ---\n  exitCode: 1\n  ...\n"
        "\n# Subtest: test/b.js\n    ok 1 - other\nok 2 - test/b.js # time=1ms\n1..2\n# failed 1 of 2 tests\n"
    )
    assert (report.counts, report.failures) == (Counts(1, 1), ("test/a.js",))
    assert report.messages["test/a.js"].startswith("    not ok 901 - sums")
    assert "exitCode: 1" in report.messages["test/a.js"]
    assert "other" not in report.messages["test/a.js"]


def test_what_a_failing_test_of_ctest_printed_is_kept() -> None:
    report = summaries.parse(
        "      Start  1: sums\n 1/3 Test  #1: sums .......***Failed    0.00 sec\na.c:5:adds:FAIL: Expected 3 Was -1\n\n"
        "      Start  2: other\n 2/3 Test  #2: other ......   Passed    0.00 sec\n"
        " 3/3 Test  #3: slow .......***Timeout   9.00 sec\nwaiting\n"
        "\n33% tests passed, 2 tests failed out of 3\n\n"
        "The following tests FAILED:\n\t  1 - sums (Failed)\n\t  3 - slow (Timeout)\n"
    )
    assert report.messages == {"sums": "a.c:5:adds:FAIL: Expected 3 Was -1\n", "slow": "waiting\n"}


@given(st.text(max_size=400) | st.lists(st.sampled_from([line for s in SAMPLES.values() for line in s[0].split("\n")]))
       .map("\n".join))  # fmt: skip
def test_no_output_raises(text: str) -> None:
    summaries.parse(text)


def test_long_lines_and_endless_failures_are_bounded() -> None:
    text = "FAILED " + "a::" * 400_000 + "\n" + "".join(f"FAILED a.py::t{n}\n" for n in range(20_000))
    report = summaries.parse(text + "== 20001 failed in 1.0s ==\n")
    assert report.counts == Counts(0, 20_001)
    assert len(report.failures) <= summaries.MAX_FAILURES
    assert all(len(name) <= 300 for name in report.failures)


@pytest.mark.skipif(not shutil.which("prove"), reason="prove is not installed")
@pytest.mark.parametrize("verbose", [(), ("-v",)])
def test_a_real_run_of_prove_is_counted(tmp_path: Path, verbose: tuple[str, ...]) -> None:
    (tmp_path / "a.t").write_text("use Test::More tests => 2;\nok(1, 'one');\nok(0, 'two');\n")
    (tmp_path / "b.t").write_text("use Test::More tests => 2;\nok(1, 'three');\nok(1, 'four');\n")
    done = subprocess.run(["prove", *verbose, "."], cwd=tmp_path, capture_output=True, text=True, check=False)
    report = summaries.parse(done.stdout)
    assert report.counts == Counts(3, 1)
    assert report.failures == ("./a.t",)


def test_a_suite_of_node_test_that_vitest_cut_short_is_no_test_of_its_own() -> None:
    vitest = " Test Files  2 passed (2)\n      Tests  22 passed (22)\n"
    suite = "TAP version 13\n# Subtest: utils\nok 1 - utils\n  ---\n  duration_ms: 2.1\n  type: 'suite'\n  ...\n"
    numbers = "1..1\n# tests 0\n# suites 1\n# pass 0\n# fail 0\n# cancelled 0\n# skipped 0\n# todo 0\n"
    for between in ("", numbers):
        assert summaries.parse(suite + between + vitest).counts == Counts(22, 0, 0)
    behind = "TAP version 13\nok 1 - alone\nok 2 - utils\n  ---\n  type: 'suite'\n  ...\n1..2\n"
    assert summaries.parse(behind).counts == Counts(1, 0, 0)


AVA_3 = """
  \u2716 main\x20
  \u2714 good
  \u2716 adds two numbers Error thrown in test
  \u2716 rejects Rejected promise returned by test
  \u2500

  main

  Difference:

  - 'ap-is'
  + 'apis'

  \u203a file://test.js:27:4



  adds two numbers

  Error thrown in test:

  TypeError {
    message: 'lib.plus is not a function',
  }



  rejects

  Rejected promise returned by test. Reason:

  RangeError {
    message: 'bad',
  }

  \u2500

  3 tests failed
"""
AVA_6 = """
  \u2718 [fail]: main
  \u2714 good
  \u2718 [fail]: adds two numbers Error thrown in test
  \u2718 [fail]: rejects Rejected promise returned by test
  \u2500

  main

  test.js:5

   4: test('asks', t => { t.is(fetch('ECONNREFUSED'), 1); });
   5: test('main', t => { t.is('ap-is', 'apis'); });

  Difference (- actual, + expected):

  - 'ap-is'
  + 'apis'

  \u203a file://test.js:5:21



  adds two numbers

  Error thrown in test:

  TypeError {
    message: 'lib.plus is not a function',
  }

  TypeError: lib.plus is not a function
      at file:///work/test.js:16:42



  rejects

  Rejected promise returned by test. Reason:

  RangeError {
    message: 'bad',
  }

  \u2500

  3 tests failed
"""


@pytest.mark.parametrize("text", [AVA_3, AVA_6])
def test_ava_says_of_each_failed_test_by_its_title_alone_why_it_failed(text: str) -> None:
    report = summaries.parse(text)
    assert report.counts == Counts(1, 3)
    assert report.passed == {"good"}
    found = {name: reason(report.messages[name]) for name in report.failures}
    assert {name: (one.kind, one.names) for name, one in found.items()} == {
        "main": (ReasonKind.ASSERTION, ()),
        "adds two numbers": (ReasonKind.NAME, ("plus",)),
        "rejects": (ReasonKind.ERROR, ("RangeError",)),
    }


@pytest.mark.parametrize(
    "said",
    [
        "Difference:",
        "Value is not truthy:",
        "Value is not `true`:",
        "Value must match expression:",
        "Value is the same as:",
        "Values are deeply equal to each other, but they are not the same:",
        "Function returned:",
        "Function threw:",
        "Promise resolved with:",
        "Test failed via `t.fail()`",
        "Planned for 2 assertions, but got 1.",
    ],
)
def test_what_ava_calls_a_failed_assertion_is_one(said: str) -> None:
    assert reason(f"{said}\n0\n\u203a file://test.js:5:25").kind is ReasonKind.ASSERTION


@pytest.mark.parametrize(
    "prefix",
    ["packages/a test: ", "@scope/a:test: ", "@scope/a: ", "[a] ", "[@scope/a]: ", "[test:a] ", "web-1  | "],
)
def test_lines_that_begin_with_a_package_or_service_are_read_behind_it(prefix: str) -> None:
    """What pnpm, turbo, lerna, yarn, npm-run-all, concurrently and compose print."""
    lines = [" FAIL  tests/a.test.js > g > adds", "", "      Tests  1 failed | 11 passed (12)", "   Duration  1.40s"]
    said = "".join(f"{prefix}{line}\n" for line in lines)
    found = summaries.parse(f"Scope: 2 of 3 workspace projects\n{said}{said.replace('adds', 'takes')}")
    assert found.counts == Counts(22, 2)
    assert found.failures == ("tests/a.test.js > g > adds", "tests/a.test.js > g > takes")


def test_a_summary_that_stands_by_itself_is_read_as_it_is() -> None:
    assert summaries.parse("note: Tests  4 passed (4)\n=== 3 passed in 0.1s ===\n").counts == Counts(3)


def test_passed_tests_of_cargo_and_nextest_have_names() -> None:
    cargo = (
        "test a::b ... ok\ntest c ... FAILED\ntest src/lib.rs - add (line 3) ... ok\n\n"
        "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n"
    )
    assert summaries.parse(cargo).passed == {"a::b", "src/lib.rs - add"}
    assert summaries.parse(cargo.replace("2 passed", "3 passed")).passed is None, "one of them is not told"
    nextest = "    PASS [   0.004s] adder tests::a\n    Summary [   0.006s] 1 test run: 1 passed, 0 skipped\n"
    assert summaries.parse(nextest).passed == {"adder tests::a"}


VITEST = """\
packages/a test:  FAIL  tests/a.test.js > slow
packages/a test:  FAIL  tests/a.test.js > slow too
packages/a test: Error: Test timed out in 8000ms.
packages/a test: ----------------------[1/2]-
packages/a test:  FAIL  tests/b.test.js > b
packages/a test: AssertionError: expected false to deeply equal true
packages/a test:   Tests  3 failed | 31 passed (34)
packages/a test: Test timed out elsewhere
"""
UNITTEST = """\
======================================================================
FAIL: test_a (t.T.test_a)
----------------------------------------------------------------------
Traceback (most recent call last):
AssertionError: 1 != 2

======================================================================
ERROR: test_b (t.T.test_b)
----------------------------------------------------------------------
subprocess.TimeoutExpired: it took too long

----------------------------------------------------------------------
Ran 3 tests in 0.001s

FAILED (failures=1, errors=1)
"""


@pytest.mark.parametrize(
    ("printed", "kinds"),
    [
        (
            VITEST,
            {
                "tests/a.test.js > slow": ReasonKind.TIME,
                "tests/a.test.js > slow too": ReasonKind.TIME,
                "tests/b.test.js > b": ReasonKind.ASSERTION,
            },
        ),
        (UNITTEST, {"test_a (t.T.test_a)": ReasonKind.ASSERTION, "test_b (t.T.test_b)": ReasonKind.TIME}),
    ],
)
def test_each_failed_test_has_what_was_said_about_it_alone(printed: str, kinds: dict[str, ReasonKind]) -> None:
    found = summaries.parse(printed)
    assert {name: reason(said).kind for name, said in found.messages.items()} == kinds
    assert set(found.failures) == set(kinds)
