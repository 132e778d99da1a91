"""Which files are tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.memory_box import MemoryBackend
from tests.fakes.two_sides import TwoSides
from workflows.checks.change.mixed_trees import Mixed
from workflows.checks.change.which_tests import which_tests
from workflows.checks.proofs.left_early import left_early
from workflows.checks.ran import Ran
from workflows.verification import CheckRun

DJANGO = (
    *("django/test/__init__.py", "django/test/client.py", "django/core/mail.py"),
    *("tests/runtests.py", "tests/auth_tests/test_basic.py", "tests/auth_tests/models.py", "tests/urls.py"),
)
DJANGO_NAMES = ("test_user (auth_tests.test_basic.BasicTest.test_user)", "test_x (auth_tests.test_basic.BasicTest)")
NUMPY = (
    *("numpy/testing/_private/utils.py", "numpy/testing/tests/test_utils.py", "numpy/testing/tests/data.json"),
    *("numpy/core/tests/test_a.py", "numpy/core/tests/helpers.py", "numpy/core/a.py"),
)
NUMPY_NAMES = ("numpy/testing/tests/test_utils.py", "numpy/core/tests/test_a.py")
PLUGGY = ("testing/test_hooks.py", "testing/helpers.py", "testing/unit/data/a.txt", "src/pluggy/_hooks.py")
JAVA = ("src/test/java/org/a/ThingTest.java", "src/test/java/org/a/Helper.java", "core/spec/Spec.java")


@pytest.mark.parametrize(
    ("paths", "named", "tests"),
    [
        (DJANGO, DJANGO_NAMES, {*DJANGO[3:]}),
        (DJANGO, (), {*DJANGO[:2], *DJANGO[3:]}),
        (NUMPY, NUMPY_NAMES, {*NUMPY[1:5]}),
        (PLUGGY, ("testing/test_hooks.py",), {*PLUGGY[:3]}),
        (JAVA, ("org.a.ThingTest.adds",), {*JAVA[:2]}),
        (("lib/testing/kit.js", "src/a.test.js"), ("src/a.test.js",), {"src/a.test.js"}),
        (("checks/thing.py", "test/a.py"), ("checks/thing.py",), {"checks/thing.py"}),
        (("pkg/test/kit.py", "pkg/test_kit.py"), ("pkg/test_kit.py",), {"pkg/test_kit.py"}),
        (("test/kit.py", "test/test_kit.py"), ("TestSuite/adds",), {"test/kit.py", "test/test_kit.py"}),
        (("uuid.go", "uuid_test.go", "dce/dce.go"), ("example.org/uuid.TestParse",), {"uuid_test.go"}),
        (("dce/dce.go", "dce/dce_test.go"), ("example.org/uuid/dce.TestOne/zero",), {"dce/dce_test.go"}),
        (("semver.js", "checks/parse.js"), ("semver.parse takes a text", "checks/parse.js"), {"checks/parse.js"}),
        (("src/Parser.cpp", "tests/parser.cpp"), ("Parser.Reads",), {"tests/parser.cpp"}),
        (("Adder.cs", "Things.cs"), ("Adder.Things.Inner.Zero",), set()),
        (("Adder.cs", "Checks/Things.cs"), ("Checks.Things.Zero",), {"Checks/Things.cs"}),
    ],
)
def test_a_folder_is_one_of_tests_where_a_runner_found_some_in_it(
    paths: tuple[str, ...], named: tuple[str, ...], tests: set[str]
) -> None:
    tells = which_tests(paths, named)
    assert {path for path in paths if tells(path)} == tests


def test_a_new_file_of_a_folder_of_tests_is_one() -> None:
    tells = which_tests((*PLUGGY, "testing/conf/new.toml"), ("testing/test_hooks.py",))
    assert tells("testing/conf/new.toml")
    assert tells("tests2/test_new.py")


def test_a_file_that_the_new_code_ends_before_its_tests_is_told() -> None:
    base, head = Ran(CheckRun(0, 1.0)), Ran(CheckRun(0, 1.0), bare=frozenset({"a.test.js", "new.test.js"}))
    mixed = Mixed(fresh=("web/new.test.js",), paths=frozenset({"web/a.test.js", "web/new.test.js"}))
    assert left_early(base, head, mixed, "web") == ("web/a.test.js",)
    assert left_early(head, head, mixed, "web") == ()
    assert left_early(base, head, replace(mixed, edited=("web/a.test.js",)), "web") == ()


@pytest.mark.parametrize(
    ("after", "comments"),
    [
        ("# It adds.\ndef add(a, b):\n    return a - b  # really\n", True),
        ("def add(a, b):\n\n    return (a - b)\n", True),
        ("def add(a, b):\n    return a + b\n", False),
        ("def add(a, b):\n    return a -\n", False),
    ],
)
async def test_a_change_of_comments_alone_is_known(tmp_path: Path, after: str, comments: bool) -> None:
    base = {"adder.py": "def add(a, b):\n    return a - b\n"}
    sides = TwoSides.made(tmp_path, MemoryBackend(), base, {"adder.py": after, "test_text.py": "x = 1\n"})
    assert (await sides.mixed()).comments is comments
    sides = TwoSides.made(tmp_path / "more", MemoryBackend(), base, {"adder.py": after, "data.json": "{}"})
    assert not (await sides.mixed()).comments
