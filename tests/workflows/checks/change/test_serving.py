"""What a test compares with belongs to the test: a change that writes it over is not proven by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.boxes.bubblewrap import Bubblewrap
from tests.fakes.two_sides import TwoSides
from tests.workflows.checks.proofs.test_four_ways import ADDER, checked, place, pytestmark
from workflows.checks.change.mixed_trees import mix, only_documents
from workflows.text.pull_request.verdict import judged
from workflows.verification import Grade

__all__ = ["place", "pytestmark"]

WORSE = "def add(a, b):\n    return a - b - 1\n"
_CASES = "import pathlib\nfrom adder import add\n\n\n"
GOLDEN = (
    _CASES + "def test_zero():\n    assert str(add(3, 0)) == pathlib.Path('{0}/zero.txt').read_text()\n\n\n"
    "def test_same():\n    assert add(0, 0) == 0 or True\n"
)
HELPED = (
    "from {0} import check\nfrom adder import add\n\n\ndef test_zero():\n    check(add(3, 0), 3)\n\n\n"
    "def test_add():\n    check(add(1, 2), 3)\n"
)
CHECK, LAX = "def check(a, b):\n    assert a == b\n", "def check(a, b):\n    assert a is not None\n"

WAYS = {
    "a helper at the root": (
        {"asserting.py": CHECK, "test_adder.py": HELPED.format("asserting")},
        {"asserting.py": LAX},
    ),
    "a helper that returns early": (
        {"asserting.py": CHECK, "test_adder.py": HELPED.format("asserting")},
        {"asserting.py": "def check(a, b):\n    return\n    assert a == b\n"},
    ),
    "a helper in a folder of tests": (
        {"tests/h.py": CHECK, "tests/__init__.py": "", "tests/test_adder.py": HELPED.format("tests.h")},
        {"tests/h.py": LAX},
    ),
    "a golden file": ({"golden/zero.txt": "3", "test_adder.py": GOLDEN.format("golden")}, {"golden/zero.txt": "2"}),
    "data among the tests": (
        {"tests/d/zero.txt": "3", "tests/test_adder.py": GOLDEN.format("tests/d")},
        {"tests/d/zero.txt": "2"},
    ),
    "a golden file that looks like a document": (
        {"zero.txt": "3", "test_adder.py": GOLDEN.format(".")},
        {"zero.txt": "2"},
    ),
}


OFTEN = ("a helper at the root",)


@pytest.mark.parametrize(
    "way", [pytest.param(way, marks=() if way in OFTEN else pytest.mark.at_length) for way in WAYS]
)
async def test_a_demand_that_is_lowered_elsewhere_is_told_and_proves_nothing(place: Path, way: str) -> None:
    files, lowered = WAYS[way]
    verification = await checked(place, {"adder.py": WORSE, **lowered}, {"adder.py": ADDER, **files})
    assert any(name.endswith("::test_zero") for name in verification.demands), verification
    assert judged(verification).grade is not Grade.PROVEN
    assert judged(verification).changed


async def test_a_failing_test_that_is_brought_round_to_the_code_proves_nothing(place: Path) -> None:
    base = {"adder.py": ADDER, "test_adder.py": "from adder import add\n\ndef test_add():\n    assert add(1, 2) == 3\n"}
    verification = await checked(
        place, {"adder.py": WORSE, "test_adder.py": base["test_adder.py"].replace("== 3", "== -2")}, base
    )
    assert verification.proofs == ()
    assert verification.demands == ("test_adder.py::test_add",)


def served(place: Path, base: dict[str, str], path: str, text: str) -> bool:
    """Whether a change of that file is one of the tests."""
    sides = TwoSides.made(place, Bubblewrap(), base, {path: text})
    return path in mix(sides.workspace, sides.base, sides.head).edited


CODE = {
    "app/__init__.py": "from app import core\n",
    "app/core.py": "def half(n):\n    assert n >= 0\n    return n // 3\n",
    "app/load.py": "from pathlib import Path\nRATES = Path('app/rates.json').read_text()\n",
    "app/rates.json": "{}",
    "alone.py": "def one():\n    return 2\n",
    "lib/same.js": "const assert = require('assert');\nmodule.exports = (a, b) => assert.equal(a, b);\n",
    "cases.json": "[]",
    "out/plain.svg": "<svg/>",
    "test_app.py": "import alone\nfrom app import core\n[open(p) for p in ('app/rates.json', 'cases.json', 'out/')]\n",
    "lib/x.test.js": "const same = require('./same');\n",
}


@pytest.mark.parametrize(
    ("path", "text", "is_served"),
    [
        ("app/core.py", "def half(n):\n    assert n > 0\n    return n // 2\n", False),
        ("app/rates.json", "[]", False),
        ("alone.py", "def one():\n    return 1\n", False),
        ("cases.json", "[1]", True),
        ("out/plain.svg", "<svg>x</svg>", True),
        ("lib/same.js", "module.exports = () => {};\n", True),
    ],
)
def test_what_only_tests_speak_of_is_theirs(place: Path, path: str, text: str, is_served: bool) -> None:
    assert served(place, CODE, path, text) is is_served


def test_what_tests_compare_with_is_no_document(place: Path) -> None:
    base = {"zero.txt": "3", "NOTES.txt": "a", "test_adder.py": GOLDEN.format(".")}
    for path, is_one in (("zero.txt", False), ("NOTES.txt", True)):
        sides = TwoSides.made(place / path, Bubblewrap(), base, {path: "2"})
        assert only_documents(sides.workspace, sides.base, sides.head) is is_one
