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
