"""From a script to the checks in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.detect.commands.expand import CommandSite, Expander, Leaf, SeenCheck, moved, sighting
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Evidence
from sandbox.detect.tools.table import recognise

Write = Callable[[Mapping[str, str]], Path]
SCRIPTS = {"test": "npm run a", "a": "npm run test && eslint .", "unit": "jest", "all": "npm run unit; npm run nothing"}
FILES = {
    "Makefile": "check: lint\n\t-flake8\n\tpytest\nlint:\n\truff check .\nloop:\n\t$(MAKE) loop\n\truff check .\n",
    "sub/Makefile": "x:\n\tmypy .\n",
    "sub/tox.ini": "[testenv:lint]\ncommands = flake8\n",
    "package.json": json.dumps({"scripts": SCRIPTS, "workspaces": ["packages/*"]}),
    "packages/a/package.json": '{"scripts": {"test": "jest", "lint": "eslint . --fix", "both": "jest && eslint ."}}',
    "packages/b/package.json": '{"scripts": {"test": "mocha", "lint": "eslint .", "both": "jest"}}',
    "scripts/test.sh": "cd sub\npytest\n",
    "scripts/bench.sh": "pytest\nruff check .\n",
    "run_tests.sh": "./tests/program --all\n",
    "tests/program": "",
    "web/angular.json": '{"builder": "@angular-builders/jest:run"}',
    "old/angular.json": '{"builder": "@angular-devkit/build-angular:karma"}',
}


def seen(write: Write, script: str, cwd: str = ".", **given: Any) -> list[SeenCheck]:
    expander = Expander(Source(write(FILES)), **given)
    return list(expander.checks(script, Evidence("ci.yml", 3, ""), "ci", "job", cwd))


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("ruff check . && pytest tests", ["ruff check .", "pytest tests"]),
        ("make check", ["ruff check .", "pytest"]),
        ("make loop", ["ruff check ."]),
        ("uv run make lint", ["ruff check ."]),
        ("npm test", ["eslint ."]),
        ("npm run all", ["jest"]),
        ("bash -c 'ruff check . && pytest'", ["ruff check .", "pytest"]),
        ("./run_tests.sh", ["./run_tests.sh"]),
        ("./run_tests.sh $ARGS", []),
        ("make --version check", []),
        ("npm run unit -- --watch", []),
        ("make nothing", []),
        ("echo pytest", []),
        ("flake8 || true", []),
        ("", []),
        ("\0", []),
    ],
)
def test_a_script_comes_to_the_checks_behind_its_tasks(write: Write, script: str, expected: list[str]) -> None:
    assert [one.call.line for one in seen(write, script)] == expected


def test_a_check_knows_how_it_was_come_to(write: Write) -> None:
    _, test = seen(write, "A=1 make check")
    assert (test.evidence, test.via, test.env) == (Evidence("Makefile", 3, "pytest"), ("make check",), {"A": "1"})
    assert test.trail == (Evidence("ci.yml", 3, "make check"),)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("cd sub && make x", [("mypy .", "sub", "sub: make x")]),
        ("make -C sub x", [("mypy .", "sub", "sub: make x")]),
        ("./scripts/test.sh", [("pytest", "sub", "scripts/test.sh")]),
        ("cd sub && tox -e lint", [("flake8 .", "sub", "sub: tox lint")]),
    ],
)
def test_a_check_runs_where_its_task_does(write: Write, script: str, expected: list[tuple[str, str, str]]) -> None:
    assert [(one.call.line, one.cwd, *one.via) for one in seen(write, script)] == expected


def test_lines_of_a_script_count_from_its_first(write: Write) -> None:
    assert [one.evidence for one in seen(write, "ruff check .\n\nmypy src")] == [
        Evidence("ci.yml", 3, "ruff check ."),
        Evidence("ci.yml", 5, "mypy src"),
    ]


def test_tests_count_though_their_failure_is_forgiven_and_are_said_to_pass_whatever_fails(write: Write) -> None:
    (test,) = seen(write, "make check || true")
    assert (test.call.line, test.call.mended) == ("pytest", True)


def test_of_a_script_with_another_purpose_only_the_tests_count_and_those_aside(write: Write) -> None:
    (test,) = seen(write, "scripts/bench.sh")
    assert (test.call.line, test.aside) == ("pytest", True)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("pnpm -r test", [("pnpm -r test", ".")]),
        ("pnpm -r run lint", [("eslint . --fix", "packages/a"), ("eslint .", "packages/b")]),
        ("pnpm -r both", [("jest", "packages/a"), ("eslint .", "packages/a"), ("jest", "packages/b")]),
        ("pnpm -r nothing", []),
    ],
)
def test_a_script_of_many_packages_is_one_call_where_it_is_one_kind_of_check(
    write: Write, script: str, expected: list[tuple[str, str]]
) -> None:
    found = seen(write, script)
    assert [(one.cwd, one.call.key.partition(" ")[0]) for one in found if one.cwd == "."] == [
        (cwd, "workspaces") for _, cwd in expected if cwd == "."
    ]
    assert [one.cwd for one in found] == [cwd for _, cwd in expected]


def test_angulars_tests_run_here_where_the_project_has_put_another_runner_in_their_place(write: Write) -> None:
    assert seen(write, "ng test", "old")[0].call.skip
    assert not seen(write, "ng test", "web")[0].call.skip


def test_depth_and_number_of_commands_are_bounded(write: Write, tmp_path: Path) -> None:
    assert len(seen(write, "pytest\n" * 100, steps=7)) == 7
    chain = {f"s{n}.sh": f"./s{n + 1}.sh\n" for n in range(10)}
    source = Source(write({**chain, "s10.sh": "pytest"}))
    place = Evidence("ci.yml", 1, "")
    assert list(Expander(source).checks("./s6.sh", place, "ci", "job"))
    assert not list(Expander(source).checks("./s0.sh", place, "ci", "job"))


def test_what_is_seen_from_another_directory_counts_from_there() -> None:
    call = recognise(("pytest",))
    assert call
    trail = (Evidence("ci.yml", 1, "x"),)
    one = SeenCheck(call, Evidence("a/Makefile", 2, "x"), "ci", "job", "a/b", via=("make t", "a: make u"), trail=trail)
    there = one.seen_from("a")
    assert (there.cwd, there.evidence.file, there.trail[0].file) == ("b", "Makefile", "../ci.yml")
    assert there.via == ("..: make t", "make u")
    assert one.seen_from(".") == one


def test_evidence_moves_down_as_well() -> None:
    place = Evidence("Makefile", 1, "x")
    assert moved(place, "a", down=True) == Evidence("a/Makefile", 1, "x")
    assert moved(moved(place, "a", down=True), "a") == place


def test_a_command_that_is_no_check_is_not_seen() -> None:
    place = CommandSite(Evidence("ci.yml", 1, "x"), ".", {})
    assert sighting(Leaf(("echo",), None, place, False), "ci", "job") is None
