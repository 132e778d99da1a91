"""Which suite is meant: the features that CI tests with, and none that is invented."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
CI = ".github/workflows/ci.yml"


def steps(*runs: str) -> str:
    return "on: push\njobs:\n  check:\n    steps:\n" + "".join(f"      - run: {json.dumps(r)}\n" for r in runs)


def lines(root: Path, kind: str = "test") -> list[str]:
    return [f.command for f in getattr(detect(root), kind)]


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        (["cargo test --features sqlite"], "cargo test --features sqlite"),
        (["cargo test --verbose --all --features a,b", "cargo test --workspace"], "cargo test --workspace"),
        (["cargo test -p one", "cargo test --doc"], "cargo test"),
        (["cargo test --all-features --no-fail-fast", "cargo test"], "cargo test --all-features"),
        (["cargo test --target x86_64-x", "cargo test name_of_one"], "cargo test"),
    ],
)
def test_the_features_with_which_ci_tests_are_kept(write: Write, runs: list[str], expected: str) -> None:
    assert lines(write({"Cargo.toml": "[package]\n", CI: steps(*runs)}))[0] == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"composer.json": '{"scripts": {"test": "phpcs src"}}'}, []),
        ({"composer.json": '{"scripts": {"test": ["@cs"], "cs": "php-cs-fixer fix --dry-run"}}'}, []),
        ({"composer.json": '{"require": {"php": ">=8"}}'}, []),
        ({"CMakeLists.txt": "project(x)\n", "main.c": ""}, []),
        ({"pyproject.toml": '[project]\nname="x"\n', "x/a.py": ""}, []),
        ({"notebooks/a.ipynb": "{}", "requirements.txt": "numpy\n"}, []),
        ({"package.json": json.dumps({"workspaces": ["p/*"]}), "p/a/package.json": "{}"}, []),
    ],
)
def test_no_suite_is_invented(write: Write, files: dict[str, str], expected: list[str]) -> None:
    assert lines(write(files)) == expected


def test_notebooks_are_said_to_have_nothing_to_run(write: Write) -> None:
    found = detect(write({f"n/{i}.ipynb": "{}" for i in range(3)} | {"environment.yml": "dependencies: [numpy]\n"}))
    assert found.test == ()
    assert any("notebooks" in note.reason for note in found.not_run)
