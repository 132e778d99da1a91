"""Scripts of the repository that do what their first argument says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
ARMS = """#!/bin/bash
case $1 in
    unit)
        pytest tests/unit
        ;;
    lint|style) ruff check . ;;
    *) exit 1 ;;
esac
"""
FUNCTIONS = """#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/lib/checks.sh"

unit() {
    in_env python -m pytest tests/unit "$@"
}
"$@"
"""
LIBRARY = """in_env() {
    . venv/bin/activate
    "$@"
}
function style {
    in_env ruff check .
}
look() {
    in_env ruff check .
    return 0
}
"""
FILES = {"pyproject.toml": "[project]\nname = 'x'\n", "tests/unit/test_a.py": "", "lib/checks.sh": LIBRARY}
FILES |= {"tests/more/test_b.py": ""}


def workflow(*runs: str) -> str:
    return "on: pull_request\njobs:\n  a:\n    steps:\n" + "".join(f"      - run: {r}\n" for r in runs)


@pytest.mark.parametrize(
    ("script", "runs", "test", "lint"),
    [
        (ARMS, ["./do unit"], ["pytest tests/unit"], []),
        (ARMS, ["./do style"], [], ["ruff check ."]),
        (ARMS, ["bash do unit", "bash do lint"], ["pytest tests/unit"], ["ruff check ."]),
        (ARMS.replace("case $1", 'what="$1"\ncase "$what"'), ["./do lint"], [], ["ruff check ."]),
        (FUNCTIONS, ["./do unit"], ["pytest tests/unit"], []),
        (FUNCTIONS, ["./do unit tests/more", "./do style"], ["pytest tests/unit tests/more"], ["ruff check ."]),
        (FUNCTIONS, ["./do look"], [], []),
    ],
)
def test_a_call_runs_what_its_argument_names_and_nothing_else_of_the_script(
    write: Write, script: str, runs: list[str], test: list[str], lint: list[str]
) -> None:
    found = detect(write({**FILES, "do": script, ".github/workflows/ci.yml": workflow(*runs)}))
    assert [f.command for f in found.test if f.confidence == "confirmed"] == test
    assert [f.command for f in found.lint] == lint


def test_a_makefile_may_hand_each_target_of_a_list_to_a_script(write: Write) -> None:
    make = "RUN = ./do\nALL += unit\nALL += style\ncheck: unit style\n$(ALL):\n\t$(Q)$(RUN) $@\n"
    found = detect(
        write({**FILES, "do": FUNCTIONS, "Makefile": make, ".github/workflows/ci.yml": workflow("make check")})
    )
    assert [f.command for f in found.test if f.confidence == "confirmed"] == ["pytest tests/unit"]
    assert [f.command for f in found.lint] == ["ruff check ."]


def test_a_script_that_knows_nothing_of_the_argument_is_read_as_a_whole(write: Write) -> None:
    script = "#!/bin/sh\nruff check .\n"
    found = detect(write({**FILES, "do": script, ".github/workflows/ci.yml": workflow("./do anything")}))
    assert [f.command for f in found.lint] == ["ruff check ."]


def test_functions_that_call_each_other_come_to_an_end(write: Write) -> None:
    script = "#!/bin/bash\na() {\n  b\n}\nb() {\n  a\n  ruff check .\n}\n$1\n"
    found = detect(write({**FILES, "do": script, ".github/workflows/ci.yml": workflow("./do a")}))
    assert [f.command for f in found.lint] == ["ruff check ."]


@pytest.mark.parametrize(
    ("script", "call", "lint"),
    [
        ('ruff check --select=A "$@"', "./lint.sh", "ruff check --select=A ."),
        ("ruff check --select=A $@", "bash lint.sh src tests", "ruff check --select=A src tests"),
        ('ruff check --select=A "${@}"', "./lint.sh", "ruff check --select=A ."),
        ('run() {\n  "$@"\n}\nrun ruff check src', "./lint.sh", "ruff check src"),
    ],
)
def test_a_script_hands_on_what_it_is_called_with(write: Write, script: str, call: str, lint: str) -> None:
    root = write(
        {
            "pyproject.toml": "[project]\nname = 'x'\n",
            "x.py": "",
            "lint.sh": f"#!/bin/sh\n{script}\n",
            ".github/workflows/ci.yml": f"on: push\njobs: {{a: {{steps: [{{run: {call}}}]}}}}\n",
        }
    )
    assert [f.command for f in detect(root).lint] == [lint]
