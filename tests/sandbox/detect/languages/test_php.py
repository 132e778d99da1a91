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
