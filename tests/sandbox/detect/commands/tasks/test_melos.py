"""What melos runs in the packages of a Dart workspace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
PACKAGES = {
    "pubspec.yaml": "name: all\n",
    "a/pubspec.yaml": "name: a\n",
    "a/lib/a.dart": "",
    "a/test/a_test.dart": "",
    "b/pubspec.yaml": "name: b\ndependencies:\n  flutter:\n    sdk: flutter\n",
    "b/lib/b.dart": "",
    "b/test/b_test.dart": "",
    "example/pubspec.yaml": "name: example\n",
}


def ran(root: Path, kind: str) -> set[tuple[str, str]]:
    return {(f.command, f.cwd) for f in getattr(detect(root), kind)}


def workflow(*runs: str) -> str:
    return "on: pull_request\njobs:\n  check:\n    steps:\n" + "".join(f"      - run: {r}\n" for r in runs)


@pytest.mark.parametrize(
    ("scripts", "run"),
    [
        ("  unit: {exec: dart test --coverage, packageFilters: {flutter: false, dirExists: test}}\n", "melos run unit"),
        ("  unit: {run: melos exec --no-flutter --dir-exists=test -- dart test --coverage}\n", "melos run unit"),
        ('  unit: melos exec --no-flutter -c 1 -- "dart test --coverage"\n', "melos unit"),
        ("  all: {steps: [unit]}\n  unit: {exec: dart test --coverage, packageFilters: {scope: a}}\n", "melos run all"),
        ("  x: echo\n", "melos exec --scope a -- dart test --coverage"),
    ],
)
def test_a_script_of_melos_is_read_in_the_packages_that_it_chooses(write: Write, scripts: str, run: str) -> None:
    root = write({**PACKAGES, "melos.yaml": f"scripts:\n{scripts}", ".github/workflows/ci.yml": workflow(run)})
    assert ("dart test --coverage", "a") in ran(root, "test")
    assert not any(command.startswith("dart test") and cwd == "b" for command, cwd in ran(root, "test"))


def test_the_scripts_of_melos_may_stand_in_the_pubspec_and_check_every_package(write: Write) -> None:
    scripts = "melos:\n  scripts:\n    format: {exec: dart format --set-exit-if-changed .}\n"
    ci = workflow("melos run format", "melos analyze")
    root = write({**PACKAGES, "pubspec.yaml": f"name: all\n{scripts}", ".github/workflows/ci.yml": ci})
    formats = "dart format --output=none --set-exit-if-changed ."
    assert ran(root, "lint") == {(line, d) for line in (formats, "dart analyze") for d in ("a", "b")}


def test_a_script_that_only_rewrites_in_the_packages_is_no_check(write: Write) -> None:
    root = write({**PACKAGES, "melos.yaml": "scripts:\n  format: {exec: dart format .}\n"})
    assert ran(root, "lint") == set()
