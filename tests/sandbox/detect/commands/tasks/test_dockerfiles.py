"""What images run while they are built, and what services start."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
GO = {"go.mod": "module x\n", "a.go": ""}
FILE = (
    "FROM golang AS base\nWORKDIR /app\nCOPY . .\nRUN go mod download\n"
    "FROM base AS lint\nRUN --mount=type=cache,target=/c golangci-lint run \\\n  --timeout 5m\n"
    'FROM base AS test\nRUN <<EOF\ngo vet ./...\nEOF\nCMD ["staticcheck", "./..."]\n'
    "FROM scratch\nCOPY --from=lint /app/x /\n"
)
COMPOSE = (
    "services:\n  sut:\n    build: {context: ., target: test}\n  tests:\n    image: golang\n"
    "    command: revive ./...\n  db:\n    image: postgres\n"
)
BAKE = (
    'group "default" {\n  targets = ["lint"]\n}\ntarget "lint" {\n  target = "lint"\n}\n'
    'target "t" {\n  dockerfile = "Dockerfile"\n  target = "test"\n}\n'
)


def lint(write: Write, run: str, **files: str) -> list[str]:
    ci = f"on: push\njobs:\n  t:\n    steps:\n      - run: {json.dumps(run)}\n"
    known = {"Dockerfile": FILE, "compose.yml": COMPOSE, "docker-bake.hcl": BAKE, **files}
    return [f.command for f in detect(write({**GO, **known, ".github/workflows/ci.yml": ci})).lint]


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("docker build --target lint .", ["golangci-lint run --timeout 5m"]),
        ("docker build --target=test -t x .", ["go vet ./...", "staticcheck ./..."]),
        ("docker buildx build --target lint --load .", ["golangci-lint run --timeout 5m"]),
        ("docker build .", ["golangci-lint run --timeout 5m"]),
        ("podman build --target lint -f Dockerfile .", ["golangci-lint run --timeout 5m"]),
        ("docker buildx bake", ["golangci-lint run --timeout 5m"]),
        ("docker buildx bake t", ["go vet ./...", "staticcheck ./..."]),
        ("docker compose up --exit-code-from tests", ["revive ./..."]),
        ("docker-compose up --abort-on-container-exit sut tests", ["revive ./..."]),
        ("docker compose run --rm tests", ["revive ./..."]),
        ("docker compose run --rm sut", ["staticcheck ./..."]),
        ("docker compose up -d db", []),
        ("docker build --target none .", []),
        ("docker push x", []),
    ],
)
def test_what_an_image_of_tests_runs_is_what_ci_runs(write: Write, run: str, expected: list[str]) -> None:
    assert lint(write, run) == expected


def test_what_an_image_is_built_in_below_its_first_directory_is_run_there(write: Write) -> None:
    file = "FROM node AS test\nWORKDIR /app\nCOPY . .\nWORKDIR /app/web\nRUN npm test\n"
    ci = "on: push\njobs:\n  t:\n    steps:\n      - run: docker build --target test .\n"
    web = json.dumps({"scripts": {"test": "vitest run"}, "devDependencies": {"vitest": "1"}})
    found = detect(write({**GO, "Dockerfile": file, "web/package.json": web, ".github/workflows/ci.yml": ci}))
    assert ("npm test", "web", "confirmed") in [(f.command, f.cwd, f.confidence) for f in found.test]


@pytest.mark.parametrize(
    "text",
    ["FROM a AS b\nFROM b AS a\nCOPY --from=a --from=b x y\n", "RUN x\n", "FROM a\nRUN <<EOF\nx\n", "FROM a\nRUN [\n"],
)
def test_a_broken_dockerfile_breaks_nothing(write: Write, text: str) -> None:
    lint(write, "docker build .", Dockerfile=text)
