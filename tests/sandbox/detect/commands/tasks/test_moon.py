"""What moon runs in the projects of a workspace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
FILES = {
    ".moon/workspace.yml": "projects: ['apps/*']\n",
    ".moon/tasks.yml": "tasks:\n  vet: {command: [go, vet, ./...]}\n",
    "apps/a/go.mod": "module a\n",
    "apps/a/a.go": "",
    "apps/a/moon.yml": """
tasks:
  test: {command: 'go test', args: '-tags x ./...'}
  mine: {script: 'go vet .', local: true}
""",
    "apps/b/go.mod": "module b\n",
    "apps/b/b.go": "",
}


VETTED = {("go vet ./...", "apps/a"), ("go vet ./...", "apps/b")}


def ran(root: Path, kind: str) -> set[tuple[str, str]]:
    return {(f.command, f.cwd) for f in getattr(detect(root), kind) if f.confidence == "confirmed"}


def workflow(run: str) -> str:
    return f"on: pull_request\njobs:\n  check:\n    steps:\n      - run: '{run}'\n"


@pytest.mark.parametrize(
    ("run", "test", "lint"),
    [
        ("moon run a:test", {("go test -tags x ./...", "apps/a")}, set()),
        ("moon run :vet", set(), {("go vet ./...", "apps/a"), ("go vet ./...", "apps/b")}),
        ("moon run b:vet", set(), {("go vet ./...", "apps/b")}),
        ("moon check a", {("go test -tags x ./...", "apps/a")}, {("go vet ./...", "apps/a")}),
        (
            "moon check --all",
            {("go test -tags x ./...", "apps/a")},
            {("go vet ./...", "apps/a"), ("go vet ./...", "apps/b")},
        ),
        ("moon ci", {("go test -tags x ./...", "apps/a")}, {("go vet ./...", "apps/a"), ("go vet ./...", "apps/b")}),
        ("moon ci :vet", set(), {("go vet ./...", "apps/a"), ("go vet ./...", "apps/b")}),
        ("moon run a:mine", set(), set()),
        ("moon setup", set(), set()),
    ],
)
def test_a_task_of_moon_is_read_in_the_projects_that_it_is_run_in(
    write: Write, run: str, test: set[tuple[str, str]], lint: set[tuple[str, str]]
) -> None:
    root = write({**FILES, ".github/workflows/ci.yml": workflow(run)})
    assert ran(root, "test") == test
    assert ran(root, "lint") == lint


@pytest.mark.parametrize(
    "projects", ["{a: apps/a}", "{sources: {a: apps/a}, globs: ['libs/*']}", "[./apps/*]", "['apps/a']"]
)
def test_projects_are_listed_or_named(write: Write, projects: str) -> None:
    ci = {".moon/workspace.yml": f"projects: {projects}\n", ".github/workflows/ci.yml": workflow("moon run a:vet")}
    assert ran(write({**FILES, **ci}), "lint") == {("go vet ./...", "apps/a")}
