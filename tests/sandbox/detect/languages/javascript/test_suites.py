"""Which commands test a JavaScript project: units before browsers, and no script that tests nothing."""

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


def package(**scripts: str) -> str:
    return json.dumps({"name": "x", "scripts": scripts, "devDependencies": {}}, indent=1)


@pytest.mark.parametrize(
    ("scripts", "runs", "first", "apart"),
    [
        (
            {"test": "vitest", "test-unit": "vitest --project unit", "test-e2e": "vitest --project e2e"},
            ["npm run test-e2e", "npm run test-unit"],
            "npm run test-unit",
            [],
        ),
        (
            {
                "test": "npm run test-unit && npm run test-serve && npm run test-build",
                "test-unit": "vitest run",
                "test-serve": "vitest run -c vitest.config.e2e.ts",
                "test-build": "VITE_TEST_BUILD=1 vitest run -c vitest.config.e2e.ts",
            },
            ["npm run test-unit", "npm run test-serve", "npm run test-build"],
            "npm run test-unit",
            [],
        ),
        ({"test": "jest", "test:browser": "karma start"}, ["npm run test:browser", "npm test"], "npm test", []),
        ({"unit": "mocha", "e2e": "cypress run"}, ["npm run e2e", "npm run unit"], "npm run unit", []),
        (
            {"test:unit": "jest", "test:node": "node --test"},
            ["npm run test:unit", "npm run test:node"],
            "npm run test:unit",
            ["npm run test:node"],
        ),
        ({"test": "jest", "test:coverage": "jest --coverage"}, ["npm run test:coverage", "npm test"], "npm test", []),
        ({"test": "playwright test", "test:unit": "vitest"}, [], "npm run test:unit", []),
    ],
)
def test_units_come_before_browsers_and_each_suite_of_ci_stands_apart(
    write: Write, scripts: dict[str, str], runs: list[str], first: str, apart: list[str]
) -> None:
    found = detect(write({"package.json": package(**scripts), CI: steps(*runs) if runs else ""})).test
    assert found[0].command == first
    assert [f.command for f in found if f.suite != found[0].suite] == apart


@pytest.mark.parametrize(
    ("scripts", "lock", "expected"),
    [
        ({"test": "tap", "posttest": "npm run lint", "lint": "eslint ."}, "", ["npx tap", "npm test"]),
        ({"test": "ava", "posttest": "template-check"}, "", ["npx ava", "npm test"]),
        ({"test": "jest", "posttest": "npm run types", "types": "tsc --noEmit"}, "", ["npx jest", "npm test"]),
        ({"test": "mocha", "posttest": "npm run more", "more": "tap more"}, "", ["npm test"]),
        ({"test": "tap", "pretest": "npm run build", "build": "tsc", "posttest": "eslint ."}, "", ["npm test"]),
        ({"test": "tap", "posttest": "eslint ."}, "pnpm-lock.yaml", ["pnpm test"]),
    ],
)
def test_what_npm_runs_behind_the_tests_does_not_decide_them(
    write: Write, scripts: dict[str, str], lock: str, expected: list[str]
) -> None:
    root = write({"package.json": package(**scripts), CI: steps("npm test"), **({lock: ""} if lock else {})})
    assert lines(root) == expected


@pytest.mark.parametrize(
    ("builder", "expected"),
    [
        ("@angular-builders/jest:run", ["npm test"]),
        ("@angular/build:unit-test", ["npm test"]),
        ("@analogjs/vitest-angular:test", ["npm test"]),
        ("@nx/jest:jest", ["npm test"]),
        ("@angular-devkit/build-angular:karma", []),
    ],
)
def test_angular_needs_a_browser_only_where_its_builder_is_karma(
    write: Write, builder: str, expected: list[str]
) -> None:
    config = json.dumps({"projects": {"a": {"architect": {"test": {"builder": builder}}}}}, indent=1)
    assert lines(write({"package.json": package(test="ng test"), "angular.json": config})) == expected


@pytest.mark.parametrize("flag", ["--shard=${{ matrix.n }}/3", "--shard 1/3", "--shard=1/2 --coverage"])
def test_one_leg_s_shard_is_not_the_suite(write: Write, flag: str) -> None:
    found = detect(write({"package.json": package(build="tsc"), CI: steps(f"npx vitest run {flag}")})).test
    assert [f.command.replace(" --coverage", "") for f in found] == ["npx vitest run"]


@pytest.mark.parametrize(
    "script", ["phpunit", "@php vendor/bin/phpunit", "pytest", "bundle exec rspec", "cargo test", "go test ./..."]
)
def test_a_script_that_calls_another_language_s_tests_is_no_suite_of_this_one(write: Write, script: str) -> None:
    assert lines(write({"package.json": package(test=script.removeprefix("@php "))})) == []


@pytest.mark.parametrize(
    "body",
    [
        "pnpm prettier:check",
        "eslint . && tsc --noEmit",
        "npm run build",
        "echo nothing && exit 0",
        "next build",
        "husky install",
        "rimraf dist && rollup -c",
        "prettier --check .",
    ],
)
def test_a_script_without_a_test_tool_is_no_test(write: Write, body: str) -> None:
    scripts = {"test": body, "prettier:check": "prettier --check .", "build": "tsc -b"}
    assert lines(write({"package.json": package(**scripts), CI: steps("npm test")})) == []


@pytest.mark.parametrize(
    "body", ["gulp test", "node ./scripts/test.js", "react-scripts test", "make test", "tsx test/all.ts", "wireit"]
)
def test_a_script_that_may_test_by_means_of_its_own_is_kept(write: Write, body: str) -> None:
    assert lines(write({"package.json": package(test=body)})) == ["npm test"]


def test_of_a_script_that_does_all_in_all_packages_the_tests_are_run(write: Write) -> None:
    """Also where the packages' checkers of types are vitest, which is no second suite."""
    root = write(
        {
            "package.json": json.dumps(
                {"workspaces": ["p/*"], "scripts": {"test:pr": "nx affected --targets=lint,lib,types"}}
            ),
            "p/a/package.json": package(lint="eslint .", lib="vitest", types="tsc --noEmit && vitest --typecheck"),
            "p/b/package.json": package(lint="eslint .", lib="vitest", types="tsc --noEmit"),
            CI: steps("npm run test:pr"),
        }
    )
    found = detect(root)
    assert found.test[0].command == "npx nx run-many --target=lib"
    assert {f.suite for f in found.test} == {"javascript"}
    assert [f.command for f in found.types] == ["npx nx run-many --target=types"]


@pytest.mark.parametrize(
    "script", ["tsc -b tsconfig.build.json", "tsc -p tsconfig.build.json", 'tsc --build tsconfig.build.json "$@"']
)
def test_a_build_of_typescript_is_no_check_of_types(write: Write, script: str) -> None:
    scripts = {"build-tsc": script.replace("\\", ""), "test": "npm run build-tsc && ava", "ci": "npm run build-tsc"}
    root = write({"package.json": package(**scripts), "tsconfig.build.json": "{}", CI: steps("npm run ci", "npm test")})
    assert lines(root, "types") == []
