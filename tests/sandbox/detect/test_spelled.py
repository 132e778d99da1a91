"""What a third set of repositories that nobody had looked at had: variables, options and several goals of one call."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
CI = ".github/workflows/ci.yml"
RUST = {"Cargo.toml": "[package]\nname = 'x'\n", "src/lib.rs": ""}
GO = {"go.mod": "module x\n", "a.go": ""}


def steps(*runs: str) -> str:
    return "on: pull_request\njobs:\n  check:\n    steps:\n" + "".join(f"      - run: {json.dumps(r)}\n" for r in runs)


def ran(root: Path, kind: str = "test") -> list[tuple[str, str]]:
    return [(f.command, f.cwd) for f in getattr(detect(root), kind)]


@pytest.mark.parametrize("option", ["--targets=t:lint,t:unit,build", "--target=t:lint,t:unit,build"])
def test_several_targets_of_one_call_are_as_many_calls(write: Write, option: str) -> None:
    scripts = {"pr": f"nx affected {option}"}
    package = json.dumps({"scripts": scripts, "workspaces": ["packages/*"], "devDependencies": {"nx": "1"}})
    inner = json.dumps({"name": "a", "scripts": {"t:lint": "eslint .", "t:unit": "vitest run", "build": "tsc"}})
    root = write(
        {"package.json": package, "packages/a/package.json": inner, "packages/a/a.ts": "", CI: steps("npm run pr")}
    )
    assert ran(root)[0] == ("npx nx run-many --target=t:unit", ".")
    assert ran(root, "lint") == [("npx nx run-many --target=t:lint", ".")]
    assert ran(root, "types") == []


@pytest.mark.parametrize("line", ["nx run-many -t", "turbo run --filter=a", "lerna run", "nx run-many --targets=a,a"])
def test_a_call_over_packages_that_names_odd_targets_comes_to_an_end(write: Write, line: str) -> None:
    package = json.dumps({"scripts": {"test": line}, "workspaces": ["packages/*"]})
    detect(write({"package.json": package, "packages/a/package.json": "{}", CI: steps("npm test", line)}))


def test_a_job_that_puts_in_order_what_others_wrote_is_no_check(write: Write) -> None:
    package = json.dumps({"scripts": {"format": "prettier --write ."}, "devDependencies": {"prettier": "1"}})
    files = {"package.json": package, ".github/workflows/autofix.yml": steps("npm run format"), CI: steps("npm test")}
    assert ran(write(files), "lint") == []


MAKE = """
FULL = --features "a b"
NEXT = ${FULL} --features c
ARGS ?= --workspace
clippy-%:
	cargo clippy ${${@:clippy-%=%}} $(ARGS) -- -D warnings
unit-%:
	$(MAKE) A="test --features $*" run
run:
	cargo $A
"""


@pytest.mark.parametrize(
    ("run", "kind", "expected"),
    [
        ("make clippy-FULL", "lint", "cargo clippy --features 'a b' --workspace -- -D warnings"),
        ("make clippy-NEXT", "lint", "cargo clippy --features 'a b' --features c --workspace -- -D warnings"),
        ("make clippy-FULL ARGS=--all", "lint", "cargo clippy --features 'a b' --all -- -D warnings"),
        ("make unit-a", "test", "cargo test --features a"),
        ("cargo clippy -- -D warnings -A deprecated", "lint", "cargo clippy -- -D warnings -A deprecated"),
        ("cargo test --features 'a b'", "test", "cargo test --features 'a b'"),
        ("make run A='clippy --all-targets'", "lint", "cargo clippy --all-targets"),
    ],
)
def test_what_a_call_of_make_hands_its_recipes_is_put_in(write: Write, run: str, kind: str, expected: str) -> None:
    assert ran(write({**RUST, "Makefile": MAKE, CI: steps(run)}), kind)[0] == (expected, ".")


JUST = """
npm := "cd web && npm"

npm *args:
    {{ npm }} run "$@"

also *more:
    npm run {{ more }} --prefix web

lint:
    just npm eslint

vet:
    go vet ./...
"""


@pytest.mark.parametrize("run", ["just lint", "just npm eslint", "just also eslint", "just vet lint"])
def test_a_recipe_that_takes_all_that_it_is_given_is_filled_in(write: Write, run: str) -> None:
    web = json.dumps({"scripts": {"eslint": "eslint ."}, "devDependencies": {"eslint": "1"}})
    root = write({**GO, "web/package.json": web, "web/a.js": "", "justfile": JUST, CI: steps(run)})
    assert ("npm run eslint", "web") in ran(root, "lint")
    assert (("go vet ./...", ".") in ran(root, "lint")) or "vet" not in run


@pytest.mark.parametrize(
    ("run", "test"),
    [
        ('go test -tags="a b" ./...', "go test -tags 'a b' ./..."),
        ("go test -tags=a,b ./...", "go test -tags a,b ./..."),
        ("go test -tags a ./...", "go test -tags a ./..."),
        ("go test -tags $TAGS ./...", "go test ./..."),
    ],
)
def test_the_tags_that_go_is_given_are_kept_as_a_whole(write: Write, run: str, test: str) -> None:
    assert ran(write({**GO, CI: steps(run)}))[0] == (test, ".")


@pytest.mark.parametrize(
    ("runs", "test"),
    [
        (["dotnet test --filter Kind!=Slow", "dotnet test --filter Kind=Slow"], "dotnet test --filter Kind!=Slow"),
        (["dotnet test --filter=Kind=A", "dotnet test --filter=Kind=B"], "dotnet test"),
        (['dotnet test --filter="Kind!=Slow"'], "dotnet test --filter Kind!=Slow"),
    ],
)
def test_of_several_filters_the_one_that_leaves_out_tests_the_most(write: Write, runs: list[str], test: str) -> None:
    assert ran(write({"App.sln": "", CI: steps(*runs)})) == [(test, ".")]


@pytest.mark.parametrize(
    ("files", "run", "lint"),
    [
        ({"a.cabal": ""}, "fourmolu --mode=check src", "fourmolu --mode=check src"),
        ({"a.cabal": ""}, "ormolu --mode check src", "ormolu --mode check src"),
        ({}, "git ls-files '*.html' | xargs djhtml --check", "git ls-files '*.html' | xargs djhtml --check"),
        ({}, "dprint check", "dprint check"),
        ({"package.json": '{"devDependencies": {"oxfmt": "1"}}'}, "npx oxfmt --check src", "npx oxfmt --check src"),
        ({"package.json": '{"devDependencies": {"eslint": "1"}}'}, "dotenv -c test -- eslint src", "npx eslint src"),
    ],
)
def test_more_ways_of_asking_for_a_check_are_known(write: Write, files: dict[str, str], run: str, lint: str) -> None:
    assert ran(write({**files, "a.py": "", CI: steps(run)}), "lint") == [(lint, ".")]


@pytest.mark.parametrize(
    ("needs", "types"),
    [
        ({"larastan/larastan": "1"}, ["vendor/bin/phpstan analyse"]),
        ({"vimeo/psalm": "1"}, ["vendor/bin/psalm"]),
        ({"phpunit/phpunit": "1"}, ["vendor/bin/phpstan analyse", "vendor/bin/psalm"]),
    ],
)
def test_of_phps_analysers_the_one_that_is_installed_is_run(
    write: Write, needs: dict[str, str], types: list[str]
) -> None:
    files = {"composer.json": json.dumps({"require-dev": needs}), "psalm.xml": "", "phpstan.neon": "", "a.php": ""}
    assert [command for command, _ in ran(write(files), "types")] == types


def test_a_build_of_c_that_registers_no_test_is_named(write: Write) -> None:
    found = detect(write({"CMakeLists.txt": "project(x)\n", "src/a.cpp": "", CI: steps("./bin/x --run-unittests")}))
    assert not found.test
    assert [n.subject for n in found.not_run][:1] == ["ctest"]


def test_a_script_that_goes_into_a_mere_directory_is_run_as_the_script(write: Write) -> None:
    scripts = {"lint": "npm run lint:a && npm run lint:b", "lint:a": "cd a && eslint .", "lint:b": "cd b && eslint src"}
    package = json.dumps({"scripts": scripts, "devDependencies": {"eslint": "1"}})
    root = write(
        {**GO, "web/package.json": package, "web/a/x.js": "", "web/b/src/x.js": "", CI: steps("cd web && npm run lint")}
    )
    assert ran(root, "lint") == [("npm run lint", "web")]


@pytest.mark.parametrize(
    ("target", "lint"),
    [
        ("clang-tidy", True),
        ("ci_cpplint", True),
        ("format-check", True),
        ("check-style", True),
        ("clang-format", False),
        ("format", False),
        ("clang-tidy-fix", False),
        ("install", False),
    ],
)
def test_a_target_of_the_build_that_lints_is_built(write: Write, target: str, lint: bool) -> None:
    text = "project(x)\nenable_testing()\n"
    root = write({"CMakeLists.txt": text, "a.c": "", CI: steps(f"cmake --build out --target {target} -j4")})
    assert ran(root, "lint") == ([(f"cmake --build build --target {target}", ".")] if lint else [])
