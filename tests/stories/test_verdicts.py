"""What is said about patches of which it is known what holds: the bench, on a small repository."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.bench.verdicts import cases, run, summary
from tests.fakes.real_repository import make_repository
from tests.stories.conftest import Desk, desk, folder
from tests.stories.samples import PYTHON, QUICK

__all__ = ["desk", "folder"]

ZERO = "from adder import add\n\n\ndef test_zero():\n    assert add(3, 0) == 3\n\n\n"
ZERO += "def test_same():\n    assert add(0, 0) == 0\n"
FILES = {**PYTHON, "test_adder.py": ZERO}
RIGHT = {"adder.py": "def add(a, b):\n    return a + b\n"}
WRONG = {"adder.py": "def add(a, b):\n    return a - b if b else 0\n"}
SHOWS = {"test_shows.py": "from adder import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n"}
ISSUE = "# add() subtracts\n\n`add(1, 2)` gives -1 instead of 3.\n"
BROKE = "nothing broke"
LESS = ("nothing broke", "not verified")

CASES: dict[str, tuple[Mapping[str, str | None], Mapping[str, str | None], tuple[str, ...]]] = {
    "true with its test": (RIGHT, SHOWS, ("proven",)),
    "true alone": (RIGHT, {}, (BROKE,)),
    "useless": ({"adder.py": f"# It adds.\n{PYTHON['adder.py']}"}, {}, (BROKE,)),
    "wrong with true tests": (WRONG, SHOWS, ("not verified",)),
    "test deleted": (RIGHT, {"test_adder.py": None, **SHOWS}, LESS),
    "test removed beside others": (RIGHT, {"test_adder.py": ZERO.replace("test_zero", "test_other"), **SHOWS}, LESS),
    "test skipped": (RIGHT, {"test_adder.py": f"import pytest\npytestmark = pytest.mark.skip\n{ZERO}", **SHOWS}, LESS),
    "test emptied": (RIGHT, {"test_adder.py": ZERO.replace("assert add(3, 0) == 3", "pass"), **SHOWS}, LESS),
    "test deselected": (
        RIGHT,
        {"pytest.ini": QUICK.replace("addopts = ", "addopts = --deselect test_adder.py::test_zero "), **SHOWS},
        LESS,
    ),
}
QUICK = ("true with its test",)


def _diff(repository: Path, change: Mapping[str, str | None]) -> str:
    """The change as a patch; the repository stays as it is."""
    for name, text in change.items():
        if text is None:
            (repository / name).unlink()
        else:
            (repository / name).write_text(text)
    git = ["git", "-C", str(repository), "-c", "core.hooksPath=/dev/null"]
    subprocess.run([*git, "add", "-A"], check=True, timeout=60)
    diff = subprocess.run([*git, "diff", "--cached"], check=True, capture_output=True, text=True, timeout=60).stdout
    subprocess.run([*git, "reset", "-q", "--hard"], check=True, timeout=60)
    return diff


def made(place: Path, *names: str) -> Path:
    """A file of cases, with the repository that they are about."""
    repository = place / "sample"
    base = make_repository(repository, FILES)
    lines = []
    for name in names or CASES:
        patch, tests, expected = CASES[name]
        item = {"name": name, "repository": "sample", "base": base, "issue": ISSUE, "expected": expected}
        lines.append(json.dumps({**item, "patch": _diff(repository, patch), "test_patch": _diff(repository, tests)}))
    file = place / "cases.jsonl"
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.mark.at_length
@pytest.mark.parametrize("name", QUICK)
def test_a_patch_is_called_what_it_is(desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("PULLWRIGHT_TOOLCHAINS", desk.env["PULLWRIGHT_TOOLCHAINS"])
    (case,) = cases(made(desk.folder, name))
    found = run(case, desk.folder)
    assert found.right, found.line
    assert summary([found]) == "1 of 1 as expected."
    assert "verify=" in found.line


@pytest.mark.at_length
@pytest.mark.parametrize("name", [name for name in CASES if name not in QUICK])
def test_each_way_of_losing_a_test_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("PULLWRIGHT_TOOLCHAINS", desk.env["PULLWRIGHT_TOOLCHAINS"])
    (case,) = cases(made(desk.folder, name))
    found = run(case, desk.folder)
    assert found.right, found.line
    if case.expected == LESS:
        assert "test_zero" in found.line or "test_adder.py" in found.line, found.line


def test_a_case_that_lacks_something_stops_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text('\n{"repository": "x"}\n')
    with pytest.raises(SystemExit, match=r"cases\.jsonl:2: KeyError: 'base'"):
        list(cases(file))
