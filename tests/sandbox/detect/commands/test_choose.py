"""From sightings of checks to the commands that are run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect.commands import choose, project
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Evidence, Found

Write = Callable[[Mapping[str, str]], Path]
PLACE = Evidence("pyproject.toml", 1, "[project]")


def read(write: Write, *runs: str, job: str = "checks", **files: str) -> project.Project:
    steps = "".join(f"      - run: {json.dumps(run)}\n" for run in runs)
    ci = f"on: pull_request\njobs:\n  {job}:\n    steps:\n{steps}" if runs else ""
    named = {name.replace("__", "/").replace("_", "."): text for name, text in files.items()}
    return project.read(Source(write({**named, "web/a": "", ".github/workflows/ci.yml": ci})))


def lint(found: project.Project) -> list[Found]:
    return choose.checks(found, "lint", "python")


def test_a_tool_is_run_once_as_its_best_witness_calls_it(write: Write) -> None:
    found = read(write, "ruff check src", "flake8 src", Makefile="lint:\n\truff check --preview .\n\tflake8 .\n")
    assert [f.command for f in lint(found)] == ["ruff check src", "flake8 src"]
    assert {e.file for e in lint(found)[0].evidence} == {".github/workflows/ci.yml", "Makefile"}


def test_a_tool_that_one_place_calls_on_several_parts_keeps_those_calls(write: Write) -> None:
    found = read(write, "mypy a", "mypy b", "mypy a")
    assert [f.command for f in choose.checks(found, "types", "python")] == ["mypy a", "mypy b"]


def test_what_is_called_very_often_is_taken_four_times(write: Write) -> None:
    found = read(write, *(f"flake8 p{n}" for n in range(9)))
    assert [f.command for f in lint(found)] == ["flake8 p0", "flake8 p1", "flake8 p2", "flake8 p3"]


def test_what_runs_at_the_root_is_not_run_below_it_again(write: Write) -> None:
    assert [(f.command, f.cwd) for f in lint(read(write, "cd web && flake8 .", "flake8 ."))] == [("flake8 .", ".")]
    assert [(f.command, f.cwd) for f in lint(read(write, "cd web && flake8 ."))] == [("flake8 .", "web")]


@pytest.mark.parametrize(
    "run",
    ["biome lint $FILES", "biome lint $(cat list)", "biome lint ${A}", "biome lint /tmp/x", "biome lint --x=/home/me"],
)
def test_what_only_cis_machine_knows_is_not_run(write: Write, run: str) -> None:
    assert choose.checks(read(write, run), "lint", "javascript") == []
    assert choose.checks(read(write, "biome lint src"), "lint", "javascript")


def test_the_environment_is_cis_but_for_what_steers_pytest(write: Write) -> None:
    (found,) = lint(read(write, "A=1 PYTEST_X=2 flake8 src"))
    assert found.env == {"CI": "1", "A": "1"}


def test_a_command_that_rewrites_is_said_to_only_check_here(write: Write) -> None:
    (found,) = lint(read(write, "ruff check --fix src"))
    assert "--fix" not in found.command
    assert found.note == "the repository's own command rewrites files; this one only checks"


def test_what_a_task_writes_anew_is_no_check(write: Write) -> None:
    assert [f.command for f in lint(read(write, Makefile="format:\n\tblack src\n"))] == []
    assert [f.command for f in lint(read(write, Makefile="lint:\n\tblack src\n"))] == ["black --check src"]


def test_a_test_command_is_confirmed_by_ci_or_by_the_guide(write: Write) -> None:
    by_ci = choose.proposed(read(write, "pytest tests"), "python", "pytest", PLACE)
    by_file = choose.proposed(read(write), "python", "pytest", PLACE)
    by_habit = choose.proposed(read(write), "python", "pytest", Evidence("pyproject.toml", 0, ""))
    by_guide = choose.proposed(read(write, CONTRIBUTING_md="Run `pytest`.\n"), "python", "pytest", PLACE)
    confidences = [f.confidence for f in (by_ci, by_guide, by_file, by_habit)]
    assert confidences == ["confirmed", "confirmed", "manifest", "default"]
    assert by_ci.evidence[0].file == ".github/workflows/ci.yml"


def test_another_tool_does_not_confirm(write: Write) -> None:
    found = read(write, "pytest tests")
    assert choose.proposed(found, "python", "x", PLACE, confirmed_by="unittest").confidence == "manifest"


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        (["dotnet test --filter 'A&B'"], ["--filter", "'A&B'"]),
        (["dotnet test --filter=A", "dotnet test --filter A --x"], ["--filter", "A"]),
        (["dotnet test --filter A", "dotnet test"], []),
        (["dotnet test --filter A", "dotnet test --filter B"], []),
        (["dotnet test --filter A", "dotnet test --filter Kind!=Slow"], ["--filter", "Kind!=Slow"]),
        (["dotnet test --filter $WHICH"], []),
        ([], []),
    ],
)
def test_an_option_is_given_where_all_of_cis_calls_agree(write: Write, runs: list[str], expected: list[str]) -> None:
    given = choose.common_options(read(write, *runs), "dotnet", "--filter")
    assert [word.replace('"', "'") for word in given] == expected


def test_the_call_of_ci_that_tests_the_most_is_the_one_that_counts(write: Write) -> None:
    found = read(write, "bats tests/a.bats", "cd web && bats .", "bats tests")
    best = choose.as_ci_calls(found, "shell", "bats .", PLACE)
    assert (best.command, best.cwd) == ("bats tests", ".")
    assert choose.as_ci_calls(read(write), "shell", "bats .", PLACE).command == "bats ."


def test_a_command_that_installs_is_let_out_to_the_network(write: Write) -> None:
    assert choose.install("npm ci", PLACE).network
