"""What strangers' repositories had: loops, services, conventions of their builds, scripts of other runners."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
CI = ".github/workflows/ci.yml"
PYTHON = {"pyproject.toml": "[project]\nname = 'x'\n", "tests/test_a.py": "def test_a(): pass\n", "x/__init__.py": ""}
GO = {"go.mod": "module x\n", "a.go": ""}


def steps(*runs: str) -> str:
    return "on: push\njobs:\n  check:\n    steps:\n" + "".join(f"      - run: {json.dumps(r)}\n" for r in runs)


def below(directory: str, files: Mapping[str, str]) -> dict[str, str]:
    return {f"{directory}/{name}": text for name, text in files.items()}


@pytest.mark.parametrize(
    "run",
    [
        "for d in libs/a libs/b; do (cd $d && go test ./...); done",
        'for d in libs/a libs/b\ndo\n  cd "$d"\n  go test ./...\n  cd -\ndone',
        "for m in a b; do\n  go -C libs/${m} test ./...\ndone",
        "cd $GITHUB_WORKSPACE/libs/a && go test ./...\ncd ${GITHUB_WORKSPACE}/libs/b && go test ./...",
        "(cd libs/a; go test ./...); (cd libs/b; go test ./...)",
        "pushd libs/a\ngo test ./...\npopd\npushd libs/b && go test ./... && popd",
    ],
)
def test_directories_of_a_loop_or_below_the_workspace_are_those_that_ci_works_in(write: Write, run: str) -> None:
    found = detect(write({**below("libs/a", GO), **below("libs/b", GO), CI: steps(run)}))
    assert [(f.command, f.cwd, f.confidence) for f in found.test] == [
        ("go test ./...", "libs/a", "confirmed"),
        ("go test ./...", "libs/b", "confirmed"),
    ]


@pytest.mark.parametrize("build", ["./backend", "{context: backend, dockerfile: Dockerfile}"])
def test_a_command_of_a_compose_service_runs_where_the_service_is_built(write: Write, build: str) -> None:
    compose = {"docker-compose.yml": f"services:\n  api:\n    build: {build}\n"}
    run = "docker compose run --rm -e A=b api pytest"
    found = detect(write({**compose, **below("backend", PYTHON), CI: steps(run)}))
    assert [(f.command, f.cwd) for f in found.test] == [("pytest", "backend")]


def test_the_part_of_the_tests_that_has_services_in_ci_does_not_come_first(write: Write) -> None:
    jobs = (
        "on: push\njobs:\n  db:\n    services: {pg: {image: postgres}}\n    steps:\n      - run: pytest tests/db\n"
        "  unit:\n    steps:\n      - run: pytest tests/unit\n"
    )
    parts = {"tests/db/test_a.py": "", "tests/unit/test_a.py": ""}
    found = detect(write({"pyproject.toml": "[project]\nname = 'x'\n", **parts, CI: jobs}))
    assert found.test[0].command == "pytest tests/unit"
    assert "pytest tests/db" in [n.subject for n in found.not_run]


def test_a_suite_that_is_set_aside_does_not_stand_in_for_the_main_one(write: Write) -> None:
    jobs = (
        "on: push\njobs:\n  integration:\n    steps:\n      - run: pytest tests/integration --clone\n"
        "  unit:\n    steps:\n      - run: pytest tests/unit\n"
    )
    parts = {"tests/integration/test_a.py": "", "tests/unit/test_a.py": ""}
    found = detect(write({"pyproject.toml": "[project]\nname = 'x'\n", **parts, CI: jobs}))
    assert [f.command for f in found.test] == ["pytest tests/unit", "pytest"]


def test_continuous_integration_is_no_integration_test(write: Write) -> None:
    files = {**PYTHON, ".github/workflows/continuous-integration.yml": steps("pytest tests")}
    files[".github/workflows/lint.yml"] = steps("ruff check .")
    found = detect(write(files)).test[0]
    assert (found.command, found.confidence) == ("pytest tests", "confirmed")


@pytest.mark.parametrize(
    ("files", "runs"),
    [
        ({"Pipfile": "[scripts]\ntest = 'pytest tests'\nlint = 'flake8 x'\n"}, ["pipenv run test", "pipenv run lint"]),
        (
            {"pyproject.toml": "[project]\nname='x'\n[tool.taskipy.tasks]\ntest='pytest tests'\nlint='flake8 x'\n"},
            ["poetry run task test", "task lint"],
        ),
        (
            {"pyproject.toml": "[tool.taskipy.tasks]\npre_test='flake8 x'\ntest={cmd='pytest tests', help='x'}\n"},
            ["task test"],
        ),
        (
            {"pyproject.toml": "[tool.rye.scripts]\nall={chain=['l', 't']}\nl='flake8 x'\nt={cmd='pytest tests'}\n"},
            ["rye run all"],
        ),
        (
            {
                "tasks/__init__.py": "from . import q\n",
                "tasks/q.py": "from invoke import task\n@task\ndef lint(c):\n    c.run('flake8 x')\n"
                "@task(pre=[lint])\ndef test(c):\n    c.run('pytest tests')\n",
            },
            ["invoke q.test"],
        ),
    ],
)
def test_scripts_of_other_runners_of_python_are_followed(write: Write, files: dict[str, str], runs: list[str]) -> None:
    found = detect(write({**PYTHON, **files, CI: steps(*runs)}))
    assert (found.test[0].command, found.test[0].confidence) == ("pytest tests", "confirmed")
    assert [f.command for f in found.lint] == ["flake8 x"]


def test_tox_without_a_list_runs_its_base(write: Write) -> None:
    ini = "[testenv]\ncommands = stestr run {posargs}\n[testenv:pep8]\ncommands = flake8\n"
    found = detect(write({"setup.cfg": "[metadata]\nname = x\n", "tox.ini": ini, "x/tests/test_a.py": ""}))
    assert [f.command for f in found.test] == ["stestr run"]
    assert [f.command for f in found.lint] == ["flake8 ."]


def test_django_s_tests_run_where_manage_py_is(write: Write) -> None:
    files = {"requirements.txt": "django\n", "mysite/manage.py": "", "mysite/polls/tests.py": ""}
    assert [(f.command, f.cwd) for f in detect(write(files)).test] == [("python manage.py test", "mysite")]


def test_notebooks_that_ci_runs_by_pytest_are_run_so(write: Write) -> None:
    found = detect(write({"a.ipynb": "{}", "requirements.txt": "numpy\n", CI: steps("pytest --nbmake .")}))
    assert found.test[0].command == "pytest --nbmake ."


@pytest.mark.parametrize(
    ("run", "lint"),
    [
        ("git ls-files '*.py' | xargs flake8 --max-line-length 100", ["flake8 --max-line-length 100 ."]),
        ("find x -name '*.py' | xargs -n 1 -P 4 pylint", ["pylint x"]),
        ("git ls-files '*.py' | xargs rm", []),
        ("git diff --name-only | xargs flake8", []),
    ],
)
def test_a_linter_that_is_handed_all_files_checks_the_tree(write: Write, run: str, lint: list[str]) -> None:
    assert [f.command for f in detect(write({**PYTHON, CI: steps(run)})).lint] == lint


@pytest.mark.parametrize("place", ["buildSrc/src/main/kotlin", "build-logic/convention/src/main/kotlin", "gradle"])
def test_linters_of_a_build_s_own_plugins_are_seen(write: Write, place: str) -> None:
    files = {"settings.gradle.kts": "", "build.gradle.kts": "", "app/build.gradle.kts": 'plugins { id("conv") }'}
    plugin = 'plugins {\n  id("com.diffplug.spotless")\n}\n'
    found = detect(write({**files, "app/src/A.kt": "", f"{place}/conv.gradle.kts": plugin, "gradlew": "#!/bin/sh\n"}))
    assert [f.command for f in found.lint] == ["./gradlew spotlessCheck"]


def test_aliases_and_options_of_cargo_are_followed(write: Write) -> None:
    alias = "[alias]\nlint = 'clippy --all-targets -- -D warnings'\nt = ['test', '--workspace']\n"
    files = {"Cargo.toml": "[package]\nname = 'x'\n", "src/lib.rs": "", ".cargo/config.toml": alias}
    found = detect(write({**files, CI: steps("cargo --config a.b=1 lint", "cargo t")}))
    assert [f.command for f in found.lint] == ["cargo clippy --all-targets -- -D warnings"]
    assert found.test[0].command == "cargo test --workspace"


def test_phpunit_is_run_on_the_suites_that_need_only_a_checkout(write: Write) -> None:
    runs = [f"vendor/bin/phpunit --testsuite {name}" for name in ("functional", "unit", "architecture")]
    files = {"composer.json": '{"require-dev": {"phpunit/phpunit": "*"}}', "phpunit.xml": "", "a.php": ""}
    found = detect(write({**files, CI: steps(*runs)})).test
    assert [f.command for f in found] == [
        "vendor/bin/phpunit --testsuite unit",
        "vendor/bin/phpunit --testsuite architecture",
    ]


def test_types_are_not_checked_by_a_script_that_builds(write: Write) -> None:
    scripts = {"build": "run-p type-check build-only", "build-only": "vite build", "type-check": "vue-tsc --noEmit"}
    files = {"package.json": json.dumps({"scripts": scripts}, indent=1), "a.ts": ""}
    assert [f.command for f in detect(write({**files, CI: steps("npm run build")})).types] == ["npm run type-check"]


@pytest.mark.parametrize("directory", ["api_tests", "tests/api-testing", "e2e-tests"])
def test_a_project_that_tests_a_running_application_is_named(write: Write, directory: str) -> None:
    script = {"package.json": json.dumps({"scripts": {"test": "jest"}}), "a.js": ""}
    found = detect(write({**GO, **below(directory, script), CI: steps("go test ./...", f"cd {directory} && npm test")}))
    assert [(f.command, f.cwd) for f in found.test] == [("go test ./...", ".")]
    assert "npm test" in [n.subject for n in found.not_run]


def test_each_linting_task_of_rake_counts_and_a_script_for_rake_is_no_test(write: Write) -> None:
    runs = ["bin/rake lint:rb", "bin/rake lint:js", "bundle exec rake -rx -e'puts 1'", "bundle exec rspec"]
    found = detect(write({"Gemfile": "gem 'rspec'", "spec/a_spec.rb": "", "a.rb": "", CI: steps(*runs)}))
    assert [f.command for f in found.lint] == ["bundle exec rake lint:rb", "bundle exec rake lint:js"]
    assert [f.command for f in found.test] == ["bundle exec rspec"]


def test_an_application_of_xcode_is_named_and_linted(write: Write) -> None:
    files = {"ios/App.xcodeproj/project.pbxproj": "", "ios/A.swift": "", **below("server", GO)}
    found = detect(write({**files, CI: steps("cd server && go test ./...", "xcodebuild test", "swiftlint --strict")}))
    assert [f.command for f in found.test] == ["go test ./..."]
    assert [f.command for f in found.lint] == ["swiftlint --strict"]
    assert [n.subject for n in found.not_run] == ["ios/App.xcodeproj"]


def test_a_package_of_a_workspace_that_ci_tests_with_features_of_its_own_is_a_suite(write: Write) -> None:
    files = {"Cargo.toml": "[workspace]\nmembers = ['core', 'cli']\n", "core/Cargo.toml": "[package]\nname='core'\n"}
    files |= {"cli/Cargo.toml": "[package]\nname='cli'\n", "core/src/lib.rs": "", "cli/src/main.rs": ""}
    found = detect(write({**files, CI: steps("cd core && cargo test --features full", "cargo test -p cli")})).test
    assert [(f.command, f.cwd) for f in found] == [("cargo test", "."), ("cargo test --features full", "core")]


def test_a_step_of_one_leg_among_many_is_seen(write: Write) -> None:
    axis = "[a, b, c, d, e]"
    job = (
        f"on: push\njobs:\n  c:\n    strategy:\n      matrix: {{x: {axis}, y: {axis}, z: {axis}}}\n    steps:\n"
        "      - run: pytest -k ${{ matrix.x }}\n      - if: matrix.x == 'd' && matrix.y == 'b' && matrix.z == 'e'\n"
        "        run: flake8 x\n"
    )
    assert [f.command for f in detect(write({**PYTHON, CI: job})).lint] == ["flake8 x"]
