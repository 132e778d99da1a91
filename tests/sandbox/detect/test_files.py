"""Linters that belong to no language, as CI calls them: by name, as actions, on listings and in loops."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
CI = ".github/workflows/ci.yml"
GO = {"go.mod": "module x\n", "a.go": ""}


def steps(*runs: str) -> str:
    return "on: push\njobs:\n  check:\n    steps:\n" + "".join(f"      - run: {json.dumps(r)}\n" for r in runs)


def uses(action: str, **inputs: str) -> str:
    given = f"\n        with: {json.dumps(inputs)}" if inputs else ""
    return f"on: push\njobs:\n  check:\n    steps:\n      - uses: {action}{given}\n"


@pytest.mark.parametrize(
    ("run", "lint"),
    [
        ("actionlint -color", ["actionlint -color"]),
        ("hadolint Dockerfile", ["hadolint Dockerfile"]),
        ("hadolint $FILES", []),
        ("docker run --rm -v $PWD:/src -w /src hadolint/hadolint hadolint Dockerfile", ["hadolint Dockerfile"]),
        ("yamllint -s .", ["yamllint -s ."]),
        ("typos", ["typos"]),
        ("typos --write-changes", ["typos"]),
        ("codespell src", ["codespell src"]),
        ("sqlfluff lint models --dialect duckdb", ["sqlfluff lint models --dialect duckdb"]),
        ("sqlfluff fix models", []),
        ("buf lint\nbuf format -d --exit-code", ["buf lint", "buf format -d --exit-code"]),
        ("buf format -w", []),
        ("buf lint proto || true", []),
        ("go run github.com/bufbuild/buf/cmd/buf@v1.40 lint", ["buf lint"]),
        ("reuse lint -q", ["reuse lint"]),
        ("taplo fmt --check && taplo lint", ["taplo fmt --check", "taplo lint"]),
        ("taplo fmt", []),
        ("editorconfig-checker -config .ecrc", ["editorconfig-checker -config .ecrc"]),
        ("nix develop -c alejandra --check .", ["alejandra --check ."]),
        ("nix run nixpkgs#statix -- check", ["statix check"]),
        ("nix-shell -p deadnix --run 'deadnix --fail .'", ["deadnix --fail ."]),
        ("shellcheck scripts/*.sh", ["shellcheck scripts/*.sh"]),
        ("git ls-files '*.sh' | xargs shellcheck -x", ["git ls-files '*.sh' | xargs shellcheck -x"]),
        ("find . -name '*.sh' -print0 | xargs -0 shellcheck", ["find . -name '*.sh' -print0 | xargs -0 shellcheck"]),
        ("shellcheck -x $(git ls-files '*.sh')", ["git ls-files '*.sh' | xargs shellcheck -x"]),
        (
            r"shellcheck --severity=warning $(find . \( -name '*.sh' -o -name '*.bash' \) -type f | sort)",
            ["find . '(' -name '*.sh' -o -name '*.bash' ')' -type f | xargs shellcheck --severity=warning"],
        ),
        ("git ls-files '*.sh' | xargs shfmt -w", []),
        ("git ls-files '*.sh' | xargs shfmt -d", ["git ls-files '*.sh' | xargs shfmt -d"]),
        ("git ls-files '*.c' | xargs clang-format -i", []),
        ("git diff --name-only | xargs shellcheck", []),
        ("for f in scripts/*.sh; do shellcheck $f; done", ["shellcheck scripts/*.sh"]),
        ("for f in scripts/*.sh\ndo\n  shellcheck \"$f\"\ndone", ["shellcheck scripts/*.sh"]),
        ("addlicense -c x .", []),
        ("addlicense -check .", ["addlicense -check ."]),
    ],
)  # fmt: skip
def test_a_linter_of_single_files_is_known(write: Write, run: str, lint: list[str]) -> None:
    found = detect(write({**GO, "Dockerfile": "", "scripts/a.sh": "", CI: steps(run)}))
    assert [f.command for f in found.lint] == lint
    assert found.ecosystems[0] == "go"
    assert "files" not in found.ecosystems


@pytest.mark.parametrize(
    ("action", "inputs", "lint", "types"),
    [
        ("crate-ci/typos@master", {}, ["typos"], []),
        ("codespell-project/actions-codespell@v2", {"path": "src"}, ["codespell src"], []),
        ("karancode/yamllint-github-action@v3", {}, ["yamllint ."], []),
        ("raven-actions/actionlint@v2", {}, ["actionlint"], []),
        ("hadolint/hadolint-action@v3", {"dockerfile": "docker/Dockerfile"}, ["hadolint docker/Dockerfile"], []),
        ("bufbuild/buf-action@v1", {"format": "false"}, ["buf lint"], []),
        ("python/mypy@master", {"options": "--strict", "paths": "src"}, [], ["mypy --strict src"]),
        ("jpetrucciani/mypy-check@master", {"path": "src/a"}, [], ["mypy src/a"]),
        ("zizmorcore/zizmor-action@v0.1", {}, ["zizmor ."], []),
        ("fsfe/reuse-action@v5", {}, ["reuse lint"], []),
        (
            "ludeeus/action-shellcheck@2",
            {"scandir": "./bin"},
            ["find ./bin -name '*.sh' -print0 | xargs -0 shellcheck"],
            [],
        ),
    ],
)
def test_an_action_that_stands_for_a_linter_is_known(
    write: Write, action: str, inputs: dict[str, str], lint: list[str], types: list[str]
) -> None:
    files = {"pyproject.toml": "[project]\nname = 'x'\n", "src/a.py": "", "docker/Dockerfile": ""}
    found = detect(write({**files, CI: uses(action, **inputs)}))
    assert [f.command for f in found.lint] == lint
    assert [f.command for f in found.types] == types


def test_a_step_that_shows_what_another_found_is_no_check_of_its_own(write: Write) -> None:
    job = (
        "on: push\njobs:\n  check:\n    steps:\n      - run: codespell\n"
        "      - if: ${{ failure() }}\n        run: yamllint .\n"
    )
    assert [f.command for f in detect(write({**GO, CI: job})).lint] == ["codespell ."]


def test_what_pip_brings_is_installed_and_does_not_replace_the_tests_set_up(write: Write) -> None:
    python = {"pyproject.toml": "[project]\nname = 'x'\n", "tests/test_a.py": "def test_a(): pass\n"}
    found = detect(write({**python, CI: steps("pytest", "codespell")}))
    assert [f.optional for f in found.setup if "-m venv" in f.command] == [False]
    assert any(f.command.endswith("pip install codespell") and f.optional for f in found.setup)


@pytest.mark.parametrize(
    "run",
    [
        "for d in libs/*/; do (cd $d && go test ./...); done",
        "for d in libs/*\ndo\n  pushd $d\n  go test ./...\n  popd\ndone",
        "for m in $(find . -name go.mod -exec dirname {} \\;); do (cd $m && go test ./...); done",
        "find . -name go.mod -execdir go test ./... \\;",
        "find libs -name go.mod | xargs -n1 dirname | while read -r d; do (cd $d && go test ./...); done",
        "for d in $(ls -d libs/*/); do go -C $d test ./...; done",
        "for f in libs/*/go.mod; do (cd $(dirname $f) && go test ./...); done",
    ],
)
def test_a_loop_over_a_pattern_works_in_what_the_pattern_finds(write: Write, run: str) -> None:
    files = {f"libs/{d}/{name}": text for d in ("a", "b") for name, text in GO.items()}
    found = detect(write({**files, CI: steps(run)}))
    assert [(f.command, f.cwd, f.confidence) for f in found.test] == [
        ("go test ./...", "libs/a", "confirmed"),
        ("go test ./...", "libs/b", "confirmed"),
    ]
