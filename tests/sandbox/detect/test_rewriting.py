"""No command writes: not by a flag in another spelling, not by taking what it finds as right, not by always passing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
CI = ".github/workflows/ci.yml"
PYTHON = {"pyproject.toml": "[project]\nname = 'x'\n", "tests/test_a.py": "def test_a(): pass\n", "x/__init__.py": ""}


def steps(*runs: str) -> str:
    return "on: push\njobs:\n  check:\n    steps:\n" + "".join(f"      - run: {json.dumps(r)}\n" for r in runs)


def package(**scripts: str) -> dict[str, str]:
    return {"package.json": json.dumps({"name": "x", "scripts": scripts}, indent=1), "a.js": ""}


@pytest.mark.parametrize(
    ("files", "run", "lint"),
    [
        (PYTHON, "autopep8 -ir .", ["autopep8 --exit-code --diff -r ."]),
        (PYTHON, "yapf -ri x", ["yapf --diff -r x"]),
        (PYTHON, "ruff check --add-noqa .", []),
        (PYTHON, "pyright --writebaseline", []),
        ({"Cargo.toml": "[package]\nname='x'\n"}, "cargo clippy --fix --allow-dirty", ["cargo clippy"]),
        ({"Gemfile": ""}, "bin/rubocop -x", ["bundle exec rubocop"]),
        ({"Gemfile": ""}, "bundle exec rubocop --fix-layout", ["bundle exec rubocop"]),
        ({"Gemfile": ""}, "bundle exec rubocop --autocorrect=true", ["bundle exec rubocop"]),
        ({"Gemfile": ""}, "bundle exec rake rubocop:autocorrect", ["bundle exec rake rubocop"]),
        ({"Gemfile": ""}, "bundle exec rubocop --regenerate-todo", []),
        ({"build.gradle": "", "a.kt": ""}, "./gradlew ktlintFormat", []),
        ({"build.gradle": "", "a.kt": ""}, "./gradlew detektBaseline", []),
        ({"composer.json": "{}"}, "vendor/bin/phpstan analyse --generate-baseline", []),
        (package(lint="vue-cli-service lint"), "npm run lint", ["npx vue-cli-service lint --no-fix"]),
        (package(lint="stylelint --fix=lax a.css"), "npm run lint", ["npx stylelint a.css"]),
        (package(lint="oxlint --fix-suggestions"), "npm run lint", ["npx oxlint"]),
        (package(lint="eslint --fix=false ."), "npm run lint", ["npm run lint"]),
        (package(lint="eslint .; echo done"), "npm run lint", []),
        (PYTHON, "isort --check . && echo fine || echo bad", []),
        (PYTHON, "if ! pylint x; then\n  echo what a pity\nfi", []),
        (PYTHON, "if ! pylint x; then\n  echo no\n  exit 1\nfi", ["pylint x"]),
    ],
)
def test_a_linter_that_would_rewrite_or_pass_in_any_case_only_checks_or_is_none(
    write: Write, files: dict[str, str], run: str, lint: list[str]
) -> None:
    found = detect(write({**files, CI: steps(run)}))
    assert [f.command for f in (*found.lint, *found.types)] == lint


@pytest.mark.parametrize(
    ("body", "test"),
    [
        ("jest -u", "npx jest"),
        ("vitest run --update", "npx vitest run"),
        ("jest --updateSnapshot --ci", "npx jest --ci"),
        ("react-scripts test -u", "npx react-scripts test"),
        ("bun test --update-snapshots", "bun test"),
        ("jest || true", "npx jest"),
        ("vitest run; exit 0", "npx vitest run"),
        ("mocha -u tdd", "npm test"),
    ],
)
def test_a_test_script_that_takes_what_it_finds_for_right_is_run_without_that(
    write: Write, body: str, test: str
) -> None:
    assert [f.command for f in detect(write({**package(test=body), CI: steps("npm test")})).test] == [test]


def test_variables_that_have_tests_write_are_not_set(write: Write) -> None:
    found = detect(write({**PYTHON, CI: steps("UPDATE_GOLDEN=1 INSTA_UPDATE=always A=1 pytest tests")}))
    assert "A" in found.test[0].env
    assert not {"UPDATE_GOLDEN", "INSTA_UPDATE"} & set(found.test[0].env)


def test_programs_of_composer_are_where_its_configuration_puts_them(write: Write) -> None:
    files = {"composer.json": '{"config": {"bin-dir": "bin"}, "require-dev": {"phpunit/phpunit": "*"}}', "a.php": ""}
    found = detect(write({**files, CI: steps("php bin/phpunit --testsuite unit", "bin/phpstan analyse | cs2pr")}))
    assert [f.command for f in found.test] == ["bin/phpunit"]
    assert [f.command for f in found.types] == ["bin/phpstan analyse"]
    assert found.test[0].confidence == "confirmed"


@pytest.mark.parametrize(
    ("run", "test"),
    [
        ("cargo nextest run --workspace --all-features --profile ci", "cargo test --workspace --all-features"),
        ("cargo llvm-cov nextest --workspace --lcov --output-path lcov.info", "cargo test --workspace"),
        ("cargo hack test --workspace --no-default-features", "cargo test"),
        ("cargo llvm-cov report --html", "cargo test"),
    ],
)
def test_other_runners_of_cargo_s_tests_stand_for_cargo_test(write: Write, run: str, test: str) -> None:
    files = {"Cargo.toml": "[package]\nname = 'x'\n", "src/lib.rs": ""}
    assert detect(write({**files, CI: steps(run)})).test[0].command == test
