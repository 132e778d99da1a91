"""What is known of a call by reading on: its directory, its wrapper, its file, and the many calls that are one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
PYTHON = {"pyproject.toml": "[project]\nname = 'x'\n", "tests/test_a.py": "def test_a(): pass\n", "x/__init__.py": ""}
RUST = {"Cargo.toml": "[workspace]\nmembers = ['a']\n", "a/src/lib.rs": ""}
ELIXIR = {"mix.exs": "defmodule X do\nend\n", "lib/x.ex": "", "test/a_test.exs": ""}
HASKELL = {"cabal.project": "packages: .\n", "x.cabal": "name: x\n", "src/X.hs": "", "test/A.hs": ""}
RUBY = {"Gemfile": "source 'x'\n", "bin/rails": "#!/usr/bin/env ruby\n", "test/a_test.rb": "", "app/a.rb": ""}


def workflow(*given: Mapping[str, object]) -> dict[str, str]:
    lines = ("\n        ".join(f"{key}: {json.dumps(value)}" for key, value in step.items()) for step in given)
    steps = "".join(f"      - {line}\n" for line in lines)
    return {".github/workflows/ci.yml": f"on: push\njobs:\n  a:\n    steps:\n{steps}"}


def runs(*lines: str) -> dict[str, str]:
    return workflow(*({"run": line} for line in lines))


def test_a_linter_in_another_repository_s_directory_is_none_of_this_one(write: Write) -> None:
    beside = {"run": "ruff check .", "working-directory": "other"}
    found = detect(write({**PYTHON, **workflow(beside, {"run": "ruff check .", "working-directory": "x"})}))
    assert [(f.command, f.cwd) for f in found.lint] == [("ruff check .", "x")]


@pytest.mark.parametrize(
    ("lines", "test"),
    [
        ([f"cabal test --builddir b {n}" for n in ("a", "b", "c")], "cabal test all"),
        (["cabal test a"], "cabal test a"),
        (["cabal test a", "cabal test b", "cabal test all --test-options=x", "cabal test --flag"], "cabal test --flag"),
    ],
)
def test_many_calls_that_test_one_part_each_test_all(write: Write, lines: list[str], test: str) -> None:
    assert detect(write({**HASKELL, **runs(*lines)})).test[0].command == test


@pytest.mark.parametrize(
    ("lines", "test"),
    [
        (["cargo test --lib --all-features -p a -p b -p c"], "cargo test --lib --all-features -p a -p b -p c"),
        (["cargo test -p a -p b -p c --test it"], "cargo test"),
        (["cargo test -p a"], "cargo test"),
        (["cargo test -p a -p b -p c", "cargo test --workspace"], "cargo test --workspace"),
    ],
)
def test_a_workspace_is_tested_by_the_packages_that_ci_lists(write: Write, lines: list[str], test: str) -> None:
    assert detect(write({**RUST, **runs(*lines)})).test[0].command == test


@pytest.mark.parametrize(
    ("step", "kind", "command"),
    [
        ({"uses": "org/actions/mix-format@main"}, "lint", "mix format --check-formatted"),
        ({"uses": "org/actions/mix-credo@main", "with": {"args": "--strict"}}, "lint", "mix credo --strict"),
        ({"uses": "org/actions/mix-dialyzer@main"}, "types", "mix dialyzer"),
        ({"uses": "org/a/mix-task@main", "with": {"task": "x.docs --check"}}, "lint", "mix x.docs --check"),
        ({"run": "mix credo --format sarif"}, "lint", "mix credo"),
        ({"run": "mix x.docs"}, "lint", ""),
    ],
)
def test_an_action_named_after_a_task_of_mix_is_the_task(
    write: Write, step: dict[str, object], kind: str, command: str
) -> None:
    found = detect(write({**ELIXIR, **workflow(step)}))
    assert [f.command for f in getattr(found, kind)] == ([command] if command else [])


def test_system_tests_of_rails_are_named(write: Write) -> None:
    found = detect(write({**RUBY, **runs("bin/rails test", "A=1 bin/rails test:system")}))
    assert next(f.command for f in found.test) == "bundle exec rails test"
    assert [(n.subject, n.reason) for n in found.not_run] == [("bundle exec rails test:system", "needs a browser")]


SHARED = """#!/bin/bash
ROOT_DIR=$(git rev-parse --show-toplevel)
for_all() {
  for m in $MODULES; do (cd "$m" && "$@"); done
}
"""


@pytest.mark.parametrize(
    ("script", "lint"),
    [
        (SHARED + "for_all ruff check x\n", ["ruff check x"]),
        (SHARED + "if ! for_all ruff check x; then exit 1; fi\n", ["ruff check x"]),
        ('#!/bin/bash\n. "$(dirname "$0")/lib.sh"\nfor_all ruff check x\n', ["ruff check x"]),
        (SHARED + 'ruff check --config "${ROOT_DIR}/tools/ruff.toml" x\n', ["ruff check --config tools/ruff.toml x"]),
        (SHARED + "ruff check --config=$ROOT_DIR/tools/ruff.toml x\n", ["ruff check --config=tools/ruff.toml x"]),
        (SHARED + "ruff check --config=$ROOT_DIR/gone/ruff.toml x\n", ["ruff check ."]),
    ],
)
def test_a_script_s_own_runner_and_the_tree_s_own_variable_are_seen_through(
    write: Write, script: str, lint: list[str]
) -> None:
    tree = {**PYTHON, "ci/lint.sh": script, "ci/lib.sh": SHARED, "tools/ruff.toml": "", **runs("./ci/lint.sh")}
    assert [f.command for f in detect(write(tree)).lint] == lint


def test_a_task_that_comes_to_very_much_leaves_the_others_their_share(write: Write) -> None:
    much = "".join(f"\techo {n}\n" for n in range(900))
    targets = "".join(f"test{n}:\n{much}" for n in range(1, 6))
    found = detect(write({**PYTHON, "Makefile": f"{targets}lint:\n\truff check x\n"}))
    assert [f.command for f in found.lint] == ["ruff check x"]


NPM = {"package.json": json.dumps({"workspaces": ["p/*"], "scripts": {}}), "package-lock.json": "{}"} | {
    f"p/{n}/{file}": text
    for n in "abcdef"
    for file, text in (
        ("package.json", json.dumps({"name": n, "scripts": {"test": "jest", "unit": "jest unit"}})),
        ("index.js", ""),
    )
}


@pytest.mark.parametrize(
    ("lines", "tests"),
    [
        (
            [f"npm run test --workspace=p/{n}" for n in "abcdef"],
            ["npm run test " + " ".join(f"--workspace=p/{n}" for n in "abcdef")],
        ),
        (
            [*(f"npm run test --workspace=p/{n}" for n in "abcd"), "npm run unit --workspace=p/e"],
            ["npm run test " + " ".join(f"--workspace=p/{n}" for n in "abcd"), "npm run unit --workspace=p/e"],
        ),
        ([f"npm run test --workspace=p/{n}" for n in "ab"], [f"npm run test --workspace=p/{n}" for n in "ab"]),
        (
            [f"pnpm --filter {n} run test" for n in "abcdef"],
            ["pnpm " + " ".join(f"--filter={n}" for n in "abcdef") + " run test"],
        ),
    ],
)
def test_one_script_in_many_packages_is_one_suite_of_all_of_them(
    write: Write, lines: list[str], tests: list[str]
) -> None:
    assert [f.command for f in detect(write({**NPM, **runs(*lines)})).test] == tests


def test_two_suites_are_never_named_alike(write: Write) -> None:
    lines = ["npm --workspace=a run test", "npm --workspace=a run unit"]
    assert len({f.suite for f in detect(write({**NPM, **runs(*lines)})).test}) == 2


@pytest.mark.parametrize(
    ("script", "tests"),
    [
        (".github/scripts/run-tests.js", False),
        ("scripts/detect-flaky-tests.js", False),
        ("scripts/report-tests.mjs", False),
        ("scripts/merge-test.js", False),
        ("scripts/run-tests.js", True),
        ("scripts/unit-tests.js", True),
    ],
)
def test_a_script_about_tests_runs_none(write: Write, script: str, tests: bool) -> None:
    found = detect(write({"package.json": '{"name": "x"}', "a.js": "", script: "", **runs(f"node {script}")}))
    assert [f.command for f in found.test] == ([f"node {script}"] if tests else [])


@pytest.mark.parametrize(
    ("call", "kept"),
    [
        ("ruff check --config ruff.ci.toml x", False),
        ("ruff check --config=made/ruff.toml x", False),
        ("ruff check --config tools/ruff.toml x", True),
        ("ruff check --config 'line-length = 90' x", True),
    ],
)
def test_a_call_with_settings_that_only_ci_writes_is_none(write: Write, call: str, kept: bool) -> None:
    found = detect(write({**PYTHON, "tools/ruff.toml": "", **runs(call)}))
    assert bool(found.lint) is kept


@pytest.mark.parametrize(
    ("line", "lint"),
    [
        ("Invoke-ScriptAnalyzer -Path a.ps1 -EnableExit", "Invoke-ScriptAnalyzer -Path a.ps1 -EnableExit"),
        ("Invoke-ScriptAnalyzer -Path a.ps1", ""),
        ("Invoke-ScriptAnalyzer -Path a.ps1 -Fix -EnableExit", ""),
    ],
)
def test_powershell_s_linter_is_one_where_it_says_what_it_found(write: Write, line: str, lint: str) -> None:
    found = detect(write({**PYTHON, "a.ps1": "", **runs(line)}))
    assert [f.command for f in found.lint] == ([f"pwsh -NoProfile -Command '{lint}'"] if lint else [])


def test_a_root_s_script_of_all_packages_is_one_suite(write: Write) -> None:
    scripts = {"test": "npm run prep && npm run test --workspaces", "prep": "node prep.js"}
    packages = {
        f"p/{n}/package.json": json.dumps({"name": n, "scripts": {"test": f"npm run build && {t}", "build": "tsc"}})
        for n, t in (("a", "vitest run"), ("b", "mocha"))
    }
    root = {"package.json": json.dumps({"workspaces": ["p/*"], "scripts": scripts}), "package-lock.json": "{}"}
    code = {f"p/{n}/{i}.js": "" for n in "ab" for i in range(9)}
    found = detect(write({**root, **packages, **code, **runs("npm test")}))
    assert [(f.command, f.cwd) for f in found.test] == [("npm test", ".")]


@pytest.mark.parametrize(
    ("lines", "given"),
    [
        (["SKIP_INTEGRATION=1 go test ./..."], {"SKIP_INTEGRATION": "1"}),
        (["export SKIP_E2E=true\ngo test ./..."], {"SKIP_E2E": "true"}),
        (["SKIP_INTEGRATION=1 go test ./...", "go test -run A ./a"], {"SKIP_INTEGRATION": "1"}),
        (["SKIP_INTEGRATION=1 go test ./...", "go test ./..."], {}),
        (["SKIP_INTEGRATION=$(ask) go test ./..."], {}),
        (["COLOUR=1 go test ./..."], {}),
    ],
)
def test_what_ci_leaves_out_by_a_variable_is_left_out(write: Write, lines: list[str], given: dict[str, str]) -> None:
    found = detect(write({"go.mod": "module x\n", "a.go": "", **runs(*lines)}))
    assert dict(found.test[0].env) == {"CI": "1", **given}


@pytest.mark.parametrize(
    ("scripts", "lint"),
    [
        ({"sort-filetypes": "node sort.js && prettier --write src/types.ts"}, []),
        ({"lint-code": "prettier --write src"}, ["npx prettier --check src"]),
    ],
)
def test_a_formatter_of_what_a_program_wrote_is_no_check(
    write: Write, scripts: dict[str, str], lint: list[str]
) -> None:
    root = {"package.json": json.dumps({"scripts": scripts}), "package-lock.json": "{}", "src/types.ts": ""}
    assert [f.command for f in detect(write(root)).lint] == lint


def test_a_linter_s_report_is_left_to_ci(write: Write) -> None:
    lines = runs("uvx zizmor --format sarif . > results.sarif", "hadolint -f json Dockerfile")
    found = detect(write({**PYTHON, "Dockerfile": "FROM x", **lines}))
    assert [f.command for f in found.lint] == ["zizmor .", "hadolint Dockerfile"]


@pytest.mark.parametrize(
    ("line", "types", "lint"),
    [
        ("node tools/run.cjs pyright -p pyproject.toml", ["pyright -p pyproject.toml"], []),
        ("python tools/locked.py ruff check x", [], ["ruff check x"]),
        ("python tools/locked.py pytest", [], []),
        ("node tools/run.cjs standard", [], []),
        ("node ruff check", [], []),
    ],
)
def test_a_script_that_starts_a_linter_is_the_linter(
    write: Write, line: str, types: list[str], lint: list[str]
) -> None:
    found = detect(write({**PYTHON, "tools/locked.py": "", "tools/run.cjs": "", **runs(line)}))
    assert ([f.command for f in found.types], [f.command for f in found.lint]) == (types, lint)


@pytest.mark.parametrize(
    ("lines", "tests"),
    [
        (["cargo test --workspace", "cargo nextest run --all-features -p a"], ["cargo test --all-features -p a"]),
        (["cargo test --workspace --all-features", "cargo test --all-features -p a"], []),
        (["cargo test --workspace", "cargo test -p a"], []),
        (["cargo test --workspace", "cargo test --doc --all-features -p a"], []),
    ],
)
def test_a_package_with_more_features_than_the_whole_is_a_suite(
    write: Write, lines: list[str], tests: list[str]
) -> None:
    found = detect(write({**RUST, **runs(*lines)}))
    assert [f.command for f in found.test if f.suite != "rust"] == tests


def test_suites_of_php_that_need_a_server_are_named(write: Write) -> None:
    files = {"composer.json": '{"require-dev": {"phpunit/phpunit": "*"}}', "a.php": "", "t/a.xml": "", "t/e2e.xml": ""}
    found = detect(write({**files, **runs("vendor/bin/phpunit -c t/a.xml", "vendor/bin/phpunit -c t/e2e.xml")}))
    assert [f.command for f in found.test] == ["vendor/bin/phpunit -c t/a.xml"]
    assert [n.subject for n in found.not_run] == ["vendor/bin/phpunit -c t/e2e.xml"]


@pytest.mark.parametrize(
    ("lines", "test"),
    [
        (["go test -p 2 `go list ./... | grep -v browser`"], "go test $(go list ./... | grep -v browser)"),
        (['args=(-p 2)\ngo test "${args[@]}" `go list ./... | grep -v a/b`'], "go test $(go list ./... | grep -v a/b)"),
    ],
)
def test_packages_between_backticks_are_the_same(write: Write, lines: list[str], test: str) -> None:
    assert detect(write({"go.mod": "module x\n", "a.go": "", **runs(*lines)})).test[0].command == test


def test_settings_of_an_action_s_own_directory_are_not_the_root_s(write: Write) -> None:
    action = "runs:\n  steps:\n    - run: golangci-lint run --config=${{ github.action_path }}/.golangci.yml\n"
    tree = {
        "go.mod": "module x\n",
        "a.go": "",
        ".github/actions/lint/action.yml": action,
        "Makefile": "lint:\n\tgolangci-lint run ./...\n",
    }
    found = detect(write({**tree, **workflow({"uses": "./.github/actions/lint"})}))
    assert [f.command for f in found.lint] == ["golangci-lint run ./..."]


def test_an_option_for_developers_that_ci_gives_is_given(write: Write) -> None:
    text = (
        'project(X)\ncmake_dependent_option(X_TESTS "" ON "X_DEVELOPMENT_BUILD" OFF)\nenable_testing()\nadd_test(a a)\n'
    )
    line = "cmake -Bbuild -DX_DEVELOPMENT_BUILD=ON -DUNKNOWN_DEV=ON -G Ninja && cd build && ctest"
    found = detect(write({"CMakeLists.txt": text, "a.c": "", **runs(line)}))
    assert found.setup[0].command == "cmake -S . -B build -DX_DEVELOPMENT_BUILD=ON"


def test_what_one_leg_is_given_is_no_other_s(write: Write) -> None:
    root = {"package.json": '{"scripts": {"test": "jest"}}', "package-lock.json": "{}", "a.js": ""}
    both = workflow(
        {"run": "npm test", "env": {"TEST_LEGACY": "1", "NODE_ENV": "test"}}, {"run": "NODE_ENV=test npm test"}
    )
    assert dict(detect(write({**root, **both})).test[0].env) == {"CI": "1", "NODE_ENV": "test"}


def test_of_two_like_calls_the_one_without_services_is_run(write: Write) -> None:
    step = "steps: [{run: python manage.py test, env: {DATABASE_URL: %s}}]"
    jobs = f"  a:\n    services: {{db: {{image: x}}}}\n    {step % 'postgres'}\n  b:\n    {step % 'sqlite'}\n"
    tree = {**PYTHON, "manage.py": "", ".github/workflows/ci.yml": f"on: push\njobs:\n{jobs}"}
    assert detect(write(tree)).test[0].env["DATABASE_URL"] == "sqlite"


def test_ignored_tests_that_ci_includes_are_run(write: Write) -> None:
    found = detect(
        write(
            {
                **RUST,
                **runs(
                    "cargo llvm-cov --workspace -- --include-ignored", "cargo test --workspace -- --include-ignored"
                ),
            }
        )
    )
    assert found.test[0].command == "cargo test --workspace -- --include-ignored"
