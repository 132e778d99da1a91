"""The process that compares: what it is given on standard input, and what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

MODULE = "workflows.release_notes.python_names.griffe_process"


def compared(folder: Path, before: dict[str, str], after: dict[str, str], unread: tuple[str, ...] = ()) -> Any:
    for place, files in (("before", before), ("after", after)):
        for name, text in files.items():
            path = folder / place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (folder / place).mkdir(exist_ok=True)
    asked = {"before": str(folder / "before"), "after": str(folder / "after"), "packages": ["p"], "unread": [*unread]}
    made = subprocess.run([sys.executable, "-m", MODULE], input=json.dumps(asked), capture_output=True, text=True)
    assert (made.returncode, made.stderr) == (0, "")
    return json.loads(made.stdout)


OLD = """
LIMIT = 1
__version__ = "1"
class A(Base, Other):
    def m(self, x, y=1): ...
def gone(): ...
def f(a, b=1, *, c=2): ...
def kind(): ...
"""
NEW = """
LIMIT = "two"
class A(Base):
    def m(self, y=1): ...
def f(a, b, *, d): ...
class kind: ...
def new(): ...
"""


def test_what_stops_a_program_that_was_right_is_told_with_its_file(tmp_path: Path) -> None:
    found = compared(tmp_path, {"p/__init__.py": OLD}, {"p/__init__.py": NEW})
    rows = {(row["name"].removeprefix("p."), row["what"], row["of"]) for row in found["broken"]}
    assert rows >= {
        ("gone", "object_removed", ""),
        ("A", "class_removed_base", "Other"),
        ("A.m", "parameter_removed", "x"),
        ("f", "parameter_changed_required", "b"),
        ("f", "parameter_removed", "c"),
        ("f", "parameter_added_required", "d"),
    }
    assert not {name for name, _, _ in rows} & {"LIMIT", "__version__", "new"}
    assert {row["path"] for row in found["broken"]} == {"p/__init__.py"}
    assert found["unread"] == []


def test_the_same_sources_break_nothing(tmp_path: Path) -> None:
    assert compared(tmp_path, {"p/__init__.py": OLD}, {"p/__init__.py": OLD}) == {"broken": [], "unread": []}


def test_nothing_of_the_sources_is_run_and_no_file_is_written(tmp_path: Path) -> None:
    evil = f"open({str(tmp_path / 'ran')!r}, 'w')\nraise SystemExit(3)\n"
    before = {"p/__init__.py": evil + OLD, "p/__main__.py": evil, "griffe.py": evil, "sitecustomize.py": evil}
    compared(tmp_path, before, {"p/__init__.py": evil})
    assert not (tmp_path / "ran").exists()
    assert not list(tmp_path.rglob("*.pyc"))


@pytest.mark.parametrize(
    ("after", "unread", "expected"),
    [
        ({"p/__init__.py": "def f("}, (), ["p"]),
        ({}, (), ["p"]),
        ({"p/__init__.py": NEW}, ("p",), ["p"]),
        ({"p/__init__.py": "from other import *"}, (), ["p"]),
        ({"p/__init__.py": "def __getattr__(name): ..."}, (), ["p"]),
        ({"p/__init__.py": OLD, "p/odd.py": "("}, ("q.other",), ["p.odd"]),
    ],
)
def test_what_cannot_be_compared_is_named_and_not_called_broken(
    tmp_path: Path, after: dict[str, str], unread: tuple[str, ...], expected: list[str]
) -> None:
    found = compared(tmp_path, {"p/__init__.py": OLD}, after, unread)
    assert found["unread"] == expected
    assert not [row for row in found["broken"] if row["what"] == "object_removed"]


def test_very_many_names_are_told_up_to_a_bound(tmp_path: Path) -> None:
    old = "".join(f"def f{n}(): ...\n" for n in range(700))
    found = compared(tmp_path, {"p/__init__.py": old}, {"p/__init__.py": ""})
    assert len(found["broken"]) == 500


def test_names_of_any_length_are_cut(tmp_path: Path) -> None:
    (row,) = compared(tmp_path, {"p/__init__.py": f"def {'a' * 5000}(): ...\n"}, {"p/__init__.py": ""})["broken"]
    assert len(row["name"]) == 200
