"""CI of other systems, in the folders that each of them reads whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".woodpecker/test.yaml", "steps:\n  - name: web\n    commands:\n      - cd web && npm ci && npm test\n"),
        (".woodpecker.yaml", "steps:\n  web:\n    commands:\n      - cd web && npm test\n"),
        (".gitea/workflows/ci.yml", "jobs:\n  t:\n    steps:\n      - run: cd web && npm test\n"),
        (
            ".forgejo/workflows/ci.yaml",
            "jobs:\n  t:\n    steps:\n      - run: npm test\n        working-directory: web\n",
        ),
        (".gitlab/ci/test.yml", "web:\n  script:\n    - cd web\n    - npm test\n"),
        (".buildkite/pull-request.yml", "steps:\n  - command: cd web && npm test\n"),
        (".azure-pipelines/ci.yml", "steps:\n  - script: cd web && npm test\n"),
        ("buildspec.yml", "phases:\n  build:\n    commands:\n      - cd web && npm test\n"),
    ],
)
def test_a_second_language_that_its_ci_runs_is_not_left_out(write: Write, path: str, text: str) -> None:
    files = {
        "go.mod": "module a\n",
        "a_test.go": "package a\n",
        "web/package.json": '{"scripts": {"test": "vitest run"}, "devDependencies": {"vitest": "1"}}',
    }
    root = write({**files, path: text})
    assert ("npm test", "web") in [(found.command, found.cwd) for found in detect(root).test]
