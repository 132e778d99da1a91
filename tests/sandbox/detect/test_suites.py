"""Which suite is meant: what CI runs to check a change, not what clones, needs a browser or tests nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
CI = ".github/workflows/ci.yml"
PYARGS = "pytest --doctest-modules --pyargs p"
PROJECT = '[project]\nname = "x"\n[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'


def steps(*runs: str) -> str:
    return "on: push\njobs:\n  check:\n    steps:\n" + "".join(f"      - run: {json.dumps(r)}\n" for r in runs)


def lines(root: Path, kind: str = "test") -> list[str]:
    return [f.command for f in getattr(detect(root), kind)]


def package(**scripts: str) -> str:
    return json.dumps({"name": "x", "scripts": scripts, "devDependencies": {}}, indent=1)


# -- Python ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "files",
    [
        {"requirements-dev.txt": "pytest\n"},
        {"pyproject.toml": '[tool.pytest.ini_options]\naddopts = "-ra"\n'},
        {"tests/test_a.py": "", "lib/a.py": ""},
        {"dev-requirements.txt": "pytest>=8\n", "pkg/a.py": ""},
        {"requirements/test.txt": "pytest\n", "pytest.ini": "[pytest]\n"},
        {"src/a.py": "", "src/test_a.py": ""},
        {"uv.lock": "", "pyproject.toml": "[tool.uv]\ndev-dependencies = ['pytest']\n"},
    ],
)
def test_python_is_seen_by_what_ci_runs_and_by_any_list_of_packages(write: Write, files: dict[str, str]) -> None:
    root = write({**files, CI: steps("pip install pytest", "python -m pytest")})
    assert lines(root) == ["pytest"]
    assert detect(root).ecosystems == ("python",)


@pytest.mark.parametrize(
    ("runs", "first", "others"),
    [
        (["pytest tests/unit -s", "pytest tests/integration"], "pytest tests/unit", []),
        (["pytest tests/e2e", "pytest tests/unit"], "pytest tests/unit", []),
        (["pytest -m slow", "pytest -m 'not slow'"], "pytest -m 'not slow'", []),
        (
            ["pytest --pyargs pkg.drawing", "pytest --doctest-modules --pyargs pkg"],
            "pytest --doctest-modules --pyargs pkg",
            [],
        ),
        (["pytest tests/unit", "pytest tests/functional"], "pytest tests/unit", ["pytest tests/functional"]),
        (["pytest tests/unit/test_a.py", "pytest"], "pytest", []),
        (["pytest tests/test_a.py", "pytest tests/test_b.py"], "pytest", []),
        (["pytest", "python manage.py test"], "pytest", ["python manage.py test"]),
        (["pytest -k memray --memray", "pytest -m integration"], "pytest", []),
        (["pytest -m unit", "pytest -m integration"], "pytest -m unit", []),
        (["pytest -k m", "pytest -m 'not integration and not perf'"], "pytest -m 'not integration and not perf'", []),
        (["pytest tests/unit", "pytest tests/unit --cov --junitxml=x.xml"], "pytest tests/unit", []),
    ],
)
def test_ci_s_own_suite_comes_first_and_its_other_suites_stand_apart(
    write: Write, runs: list[str], first: str, others: list[str]
) -> None:
    dirs = {f"tests/{d}/test_a.py": "" for d in ("unit", "integration", "e2e", "functional")}
    files = {"pyproject.toml": PROJECT, "manage.py": "", "tests/test_a.py": "", "tests/test_b.py": "", **dirs}
    found = detect(write({**files, CI: steps(*runs)})).test
    assert found[0].command == first
    apart = [f.command for f in found if f.suite != found[0].suite]
    assert apart == others


@pytest.mark.parametrize(
    ("name", "other"),
    [("integration", "pytest tests/integration"), ("nightly", "pytest --slow"), ("downstream", "pytest tests/other")],
)
def test_a_workflow_with_another_purpose_does_not_choose(write: Write, name: str, other: str) -> None:
    files = {"tests/unit/test_a.py": "", "tests/integration/test_b.py": "", "pyproject.toml": PROJECT}
    workflows = {f".github/workflows/{name}.yml": steps(other), CI: steps("pytest tests/unit")}
    assert lines(write({**files, **workflows}))[0] == "pytest tests/unit"


@pytest.mark.parametrize(
    ("script", "env"),
    [
        ("export PYTHONPATH=src\npytest", {"PYTHONPATH": "src"}),
        ("export PYTHONPATH=$PWD/lib:$PYTHONPATH\npytest tests", {"PYTHONPATH": "lib"}),
        ('export PYTHONPATH="$(pwd)"\npytest', {"PYTHONPATH": "."}),
        ("declare -x APP_ENV=test && pytest", {"APP_ENV": "test"}),
        ("DJANGO_SETTINGS_MODULE=x.settings pytest", {"DJANGO_SETTINGS_MODULE": "x.settings"}),
        ("env APP_ENV=test pytest", {}),
        ("export APP_ENV=${APP_ENV:-test}\npytest", {"APP_ENV": "test"}),
        ("export GITHUB_TOKEN=abc PATH=$PATH:x\npytest", {}),
    ],
)
def test_what_a_script_exports_is_there_when_its_tests_run(write: Write, script: str, env: dict[str, str]) -> None:
    files = {"setup.py": "", "tests/test_a.py": "", "scripts/test.sh": script, CI: steps("bash scripts/test.sh")}
    (first, *_) = detect(write(files)).test
    assert first.env == {"CI": "1", **env} or (script.startswith("env ") and first.env["CI"] == "1")


@pytest.mark.parametrize(
    ("files", "run"),
    [
        ({"Makefile": "export APP_ENV := test\ntest:\n\tpytest\n"}, "make test"),
        ({"tox.ini": "[testenv]\nsetenv =\n    APP_ENV = test\ncommands = pytest\n"}, "tox -e py"),
        (
            {"noxfile.py": "import nox\n@nox.session\ndef t(s):\n    s.run('pytest', env={'APP_ENV': 'test'})\n"},
            "nox -s t",
        ),
        ({"pyproject.toml": "[tool.poe.tasks.test]\ncmd = 'pytest'\nenv = {APP_ENV = 'test'}\n"}, "poe test"),
        ({"justfile": 'export APP_ENV := "test"\ntest:\n    pytest\n'}, "just test"),
        ({"Taskfile.yml": "tasks:\n  test:\n    env: {APP_ENV: test}\n    cmds: [pytest]\n"}, "task test"),
        ({"mise.toml": "[env]\nAPP_ENV = 'test'\n[tasks.test]\nrun = 'pytest'\n"}, "mise run test"),
        ({"hatch.toml": "[envs.a.env-vars]\nAPP_ENV='test'\n[envs.a.scripts]\ntest='pytest'\n"}, "hatch run a:test"),
        ({}, "echo APP_ENV=test >> $GITHUB_ENV"),
    ],
)
def test_what_a_task_sets_is_there_when_its_tests_run(write: Write, files: dict[str, str], run: str) -> None:
    more = ["pytest"] if "GITHUB_ENV" in run else []
    root = write({"setup.py": "", "tests/test_a.py": "", **files, CI: steps(run, *more)})
    assert detect(root).test[0].env == {"CI": "1", "APP_ENV": "test"}


@pytest.mark.parametrize(
    "text",
    [
        '[tool.ruff]\nexclude = [".pytest_cache", "x"]\n',
        '[tool.black]\nextend-exclude = "/.pytest_cache/"\n',
        '[tool.isort]\nknown_third_party = ["pytest"]\n',
        '[tool.ruff.lint]\nselect = ["PT"]  # flake8-pytest-style\n',
        '[[tool.mypy.overrides]]\nmodule = "pytest.*"\nignore_missing_imports = true\n',
        '[project]\nname = "x"\nkeywords = ["pytest", "django"]\n',
    ],
)
def test_the_mere_word_pytest_is_no_evidence_ahead_of_what_ci_runs(write: Write, text: str) -> None:
    root = write({"pyproject.toml": text, "manage.py": "", "app/tests.py": "", CI: steps("python manage.py test app")})
    assert lines(root) == ["python manage.py test app"]
    assert lines(write({CI: steps("true")})) == ["python manage.py test"]


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("pytest test_p.py p -v --cov p --cov-report term-missing", "pytest test_p.py p"),
        ("pytest --cov p tests", "pytest tests"),
        ("pytest --cov -n auto tests", "pytest tests"),
        ("pytest --cov=p tests", "pytest tests"),
        ("pytest tests --cov", "pytest tests"),
        ("pytest --log-file log.txt --junit-prefix x tests", "pytest tests"),
    ],
)
def test_what_a_flag_of_pytest_takes_is_no_path(write: Write, run: str, expected: str) -> None:
    files = {"p/a.py": "", "tests/test_a.py": "", "test_p.py": "", CI: steps(run)}
    assert lines(write(files))[0] == expected


def test_what_ci_runs_comes_before_what_files_speak_for(write: Write) -> None:
    """So that the base's run falls through to it first, not last."""
    files = {"pyproject.toml": PROJECT, "runtests.py": "", "tests/test_a.py": "", CI: steps("python runtests.py")}
    assert lines(write(files)) == ["python runtests.py", "pytest"]


@pytest.mark.parametrize("flags", ["-Wall", "-W error", "-X dev -W error", "-b", "-u -W ignore"])
def test_flags_of_python_do_not_hide_a_runner(write: Write, flags: str) -> None:
    files = {"setup.py": "", "tests/runtests.py": "", CI: steps(f"cd tests && python {flags} runtests.py")}
    (found,) = detect(write(files)).test
    assert (found.cwd, found.command) == ("tests", "python runtests.py")


def test_a_script_that_ci_writes_itself_is_no_runner(write: Write) -> None:
    root = write(
        {"setup.py": "", "tests/test_a.py": "", CI: steps("echo 'import x' > test.py && python test.py", "pytest")}
    )
    assert lines(root) == ["pytest"]


# -- JavaScript --------------------------------------------------------------------------------------------------------


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
    ("runs", "expected"),
    [
        (["cargo test --features sqlite"], "cargo test --features sqlite"),
        (["cargo test --verbose --all --features a,b", "cargo test --workspace"], "cargo test --workspace"),
        (["cargo test -p one", "cargo test --doc"], "cargo test"),
        (["cargo test --all-features --no-fail-fast", "cargo test"], "cargo test --all-features"),
        (["cargo test --target x86_64-x", "cargo test name_of_one"], "cargo test"),
    ],
)
def test_the_features_with_which_ci_tests_are_kept(write: Write, runs: list[str], expected: str) -> None:
    assert lines(write({"Cargo.toml": "[package]\n", CI: steps(*runs)}))[0] == expected


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


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"composer.json": '{"scripts": {"test": "phpcs src"}}'}, []),
        ({"composer.json": '{"scripts": {"test": ["@cs"], "cs": "php-cs-fixer fix --dry-run"}}'}, []),
        ({"composer.json": '{"require": {"php": ">=8"}}'}, []),
        ({"CMakeLists.txt": "project(x)\n", "main.c": ""}, []),
        ({"pyproject.toml": '[project]\nname="x"\n', "x/a.py": ""}, []),
        ({"notebooks/a.ipynb": "{}", "requirements.txt": "numpy\n"}, []),
        ({"package.json": json.dumps({"workspaces": ["p/*"]}), "p/a/package.json": "{}"}, []),
    ],
)
def test_no_suite_is_invented(write: Write, files: dict[str, str], expected: list[str]) -> None:
    assert lines(write(files)) == expected


def test_notebooks_are_said_to_have_nothing_to_run(write: Write) -> None:
    found = detect(write({f"n/{i}.ipynb": "{}" for i in range(3)} | {"environment.yml": "dependencies: [numpy]\n"}))
    assert found.test == ()
    assert any("notebooks" in note.reason for note in found.not_run)
