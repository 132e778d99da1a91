"""All that a repository says about its checks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect.commands import project
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Evidence

Write = Callable[[Mapping[str, str]], Path]
HOOKS = "repos:\n  - repo: https://github.com/psf/black\n    rev: 24.1.0\n    hooks: [{id: black}]\n"


def ci(*runs: str, on: str = "pull_request") -> str:
    steps = "".join(f"      - run: {json.dumps(run)}\n" for run in runs)
    return f"on: {on}\njobs:\n  tests:\n    steps:\n{steps}"


def read(write: Write, files: Mapping[str, str]) -> project.Project:
    return project.read(Source(write(files)))


def test_checks_come_in_the_order_of_trust_ci_then_hooks_then_tasks_then_what_is_aside(write: Write) -> None:
    files = {
        ".github/workflows/ci.yml": ci("pytest tests"),
        ".github/workflows/more.yml": ci("mypy src").replace("tests:", "docs:"),
        ".pre-commit-config.yaml": HOOKS,
        "Makefile": "lint:\n\truff check .\n",
    }
    found = read(write, files)
    assert [(s.origin, s.call.kind, s.aside) for s in found.seen if s.call.key != "mypy"] == [
        ("ci", "test", False),
        ("hook", "lint", False),
        ("task", "lint", False),
    ]
    assert [(s.origin, s.aside) for s in found.seen[3:]] == [("ci", True)]


def test_where_ci_does_nothing_else_what_is_aside_counts_as_ci(write: Write) -> None:
    found = read(write, {".github/workflows/nightly.yml": ci("mypy src", on="schedule")})
    assert [(s.call.line, s.aside) for s in found.seen] == [("mypy src", False)]


def test_a_linter_that_ci_configures_itself_is_tried_and_does_not_check(write: Write) -> None:
    run = "echo '[flake8]' > .flake8\nflake8 src"
    assert not read(write, {".github/workflows/ci.yml": ci(run)}).seen
    assert read(write, {".github/workflows/ci.yml": ci("flake8 src > out.txt")}).seen


def test_what_ci_installs_is_known_once_with_the_directory(write: Write) -> None:
    found = read(
        write,
        {"sub/a": "", ".github/workflows/ci.yml": ci("sudo pip install x", "cd sub && pip install x", "pip install x")},
    )
    assert [(install.words[-2:], install.cwd) for install in found.installs] == [
        (("install", "x"), "."),
        (("install", "x"), "sub"),
    ]
    assert found.used == (".", "sub")
    assert "pip install x" in found.ci


@pytest.mark.parametrize(
    ("files", "lines"),
    [
        ({"package.json": '{"scripts": {"lint": "eslint .", "start:test": "jest", "deploy": "jest"}}'}, ["eslint ."]),
        ({"package.json": '{"scripts": {"lint; rm x": "eslint ."}}'}, []),
        ({"tox.ini": "[testenv:lint]\ncommands = flake8 src\n"}, ["flake8 src"]),
        ({"noxfile.py": "@nox.session\ndef lint(s):\n    s.run('flake8', 'src')\n"}, ["flake8 src"]),
        ({"Makefile": "lint:\n\tflake8 src\ndeploy:\n\tmypy .\n"}, ["flake8 src"]),
        ({"justfile": "lint:\n  flake8 src\n"}, ["flake8 src"]),
        ({"Taskfile.yml": "tasks:\n  lint: flake8 src\n"}, ["flake8 src"]),
        ({"mise.toml": "[tasks]\nlint = 'flake8 src'\n"}, ["flake8 src"]),
        ({"tasks.py": "@task\ndef lint(c):\n    c.run('flake8 src')\n"}, ["flake8 src"]),
        ({"pyproject.toml": "[tool.poe.tasks]\nlint = 'flake8 src'\n"}, ["flake8 src"]),
        ({"pyproject.toml": "[tool.hatch.envs.x.scripts]\nlint = 'flake8 src'\n"}, ["flake8 src"]),
        ({"Pipfile": "[scripts]\nlint = 'flake8 src'\n"}, ["flake8 src"]),
        ({"composer.json": '{"scripts": {"lint": "phpstan analyse"}}'}, ["vendor/bin/phpstan analyse"]),
        ({"scripts/lint.sh": "flake8 src\n", "scripts/deploy.sh": "mypy .\n"}, ["flake8 src"]),
    ],
)
def test_tasks_whose_names_speak_of_checks_are_read(write: Write, files: dict[str, str], lines: list[str]) -> None:
    found = read(write, files)
    assert [s.call.line for s in found.seen] == lines
    assert all(s.origin == "task" for s in found.seen)


def test_the_line_of_a_guide_shows_the_command_as_a_whole(write: Write) -> None:
    guide = "Run `pytest-x`.\nRun `pytest tests` first.\n    $ pytest\n"
    found = read(write, {"CONTRIBUTING.md": guide, "README.md": "pytest [a]\n"})
    assert found.guide_line("pytest tests") == Evidence("CONTRIBUTING.md", 2, "Run `pytest tests` first.")
    assert found.guide_line("pytest [a]") == Evidence("README.md", 1, "pytest [a]")
    assert found.guide_line("pytest-") is None


def test_a_directory_as_a_project_of_its_own_sees_what_is_run_in_it_and_what_it_has_itself(write: Write) -> None:
    files = {
        ".github/workflows/ci.yml": ci("cd web && pytest tests && pip install y", "mypy ."),
        "web/Makefile": "lint:\n\truff check .\n",
        "web/README.md": "",
        "README.md": "",
    }
    below = read(write, files).below("web")
    assert [(s.call.line, s.origin, s.cwd) for s in below.seen] == [
        ("pytest tests", "ci", "."),
        ("ruff check .", "task", "."),
    ]
    assert below.seen[0].evidence.file == "../.github/workflows/ci.yml"
    assert (below.guides, [i.cwd for i in below.installs]) == (("README.md",), ["."])


def test_what_is_apart_is_taken_out_of_the_rest(write: Write) -> None:
    files = {".github/workflows/ci.yml": ci("cd web && pytest tests", "pytest tests", "cd webs && pytest tests")}
    found = read(write, files)
    rest = found.without([("python", "web"), ("go", "webs"), ("python", ".")])
    assert [s.cwd for s in rest.of("python")] == [".", "webs"]
    assert rest.apart == ("web", "webs")


def test_an_empty_repository_says_nothing(tmp_path: Path) -> None:
    assert project.read(Source(tmp_path)).seen == ()
