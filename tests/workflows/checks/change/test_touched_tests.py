"""What an edit of a file of tests touches: single tests, or something that others of the file may see."""

from __future__ import annotations

import pytest

from workflows.checks.change.touched_tests import one_by_one, touched_tests

BEFORE = """
import adder

CASES = [1, 2]


def test_one():
    assert adder.one() == 1


class TestAll:
    limit = 3

    def test_two(self):
        assert adder.two() == 2

    class TestMore:
        def test_three(self):
            assert self
"""


@pytest.mark.parametrize(
    ("old", "new", "functions", "ids"),
    [
        ("== 1", "== 11", {"test_one"}, ("test_one",)),
        ("assert adder.two() == 2", "pass", {"test_two"}, ("TestAll::test_two",)),
        ("assert self", "assert not self", {"test_three"}, ("TestAll::TestMore::test_three",)),
        ("def test_one", "@mark.skip\ndef test_one", {"test_one"}, ("test_one",)),
        ("def test_one", "def test_uno", {"test_one", "test_uno"}, ("test_uno",)),
        (
            "    assert adder.one() == 1",
            "    assert adder.one() == 1\n\n\ndef test_one():\n    pass",
            {"test_one"},
            ("test_one",),
        ),
        ("assert adder.one()", "assert (adder.one())", set(), ()),
    ],
)
def test_an_edit_of_single_tests_touches_them_alone(
    old: str, new: str, functions: set[str], ids: tuple[str, ...]
) -> None:
    found = touched_tests("test_adder.py", BEFORE.encode(), BEFORE.replace(old, new).encode())
    assert found is not None
    assert (set(found.functions), found.ids, found.alone) == (functions, ids, True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[1, 2]", "[1]"),
        ("import adder", "import other as adder"),
        ("limit = 3", "limit = 4"),
        ("class TestAll:", "class TestAll(Base):"),
        ("class TestAll:", "@mark.skip\nclass TestAll:"),
        ("    limit = 3\n", ""),
        ("def test_one():", "@pytest.fixture\ndef test_one():"),
        ("def test_one():", "def test_one(test_client):\n    pass\n\n\ndef test_client():"),
        ("def test_one():", "@mark.usefixtures('test_db')\ndef test_one():\n    pass\n\n\ndef test_db():"),
        ("def test_one():", "def test_one():\n    test_of(1)\n\n\ndef test_of(number):"),
        ("def test_one():", "def helper():"),
    ],
)
def test_what_others_of_the_file_may_see_is_not_touched_alone(old: str, new: str) -> None:
    found = touched_tests("test_adder.py", BEFORE.encode(), BEFORE.replace(old, new).encode())
    assert found is not None
    assert not found.alone


def test_what_stands_behind_a_class_is_not_in_it() -> None:
    inside = "class TestA:\n    def test_a(self): pass\n    limit = 1\n"
    behind = "class TestA:\n    def test_a(self): pass\nlimit = 1\n"
    found = touched_tests("test_a.py", inside.encode(), behind.encode())
    assert found is not None
    assert not found.alone


@pytest.mark.parametrize("source", [b"def test_(", b"\xff\xfe", b"x = " + b"(" * 5000])
def test_what_cannot_be_read_is_not_told(source: bytes) -> None:
    assert touched_tests("test_a.py", BEFORE.encode(), source) is None
    assert touched_tests("a.test.js", b"", b"") is None


def test_a_test_of_a_subclass_is_touched_with_the_function_it_inherits() -> None:
    found = touched_tests("test_adder.py", BEFORE.encode(), BEFORE.replace("== 2", "== 3").encode())
    assert found is not None
    assert found.holds("test_adder.py::TestOther::test_two[a::b]")
    assert not found.holds("test_adder.py::TestOther::test_one")


def test_tests_are_called_for_by_their_ids_and_by_their_files_where_they_are_too_many() -> None:
    files = {"t/test_a.py::TestA::test_x[1::2]": "t/test_a.py", "t/test_a.py::TestA::test_x[3]": "t/test_a.py"}
    assert one_by_one(list(files), files) == ("t/test_a.py::TestA::test_x",)
    many = {f"test_b.py::test_{number}": "test_b.py" for number in range(61)}
    assert one_by_one(list(many), many) == ("test_b.py",)
    assert one_by_one(["test_b.py"], {"test_b.py": "test_b.py"}) == ("test_b.py",)
