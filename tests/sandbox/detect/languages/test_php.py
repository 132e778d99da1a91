"""Tests of PHP as CI calls the runner."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
FILES = {
    "composer.json": json.dumps({"require-dev": {"phpunit/phpunit": "1"}, "scripts": {"test": "phpunit"}}),
    "phpunit.xml.dist": "<phpunit />",
}


@pytest.mark.parametrize(
    ("runs", "test"),
    [
        (
            ["composer exec phpunit -- --exclude-group Slow --exclude-group Net"],
            "--exclude-group Slow --exclude-group Net",
        ),
        (["vendor/bin/phpunit --exclude-group=Slow", "vendor/bin/phpunit --group Slow"], "--exclude-group Slow"),
        (["vendor/bin/phpunit", "vendor/bin/phpunit --exclude-group Slow"], ""),
        (["vendor/bin/phpunit --group Slow"], ""),
        (["vendor/bin/phpunit --exclude-group $X"], ""),
    ],
)
def test_groups_that_ci_leaves_out_are_left_out(write: Write, runs: list[str], test: str) -> None:
    steps = "".join(f"      - run: {json.dumps(r)}\n" for r in runs)
    found = detect(write({**FILES, ".github/workflows/ci.yml": f"on: push\njobs:\n  t:\n    steps:\n{steps}"}))
    first = found.test[0].command
    assert first == (f"vendor/bin/phpunit {test}" if test else "composer test")


@pytest.mark.parametrize(
    ("files", "run", "test"),
    [
        ({}, "phpunit --bootstrap tests/b.php ./tests", "vendor/bin/phpunit --bootstrap tests/b.php ./tests"),
        ({}, "phpunit", "vendor/bin/phpunit"),
        ({"phpunit.xml": ""}, "phpunit --bootstrap tests/b.php ./tests", "vendor/bin/phpunit"),
    ],
)
def test_without_a_configuration_the_call_says_what_is_tested(
    write: Write, files: dict[str, str], run: str, test: str
) -> None:
    composer = {"require-dev": {"phpunit/phpunit": "1"}, "scripts": {"unit": run, "test": ["@unit", "phpcs ."]}}
    ci = "on: push\njobs:\n  t:\n    steps:\n      - run: composer run-script unit\n"
    root = write(
        {"composer.json": json.dumps(composer), "tests/ATest.php": "", ".github/workflows/ci.yml": ci, **files}
    )
    assert detect(root).test[0].command == test
