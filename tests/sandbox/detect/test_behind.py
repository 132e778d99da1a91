"""The one call of a runner that a task comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect.behind import behind

Write = Callable[[Mapping[str, str]], Path]
TOX = "[tox]\nenvlist = {}\n[testenv]\nsetenv = A = 1\ncommands = pytest {{posargs:tests}}\n"
NOX = "import nox\n@nox.session\ndef tests(session):\n    session.run('pytest', 'tests')\n"


@pytest.mark.parametrize(
    ("line", "files", "command"),
    [
        ("make test", {"Makefile": "PY = python3\ntest:\n\t@$(PY) -m pytest tests -q\n"}, "python -m pytest tests -q"),
        ("tox", {"tox.ini": TOX.format("py311")}, "pytest tests"),
        ("tox -e py310", {"tox.ini": TOX.format("py310, py311")}, "pytest tests"),
        ("nox -s tests", {"noxfile.py": NOX}, "pytest tests"),
        ("just test", {"justfile": "test:\n  go test ./...\n"}, "go test ./..."),
    ],
)
def test_a_task_of_one_call_is_that_call(write: Write, line: str, files: dict[str, str], command: str) -> None:
    found = behind(write(files), line)
    assert found is not None
    assert (found.command, found.cwd) == (command, ".")
    assert dict(found.env) == ({"A": "1"} if "tox.ini" in files else {})


@pytest.mark.parametrize(
    ("line", "files"),
    [
        ("pytest tests", {}),
        ("make test", {}),
        ("make test", {"Makefile": "test: build\n\tpytest\nbuild:\n\tcc a.c\n"}),
        ("make test", {"Makefile": "test:\n\tpytest\n\tjest\n"}),
        ("make test", {"Makefile": "test:\n\tpytest || true\n"}),
        ("make test", {"Makefile": "test:\n\truff check .\n"}),
        ("tox", {"tox.ini": TOX.format("py310, py311")}),
        ("npm test", {"package.json": '{"scripts": {"test": "jest src"}}'}),
        ("", {}),
    ],
)
def test_what_does_more_or_is_no_task_is_left_as_it_is(write: Write, line: str, files: dict[str, str]) -> None:
    assert behind(write({"setup.py": "", **files}), line) is None
