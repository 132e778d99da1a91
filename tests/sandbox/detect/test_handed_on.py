"""What a second set of repositories that nobody had looked at had: checks named by paths, aliases and variants."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
CI = ".github/workflows/ci.yml"


def steps(*runs: str) -> str:
    return "on: pull_request\njobs:\n  check:\n    steps:\n" + "".join(f"      - run: {json.dumps(r)}\n" for r in runs)


def ran(root: Path, kind: str = "test") -> list[tuple[str, str]]:
    return [(f.command, f.cwd) for f in getattr(detect(root), kind)]


GRADLE = {"build.gradle.kts": "plugins {}\n", "src/A.kt": ""}


@pytest.mark.parametrize(
    "task", ["testDebugUnitTest", "app:testReleaseUnitTest", "testPlayDebugUnitTest", "desktopTest"]
)
def test_a_variant_of_gradles_tests_confirms_them(write: Write, task: str) -> None:
    found = detect(write({**GRADLE, CI: steps(f"./gradlew {task}")}))
    assert [(f.command, f.confidence) for f in found.test] == [("gradle test", "confirmed")]


def test_kotlin_for_several_platforms_may_be_set_up_by_a_plugin_of_the_build(write: Write) -> None:
    plugin = 'plugins {\n    kotlin("multiplatform")\n}\n'
    root = write({**GRADLE, "build-logic/src/main/kotlin/x.gradle.kts": plugin, "gradlew": ""})
    assert ran(root)[0] == ("./gradlew jvmTest", ".")


RUST = {"Cargo.toml": "[package]\nname = 'x'\n", "src/lib.rs": ""}


@pytest.mark.parametrize(
    ("runs", "test"),
    [
        (["cargo test --no-default-features --features a"], "cargo test --no-default-features --features a"),
        (["cargo test --no-default-features --features a", "cargo test"], "cargo test"),
        (["cargo test --no-default-features"], "cargo test"),
        (["cargo test -- --skip slow --nocapture"], "cargo test -- --skip slow"),
    ],
)
def test_what_every_call_of_cargo_leaves_out_is_left_out(write: Write, runs: list[str], test: str) -> None:
    assert ran(write({**RUST, CI: steps(*runs)}))[0] == (test, ".")


def test_a_task_that_only_loads_rubocop_is_no_test(write: Write) -> None:
    rakefile = "require 'rubocop/rake_task'\nRuboCop::RakeTask.new\n\nrequire 'yard'\ntask default: %w[test rubocop]\n"
    root = write(
        {"Gemfile": "source 'x'\n", "Rakefile": rakefile, "test/a_test.rb": "", CI: steps("bundle exec rake test")}
    )
    assert ran(root)[0] == ("bundle exec rake test", ".")
    assert not any("require" in command for command, _ in ran(root))


def test_hooks_may_stand_in_another_file(write: Write) -> None:
    config = (
        "repos:\n  - repo: https://github.com/astral-sh/ruff-pre-commit\n    rev: v1\n    hooks: [{id: ruff-check}]\n"
    )
    line = "pre-commit run --all-files --config .github/hooks.yaml"
    root = write({"pyproject.toml": "", "a.py": "", ".github/hooks.yaml": config, CI: steps(line)})
    assert ran(root, "lint") == [("ruff check .", ".")]


def test_a_task_of_mise_may_be_named_with_its_directory(write: Write) -> None:
    root = write(
        {
            "web/go.mod": "module x\n",
            "web/a.go": "",
            "web/mise.toml": "[tasks.t]\nrun = 'go vet ./...'\n",
            CI: steps("mise run //web:t"),
        }
    )
    assert ran(root, "lint") == [("go vet ./...", "web")]


@pytest.mark.parametrize("run", ["gnpm run check", "nr check", "cnpm run check"])
def test_other_names_of_the_package_manager_are_known(write: Write, run: str) -> None:
    package = json.dumps({"scripts": {"check": "eslint src"}, "devDependencies": {"eslint": "1"}})
    assert ran(write({"package.json": package, CI: steps(run)}), "lint") == [("npm run check", ".")]


@pytest.mark.parametrize(
    ("body", "run", "test"),
    [
        ("impunity --entry a.js", "npm test", ["npm test"]),
        ("impunity --entry a.js", "npm run build", []),
        ("webpack --mode production", "npm test", []),
        ("unheard-of", "npm test", []),
    ],
)
def test_a_runner_that_nobody_knows_tests_where_ci_calls_it_that(
    write: Write, body: str, run: str, test: list[str]
) -> None:
    needs = {"impunity": "1", "webpack": "1"}
    package = json.dumps({"scripts": {"test": body, "build": "webpack"}, "devDependencies": needs})
    assert [command for command, _ in ran(write({"package.json": package, "a.js": "", CI: steps(run)}))] == test


@pytest.mark.parametrize(("emits", "types"), [("true", [("npx tsc", ".")]), ("false", [])])
def test_the_compiler_that_writes_nothing_is_a_check_whatever_the_job_is_called(
    write: Write, emits: str, types: list[tuple[str, str]]
) -> None:
    ci = "on: pull_request\njobs:\n  build:\n    steps:\n      - run: npx tsc\n"
    config = f'{{"compilerOptions": {{"noEmit": {emits}}}}}'
    root = write(
        {"package.json": '{"devDependencies": {"typescript": "1"}}', "a.ts": "", "tsconfig.json": config, CI: ci}
    )
    assert ran(root, "types") == types


def test_what_clang_formats_action_leaves_out_is_left_out(write: Write) -> None:
    uses = "{uses: jidicula/clang-format-action@v4, with: {check-path: src, exclude-regex: '(3rdparty/.*|build/.*)'}}"
    ci = f"on: pull_request\njobs: {{a: {{steps: [{uses}]}}}}\n"
    root = write({"CMakeLists.txt": "project(x)\nenable_testing()\n", "src/a.c": "", CI: ci})
    line = ran(root, "lint")[0][0]
    assert r"-regex '.*\.\(c\|cc\|cpp\|cxx\|h\|hh\|hpp\)' -not -regex '.*\(\(3rdparty/.*\|build/.*\)\).*'" in line


def test_the_parentheses_of_finds_expressions_keep_their_backslashes(write: Write) -> None:
    run = r"find . -regex '.*\.\(c\|h\)' | xargs clang-format --dry-run -Werror"
    root = write({"CMakeLists.txt": "project(x)\nenable_testing()\n", "a.c": "", CI: steps(run)})
    assert ran(root, "lint") == [(run, ".")]


@pytest.mark.parametrize("run", ["lein test-clj", "lein with-profile dev test", "lein unit-test"])
def test_an_alias_of_leiningen_that_says_so_tests(write: Write, run: str) -> None:
    root = write({"project.clj": "(defproject x)", "test/a.clj": "", CI: steps(run)})
    assert ran(root) == [(run, ".")]


def test_scripts_of_php_test_and_its_interpreter_checks_the_syntax(write: Write) -> None:
    lint = "find . -name '*.php' -print0 | xargs -0 -n1 php -l"
    files = {"composer.json": '{"require-dev": {"phpunit/phpunit": "1"}}', "tests/slow/test.php": ""}
    root = write({**files, CI: steps("vendor/bin/phpunit", "php tests/slow/test.php", lint)})
    assert ("php tests/slow/test.php", ".") in ran(root)
    assert ran(root, "lint") == [(lint, ".")]


def test_a_variable_that_is_not_known_is_no_word_of_a_command(write: Write) -> None:
    root = write({"pyproject.toml": "", "tests/test_a.py": "", CI: steps("nose2 ${VERBOSE} -s tests/unit")})
    assert ran(root)[0] == ("nose2", ".")


@pytest.mark.parametrize(("other", "test"), [("l10n.yml", "make check"), ("tests.yml", "")])
def test_a_workflow_called_integration_checks_a_change_where_no_other_does(write: Write, other: str, test: str) -> None:
    files = {"pyproject.toml": "", "tests/some/test_a.py": "", f".github/workflows/{other}": steps("echo")}
    found = detect(write({**files, ".github/workflows/integration.yml": steps("pytest tests/some")}))
    assert any(f.command == "pytest tests/some" for f in found.test) == bool(test)
