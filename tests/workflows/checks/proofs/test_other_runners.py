"""Tests that are emptied, renamed or ended early, with runners that name only failures, and in other languages."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from sandbox.boxes.bubblewrap import Bubblewrap
from tests.fakes.two_sides import TwoSides
from tests.workflows.checks.proofs.test_four_ways import MOUNTS, QUICK, WANTED, place, pytestmark
from workflows.checks.plan import Candidate, Planned
from workflows.checks.verify import Cross, verify
from workflows.text.pull_request.verdict import judged
from workflows.verification import CheckKind, Grade, Verification

__all__ = ["place", "pytestmark"]

ADDER = "def add(a, b):\n    return a - b\n\n\ndef same(a):\n    return a\n"
RIGHT = ADDER.replace("a - b", "a + b")
WRONG = RIGHT.replace("return a\n", "return 0\n")
TESTS = (
    "import unittest\nfrom adder import add, same\n\n\nclass T(unittest.TestCase):\n"
    "    def test_zero(self):\n        self.assertEqual(add(0, 0), 0)\n\n"
)
SAME = "    def test_same(self):\n        self.assertEqual(same(3), 3)\n\n"
ADDS = "    def test_add(self):\n        self.assertEqual(add(1, 2), 3)\n\n"
MORE = "    def test_more(self):\n        self.assertEqual(add(2, 2), 4)\n\n"
JS = "export const add = (a, b) => a - b\nexport const same = (a) => a\n"
JS_RIGHT = JS.replace("a - b", "a + b")
JS_WRONG = JS_RIGHT.replace("(a) => a", "(a) => 0")
JS_TESTS = (
    "import test from 'node:test'\nimport assert from 'node:assert'\nimport { add, same } from './adder.js'\n\n"
    "test('same', () => {\n  assert.equal(same(3), 3)\n})\n\ntest('zero', () => {\n  assert.equal(add(0, 0), 0)\n})\n"
)
JS_ADDS = "\ntest('adds', () => {\n  assert.equal(add(1, 2), 3)\n})\n"


async def _checked(place: Path, command: str, base: Mapping[str, str], head: Mapping[str, str | None]) -> Verification:
    sides = TwoSides.made(place / secrets.token_hex(4), Bubblewrap(), base, head, MOUNTS)
    check = Planned(CheckKind.TEST, (Candidate(command),))
    cross = Cross(sides.mixed, WANTED, hunks=sides.hunks)
    return await verify([check], sides, base=sides.base, head=sides.head, limits=QUICK, cross=cross)


def _long(*values: str) -> object:
    return pytest.param(*values, marks=pytest.mark.at_length)


@pytest.mark.parametrize(
    "tests",
    [
        TESTS + SAME.replace("test_same", "test_none").replace(", 3)", ", 0)") + ADDS,
        _long(TESTS + ADDS + MORE),
        _long(TESTS + SAME.replace("self.assertEqual(same(3), 3)", "pass") + ADDS),
        _long(TESTS + SAME + ADDS + "\nT.test_same = lambda self: None\n"),
    ],
    ids=["renamed", "deleted beside a new one", "emptied", "put in its place"],
)
async def test_a_lost_test_that_fails_is_a_failure_where_only_failures_have_names(place: Path, tests: str) -> None:
    """Their number is what it was, or more."""
    base = {"adder.py": ADDER, "test_adder.py": TESTS + SAME}
    done = await _checked(place, "python3 -m unittest", base, {"adder.py": WRONG, "test_adder.py": tests})
    assert judged(done).grade is Grade.NOT_VERIFIED
    assert done.checks[0].new_failures == ("test_same (test_adder.T.test_same)",) or done.checks[0].new_failures == (
        "test_same (test_adder.T)",
    )


@pytest.mark.at_length
@pytest.mark.parametrize("lost", [True, False])
async def test_a_lost_test_that_passes_is_named_where_only_failures_have_names(place: Path, lost: bool) -> None:
    base = {"adder.py": ADDER, "test_adder.py": TESTS + SAME}
    tests = TESTS + (SAME.replace("test_same", "test_alike") if lost else SAME) + ADDS
    done = await _checked(place, "python3 -m unittest", base, {"adder.py": RIGHT, "test_adder.py": tests})
    assert done.lost == (("test_adder.py::T::test_same",) if lost else ())
    assert judged(done).grade is (Grade.NOTHING_BROKE if lost else Grade.PROVEN)


@pytest.mark.at_length
@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@pytest.mark.parametrize(
    ("code", "body"),
    [
        (JS_WRONG, ""),
        (JS_WRONG, "  assert.equal(3, 3)\n"),
        (JS_WRONG, "  try { assert.equal(same(3), 3) } catch {}\n"),
        (JS_WRONG, "  return\n  assert.equal(same(3), 3)\n"),
        ("import { exit } from 'node:process'\nexit()\n" + JS_WRONG, "  assert.equal(same(3), 3)\n"),
    ],
    ids=["emptied", "of itself", "caught", "behind its end", "ended early"],
)
async def test_a_test_in_javascript_that_can_not_fail_any_more_is_a_failure_of_the_change(
    place: Path, code: str, body: str
) -> None:
    """Its file has as many assertions as before, since another test came."""
    base = {"package.json": '{"type":"module","scripts":{"test":"node --test"}}', "adder.js": JS, "a.test.js": JS_TESTS}
    tests = JS_TESTS.replace("  assert.equal(same(3), 3)\n", body) + JS_ADDS
    done = await _checked(place, "npm test", base, {"adder.js": code, "a.test.js": tests})
    assert judged(done).grade is Grade.NOT_VERIFIED


GO = "package calc\n\nfunc Add(a, b int) int { return a - b }\n\nfunc Double(a int) int { return a + a }\n"
GO_RIGHT = GO.replace("a - b", "a + b")
SILENT = "test: unit\nunit:\n\t@go vet . && go test ./... && echo done\n"


def _in_go(name: str, wrong: str) -> str:
    return (
        f'package calc\n\nimport "testing"\n\nfunc {name}(t *testing.T) {{\n'
        f'\tif {wrong} {{\n\t\tt.Fatal("no")\n\t}}\n}}\n'
    )


ELSEWHERE = TESTS.replace("test_zero", "test_none") + SAME
DOUBLE = _in_go("TestDouble", "Double(3) != 6")


@pytest.mark.at_length
@pytest.mark.skipif(not shutil.which("go") or not shutil.which("make"), reason="go or make is not installed")
@pytest.mark.parametrize(
    ("edit", "lost"),
    [
        ({"double_test.go": f"//go:build integration\n\n{DOUBLE}"}, "double_test.go > TestDouble"),
        ({"double_test.go": None, "double_windows_test.go": DOUBLE}, "double_test.go > TestDouble"),
        ({"double_test.go": None, "testdata/double_test.go": DOUBLE}, "double_test.go > TestDouble"),
        ({"double_test.go": f"//go:build linux || darwin\n\n{DOUBLE}"}, ""),
    ],
    ids=["a build tag", "for Windows", "among data", "for what it runs on"],
)
async def test_a_file_of_tests_that_go_leaves_out_is_told_where_nothing_is_counted(
    place: Path, edit: Mapping[str, str | None], lost: str
) -> None:
    base = {
        "go.mod": "module example.org/calc\n\ngo 1.19\n",
        "Makefile": SILENT,
        "calc.go": GO,
        "double_test.go": DOUBLE,
    }
    head = {"calc.go": GO_RIGHT, "add_test.go": _in_go("TestAdd", "Add(1, 2) != 3"), **edit}
    done = await _checked(place, "make test", base, head)
    assert done.lost == ((lost,) if lost else ())
    assert judged(done).grade is (Grade.NOTHING_BROKE if lost else Grade.PROVEN)


@pytest.mark.at_length
@pytest.mark.parametrize(
    "edit",
    [
        {"test_same.py": None},
        {"test_same.py": None, "same_checks.py": ELSEWHERE},
        {"test_same.py": f"{ELSEWHERE}\ndef load_tests(*given):\n    return given[1]\n"},
    ],
    ids=["deleted", "called otherwise", "loaded by itself"],
)
async def test_a_file_of_tests_that_is_left_out_beside_as_many_new_ones_is_told(
    place: Path, edit: Mapping[str, str | None]
) -> None:
    base = {"adder.py": ADDER, "test_adder.py": TESTS, "test_same.py": ELSEWHERE}
    head = {"adder.py": RIGHT, "test_adder.py": TESTS + ADDS + MORE, **edit}
    done = await _checked(place, "python3 -m unittest", base, head)
    assert "test_same.py::T::test_same" in done.lost
    assert judged(done).grade is Grade.NOTHING_BROKE


# Stands for Gradle: it runs what stands in the braces of each test, and leaves reports where the tests can write, too.
GRADLEW = """#!/usr/bin/env python3
import pathlib, re, sys
names = {"pathlib": pathlib}
exec(pathlib.Path("src/main/java/adder.java").read_text(), names)
bad = done = 0
pathlib.Path("build/test-results/test").mkdir(parents=True, exist_ok=True)
for file in sorted(pathlib.Path("src/test/java").glob("*Test.java")):
    cases = ""
    for name, body in re.findall(r"@Test void (\\\\w+)\\\\(\\\\) \\\\{ (.*) \\\\}", file.read_text()):
        try:
            exec(body, names)
            said = ""
        except AssertionError as error:
            bad, said = bad + 1, f'<failure message="AssertionError: {error}">AssertionError: {error}</failure>'
        done += 1
        cases += f'<testcase classname="{file.stem}" name="{name}">{said}</testcase>'
    place = pathlib.Path(f"build/test-results/test/TEST-{file.stem}.xml")
    place.write_text(f"<testsuite>{cases}</testsuite>")
if bad:
    print(f"{done} tests completed, {bad} failed")
sys.exit(bool(bad))
""".replace("\\\\", "\\")
JAVA = "def add(a, b): return a - b\ndef same(a): return a\n"
GONE = "  @Test void same() { assert same(3) == 3, same(3) }\n"
JAVA_TEST = f"class SameTest {{\n{GONE}  @Test void four() {{ assert same(4) }}\n}}\n"
FORGED = (
    "pathlib.Path('build/test-results/test/TEST-A.xml').write_text("
    '\'<testsuite><testcase classname="SameTest" name="same"/></testsuite>\'); '
)


@pytest.mark.parametrize("wrong", [True, pytest.param(False, marks=pytest.mark.at_length)])
async def test_a_report_in_the_tree_does_not_bring_back_a_test_that_is_gone(place: Path, wrong: bool) -> None:
    base = {"gradlew": GRADLEW, "src/main/java/adder.java": JAVA, "src/test/java/SameTest.java": JAVA_TEST}
    right = JAVA.replace("a - b", "a + b")
    adds = f"class AddTest {{\n  @Test void add() {{ {FORGED}assert add(1, 2) == 3, add(1, 2) }}\n}}\n"
    head = {
        "src/main/java/adder.java": right.replace("return a\n", "return a // 2\n") if wrong else right,
        "src/test/java/SameTest.java": JAVA_TEST.replace(GONE, ""),
        "src/test/java/AddTest.java": adds,
    }
    done = await _checked(place, "python3 gradlew test", base, head)
    assert judged(done).grade is (Grade.NOT_VERIFIED if wrong else Grade.NOTHING_BROKE), judged(done)
    assert "SameTest.same" in judged(done).headline
