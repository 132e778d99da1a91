"""What a test fails with whatever the code says is its own failure, and reproduces nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.backend import CommandLimits
from sandbox.boxes.bubblewrap import Bubblewrap
from tests.fakes.boxes import box_backend as box_backend
from tests.fakes.boxes import box_machine as box_machine
from tests.fakes.two_sides import TwoSides
from workflows.checks.plan import Candidate
from workflows.triage.reproduction.attempt import OneTry, Reproduction, Tried, judged, matches
from workflows.triage.reproduction.hollow.telling import WAYS, can_tell, hollow, is_alike, ways
from workflows.triage.reproduction.trying import try_once

CODE = """\
def add(a, b):
    return a - b


def share(total, people):
    return total / people


def number(text):
    return text


class Store:
    def get(self, key):
        return None
"""
REPORT = """`add(1, 2)` gives -1 instead of 3, `number('x')` does not raise ValueError, and `share(1, 0)` breaks:

Traceback (most recent call last):
  File "adder.py", line 6, in share
ZeroDivisionError: division by zero
AttributeError: 'NoneType' object has no attribute 'name'
"""
HEAD = "import pytest\n\nimport adder\nfrom adder import Store, add, number, share\n\n\n"
CONTROL = "\n\ndef test_control():\n    assert add(3, 0) == 3\n"
TRACE = "Traceback (most recent call last):\\n  File 'adder.py', line 6, in share\\nZeroDivisionError: division by zero"
HONEST = {
    "a wrong value": "def test_r():\n    assert add(1, 2) == 3\n",
    "an error in the code": "def test_r():\n    assert share(1, 0) == 0\n",
    "an error that is not raised": "def test_r():\n    with pytest.raises(ValueError):\n        number('x')\n",
    "a kind": "def test_r():\n    assert isinstance(number('3'), int)\n",
    "nothing where something is due": "def test_r():\n    assert Store().get('a').name == 'x'\n",
    "a number made of it": "def test_r():\n    assert int(add(1, 2)) == 3\n",
}
LIES = {
    "it raises the error": "def test_r():\n    raise ZeroDivisionError('division by zero')\n",
    "it asks and raises the error": "def test_r():\n    add(1, 2)\n    raise ZeroDivisionError('division by zero')\n",
    "an error of its own": "def boom(a, b):\n    return a / b\n\n\ndef test_r():\n    assert boom(1, 0) == 0\n",
    "a sum of its own": "def plus(a, b):\n    return a - b\n\n\ndef test_r():\n    assert plus(1, 2) == 3\n",
    "it asks and asserts of its own": "def test_r():\n    add(1, 2)\n    assert -1 == 3\n",
    "the words of an assertion": "def test_r():\n    assert False, 'assert -1 == 3'\n",
    "a traceback that it prints": f"def test_r():\n    print('''{TRACE}''')\n    assert False\n",
    "it fails with the words": "def test_r():\n    pytest.fail('ZeroDivisionError: division by zero')\n",
    "a part that it replaces": "def test_r(monkeypatch):\n    monkeypatch.setattr(adder, 'add', lambda a, b: -1)\n"
    "    assert adder.add(1, 2) == 3\n",
    "a module that it replaces": "import sys, types\n\nfake = types.ModuleType('adder')\nfake.add = lambda a, b: -1\n"
    "sys.modules['adder'] = fake\n\n\ndef test_r():\n    from adder import add as other\n    assert other(1, 2) == 3\n",
    "code with the name of the repository's": "def test_r():\n    exec(compile('1 / 0', 'adder.py', 'exec'))\n",
}
_IN_SUITE = ("a part that it replaces",)


async def once(sides: TwoSides, tree: str) -> OneTry:
    paths = frozenset(sides.workspace.listing(tree))
    limits = CommandLimits(wall_seconds=60)
    test = ["test_report.py"]
    return (await try_once(Candidate("python -m pytest -q"), sides, tree, tree, test, paths, limits))[0]


@pytest.mark.parametrize(
    "name",
    [pytest.param(one, marks=() if one in _IN_SUITE else pytest.mark.at_length) for one in (*HONEST, *LIES)],
)
async def test_a_failure_that_is_the_test_s_own_is_told_from_one_of_the_code(
    box_backend: Bubblewrap, tmp_path: Path, name: str
) -> None:
    text = HEAD + {**HONEST, **LIES}[name] + CONTROL
    sides = TwoSides.made(tmp_path, box_backend, {"adder.py": CODE}, {"test_report.py": text})
    tried = await once(sides, sides.head)
    verdict, _, failures = judged([tried] * 3)
    assert verdict is Tried.REPRODUCED, tried
    ((test, failure),) = failures.items()
    why = matches(failure, tried.failures[test], REPORT, ["adder.py", "test_report.py"])
    found = Reproduction(verdict, why, tests={test: failure.said}, files={"test_report.py": text})
    own = True
    for way in ways(found, tried):
        tree = hollow(sides.workspace, sides.head, ["test_report.py"], way)
        own = own and is_alike(found, await once(sides, tree), tried)
    assert own is (name in LIES)


@pytest.mark.parametrize(
    ("files", "paths", "tells"),
    [
        ({"test_a.py": "x"}, ["a.py", "test_a.py"], True),
        ({"a.test.js": "x"}, ["a.py"], False),
        ({"test_a.py": "x"}, ["test_b.py", "conftest.py"], False),
        ({"test_a.py": "x"}, ["a.py", "fast.pyx"], False),
        ({"test_a.py": "open('rates.json')"}, ["a.py", "data/rates.json"], False),
        ({"test_a.py": "x"}, ["a.py", "data/rates.json"], True),
    ],
)
def test_it_is_told_only_where_all_that_is_tested_is_python_s(
    files: dict[str, str], paths: list[str], tells: bool
) -> None:
    assert can_tell(files, paths, lambda some: dict.fromkeys(some, "")) is tells


def test_where_a_failure_says_little_the_code_must_not_have_been_asked_at_all() -> None:
    one = OneTry({"t": "E   Failed: DID NOT RAISE <class 'ValueError'>"})
    found = Reproduction(Tried.REPRODUCED, "the report names ValueError", tests={"t": ""}, files={"test_t.py": ""})
    assert ways(found, one) == WAYS
    error = OneTry({"t": "E   ZeroDivisionError: division by zero"})
    assert ways(replace(found, why="the same error"), error) == WAYS[:2]
