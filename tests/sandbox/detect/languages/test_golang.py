"""Go's tests as CI calls them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
GO = {"go.mod": "module x\n", "a.go": ""}
LISTED = "$(go list ./... | grep -v /e2e)"


def steps(*runs: str) -> str:
    return "on: push\njobs:\n  check:\n    steps:\n" + "".join(f"      - run: {json.dumps(r)}\n" for r in runs)


@pytest.mark.parametrize(
    ("runs", "makefile", "test"),
    [
        ([f"go test -race {LISTED}"], "", f"go test {LISTED}"),
        ([f"P={LISTED}\ngo test $P"], "", f"go test {LISTED}"),
        (["make t"], "t:\n\tgo test -tags a,b $(shell go list ./... | grep -v /e2e)\n", f"go test -tags a,b {LISTED}"),
        (["make t"], "P := $(shell go list ./... | grep -v /e2e)\nt:\n\tgo test $(P)\n", f"go test {LISTED}"),
        ([f"go test {LISTED}", "go test ./..."], "", "go test ./..."),
        (["go test $(./packages)"], "", "go test ./..."),
        ([], "test:\n\tgo test ./... -coverprofile c.out --tags=unit\n", "go test -tags unit ./..."),
        ([], "test-e2e:\n\tgo test ./... --tags=e2e\n", "go test ./..."),
        (["go test ./..."], "test:\n\tgo test ./... --tags=unit\n", "go test ./..."),
        ([f"go test -run A {LISTED}"], "", "go test ./..."),
    ],
)
def test_the_packages_that_ci_leaves_out_are_left_out(write: Write, runs: list[str], makefile: str, test: str) -> None:
    root = write({**GO, ".github/workflows/ci.yml": steps(*runs), **({"Makefile": makefile} if makefile else {})})
    assert [f.command for f in detect(root).test] == [test]


@pytest.mark.parametrize(
    "tool",
    [
        "$(GOBIN)/golangci-lint-v2.1.6",
        "bin/golangci-lint-2.1",
        "$(firstword $(subst :, ,$(shell go env A)))/golangci-lint",
    ],
)
def test_a_linter_is_known_behind_the_version_and_the_place_that_a_makefile_gives_it(write: Write, tool: str) -> None:
    makefile = f"GOBIN ?= $(shell go env GOPATH)/bin\nLINT := {tool}\nlint:\n\t$(LINT) run --build-tags=a\n"
    found = detect(write({**GO, "Makefile": makefile, ".github/workflows/ci.yml": steps("make lint")}))
    assert [(f.command, f.confidence) for f in found.lint] == [("golangci-lint run --build-tags=a", "confirmed")]


WORKSPACE = {
    "go.work": "go 1.26\n\nuse (\n\t.\n\t./api // the interface\n\t./server/v2\n\t./tests/e2e\n)\n",
    "api/go.mod": "module x/api\n",
    "server/v2/go.mod": "module x/server\n",
    "tests/e2e/go.mod": "module x/e2e\n",
}


@pytest.mark.parametrize(
    ("files", "test", "named"),
    [
        (WORKSPACE, "go test ./... ./api/... ./server/v2/...", ["tests/e2e"]),
        ({**WORKSPACE, "go.work": "use .\nuse ./api\n"}, "go test ./... ./api/...", []),
        ({**WORKSPACE, "go.work": "use .\n"}, "go test ./...", []),
        ({**WORKSPACE, "go.work": "use (\n.\n./gone\n../other\n)\n"}, "go test ./...", []),
    ],
)
def test_the_modules_of_a_workspace_are_tested_with_its_root(
    write: Write, files: dict[str, str], test: str, named: list[str]
) -> None:
    found = detect(write({**GO, **files}))
    assert found.test[0].command == test
    assert [n.subject for n in found.not_run if "of the workspace" in n.reason] == named
