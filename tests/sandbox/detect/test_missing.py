"""What a call names and the tree does not hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]


def ci(*runs: str) -> str:
    return "on: push\njobs:\n  t:\n    steps:\n" + "".join(f"      - run: {json.dumps(r)}\n" for r in runs)


@pytest.mark.parametrize(
    ("run", "lint"),
    [
        ("hadolint Dockerfile.rendered.txt", []),
        ("kubeconform -strict deploy/rendered.yaml", []),
        ("kubeconform -strict deploy/there.yaml", ["kubeconform -strict deploy/there.yaml"]),
        ("kubeconform deploy/there.yaml deploy/rendered.yaml", ["kubeconform deploy/there.yaml deploy/rendered.yaml"]),
        ("hadolint Dockerfile", ["hadolint Dockerfile"]),
        ("yamllint -c a.yaml .", []),
    ],
)
def test_a_linter_of_files_that_only_ci_makes_is_not_run(write: Write, run: str, lint: list[str]) -> None:
    root = write({"Dockerfile": "", "deploy/there.yaml": "", ".github/workflows/ci.yml": ci(run)})
    assert [f.command for f in detect(root).lint] == lint


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"src/a.cc": "", "tools/a.py": ""}, "."),
        ({"src/a.py": ""}, "src"),
        ({"src/x/a.pyi": ""}, "src"),
        ({"x/__init__.py": ""}, "x"),
    ],
)
def test_a_checker_of_types_starts_where_there_is_something_to_check(
    write: Write, files: dict[str, str], place: str
) -> None:
    project = {"pyproject.toml": "[project]\nname = 'x'\n", ".github/workflows/ci.yml": ci("mypy")}
    assert [f.command for f in detect(write({**project, **files})).types] == [f"mypy {place}"]


@pytest.mark.parametrize("program", ["bin/lint", "./bin/lint"])
def test_a_script_of_the_repository_s_bin_is_read(write: Write, program: str) -> None:
    files = {"bin/lint": "#!/bin/sh\nruff check .\nexec npx prettier@3 --check .\n", "pyproject.toml": "[project]\n"}
    found = detect(write({**files, "package.json": "{}", ".github/workflows/ci.yml": ci(program)}))
    assert [f.command for f in found.lint] == ["ruff check .", "npx prettier --check ."]


@pytest.mark.parametrize(
    ("script", "lint"),
    [
        ('#!/bin/sh\ncurl -o s https://x/scalafmt\n./s "$@"\n', "./bin/scalafmt --check"),
        ("#!/bin/sh\nruff check .\n", ""),
    ],
)
def test_a_script_that_gets_the_tool_it_is_named_after_is_run_as_it_is(write: Write, script: str, lint: str) -> None:
    files = {"bin/scalafmt": script, "build.sbt": "", "src/test/A.scala": ""}
    found = detect(write({**files, ".github/workflows/ci.yml": ci("sbt test", "./bin/scalafmt --check")}))
    assert [f.command for f in found.lint if "scala" in f.command] == ([lint] if lint else [])


def test_each_kind_of_files_that_a_linter_is_handed_is_its_own_check(write: Write) -> None:
    runs = ["find . -name '*.php' | xargs -n1 php -l", "find . -name '*.phtml' | xargs -n1 php -l"]
    hadolint = "find . -name 'Dockerfile*' | xargs -n1 ./bin/hadolint"
    files = {"composer.json": "{}", "a.php": "", ".github/workflows/ci.yml": ci(*runs, hadolint)}
    found = detect(write(files)).lint
    assert [f.command for f in found] == [*runs, hadolint.replace("./bin/", "")]
