"""Whole repositories, each a few own lines, and the commands that a maintainer would name."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import Detection, detect, to_json

Write = Callable[[Mapping[str, str]], Path]


def lines(found: tuple[object, ...]) -> list[str]:
    return [f.command for f in found]  # type: ignore[attr-defined]


def workflow(*runs: str) -> str:
    steps = "".join(f"      - run: {json.dumps(run)}\n" for run in runs)
    return f"on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"


def test_a_python_project_with_groups_is_installed_outside_of_the_tree(write: Write) -> None:
    found = detect(
        write(
            {
                "pyproject.toml": """
                    [build-system]
                    requires = ["hatchling"]
                    [project]
                    name = "sample"
                    [project.optional-dependencies]
                    docs = ["sphinx"]
                    socks = ["pysocks"]
                    [dependency-groups]
                    test = ["pytest"]
                    [tool.pytest.ini_options]
                    """,
                ".github/workflows/ci.yml": workflow("pip install -e '.[socks]'", "python -m pytest -n auto --cov"),
            }
        )
    )
    install = lines(found.setup)[2]
    assert install.endswith("-e '.[socks]' --group test")
    assert install.startswith('"$HOME/venv/bin/python" -m pip install')
    assert lines(found.test) == ["pytest"]
    assert found.test[0].confidence == "confirmed"
    assert found.test[0].evidence[0].file == ".github/workflows/ci.yml"
    assert found.test[0].evidence[0].line == 7
    assert found.test[0].env == {"CI": "1"}
    assert (found.lint, found.types) == ((), ())


def test_a_lock_file_of_uv_is_used_as_it_is(write: Write) -> None:
    text = '[project]\nname = "x"\n[dependency-groups]\ndev = ["pytest"]\nlint = ["ruff"]\ndocs = ["sphinx"]\n'
    found = detect(write({"pyproject.toml": text, "uv.lock": ""}))
    assert lines(found.setup)[-1].endswith("sync --frozen --inexact --group lint")


def test_pip_stands_in_for_poetry_with_what_its_lock_file_pins(write: Write) -> None:
    manifest = """
        [tool.poetry]
        name = "x"
        [tool.poetry.dependencies]
        python = ">=3.9"
        click = "^8"
        [tool.poetry.group.dev.dependencies]
        pytest = "^7.2"
        coverage = {version = "^7", extras = ["toml"]}
        local = {path = "../local"}
        "x; rm -rf ~" = "1"
        [tool.poetry.group.docs.dependencies]
        sphinx = "^4"
        [tool.poetry.group.slow]
        optional = true
        [tool.poetry.group.slow.dependencies]
        numpy = "^2"
        [build-system]
        requires = ["poetry-core"]
        """
    packages = [("click", "8.1.7"), ("pytest", "7.4.4"), ("tomli", "1.0"), ("tomli", "2.0"), ("bad", "1\nPINS_END\nid")]
    lock = "".join(f"[[package]]\nname = {json.dumps(n)}\nversion = {json.dumps(v)}\n" for n, v in packages)
    found = detect(write({"pyproject.toml": manifest, "poetry.lock": lock, "x/__init__.py": "", "tests/test_x.py": ""}))
    brought, step = [one for one in found.setup if "poetry" in one.command]
    assert brought.optional
    assert step.instead.splitlines() == [
        "cat >\"$HOME/poetry-pins.txt\" <<'PINS_END'",
        "click==8.1.7",
        "pytest==7.4.4",
        "PINS_END",
        '"$HOME/venv/bin/python" -m pip install -c "$HOME/poetry-pins.txt" -e . pytest \'coverage[toml]\'',
    ]
    no_package = manifest.replace('name = "x"', 'name = "x"\n        package-mode = false')
    found = detect(write({"pyproject.toml": no_package}))
    assert found.setup[2].instead.endswith("click pytest 'coverage[toml]'")


def test_checks_are_found_through_tox_and_the_hooks_it_runs(write: Write) -> None:
    found = detect(
        write(
            {
                "setup.py": "from setuptools import setup\nsetup(extras_require={'test': ['pytest']})\n",
                "tox.ini": """
                    [tox]
                    envlist = py{311,312}, lint, types
                    [testenv]
                    deps = pytest-mock
                    commands = pytest {posargs:-n auto}
                    [testenv:lint]
                    commands = pre-commit run --all-files
                    [testenv:types]
                    commands = mypy {posargs:src}
                    """,
                ".pre-commit-config.yaml": """
                    repos:
                      - repo: https://github.com/astral-sh/ruff-pre-commit
                        rev: v0.9.1
                        hooks:
                          - id: ruff
                            args: [--fix]
                          - id: ruff-format
                      - repo: https://github.com/pre-commit/pre-commit-hooks
                        rev: v5
                        hooks: [{id: trailing-whitespace}]
                    """,
                ".github/workflows/ci.yml": workflow("tox -e lint,types", "tox -e py312"),
            }
        )
    )
    assert lines(found.test) == ["pytest"]
    assert lines(found.lint) == ["ruff check .", "ruff format --check ."]
    assert lines(found.types) == ["mypy src"]
    assert [(line.split()[-1], one.optional) for line, one in zip(lines(found.setup), found.setup, strict=True)][
        -2:
    ] == [
        ("ruff==0.9.1", True),
        ("mypy", True),
    ], "what cannot be installed for one of them keeps no other, and no test, from running"
    assert "pytest-mock" in " ".join(lines(found.setup))


def test_a_collection_of_hooks_pins_no_tool(write: Write) -> None:
    hooks = """
        repos:
          - repo: https://github.com/pre-commit/pre-commit-hooks
            rev: v2.1.0
            hooks: [{id: flake8, additional_dependencies: [flake8-typing-imports]}]
          - repo: https://github.com/pre-commit/mirrors-mypy
            rev: v1.19.1
            hooks: [{id: mypy}]
          - repo: https://github.com/PyCQA/flake8-like-things
            rev: v7.0
            hooks: [{id: bandit}]
          - repo: https://github.com/PyCQA/bandit.git
            rev: 1.8.0
            hooks: [{id: pylint}]
        """
    found = detect(write({"setup.py": "", "a.py": "", ".pre-commit-config.yaml": hooks}))
    brought = " ".join(lines(found.setup))
    assert "flake8 flake8-typing-imports" in brought
    assert "flake8==" not in brought
    assert "mypy==1.19.1" in brought
    assert "bandit==" not in brought
    assert any(note.subject.startswith("pre-commit") for note in found.not_run)


def test_a_noxfile_is_read_and_never_run(write: Write) -> None:
    root = write(
        {
            "pyproject.toml": '[project]\nname = "x"\n',
            "noxfile.py": """
                import nox, pathlib
                pathlib.Path("ran").write_text("")
                def _tests(session):
                    session.run("pytest", "tests", *session.posargs)
                @nox.session(python=["3.12"])
                def tests(session):
                    session.install("pytest", "trustme")
                    _tests(session)
                @nox.session
                def lint(session):
                    session.run("flake8", "src")
                """,
            "tests/test_x.py": "",
        }
    )
    found = detect(root)
    assert lines(found.test)[0] == "pytest tests"
    assert lines(found.lint) == ["flake8 src"]
    assert "trustme" in " ".join(lines(found.setup))
    assert not (root / "ran").exists()


def test_a_runner_of_the_projects_own_comes_first_where_nothing_speaks_of_pytest(write: Write) -> None:
    files = {"setup.py": "", "tests/runtests.py": "", ".travis.yml": "script:\n  - python -Wall tests/runtests.py\n"}
    assert lines(detect(write(files)).test)[0] == "python tests/runtests.py"


def test_nothing_is_invented_for_a_project_without_linters(write: Write) -> None:
    found = detect(write({"pyproject.toml": '[project]\nname = "x"\n', "tests/test_a.py": ""}))
    assert lines(found.test) == ["pytest"]
    assert found.test[0].confidence == "default"
    assert (found.lint, found.types) == ((), ())


def test_a_target_that_only_rewrites_is_no_linter(write: Write) -> None:
    found = detect(write({"setup.py": "", "Makefile": "format:\n\tblack .\n\nlint:\n\tflake8 src\n"}))
    assert lines(found.lint) == ["flake8 src"]


def package(**scripts: str) -> str:
    return json.dumps({"name": "x", "scripts": scripts}, indent=1)


def test_npm_scripts_are_named_by_what_they_do(write: Write) -> None:
    scripts = {"test": "vitest", "lint": "eslint .", "check": "tsc --noEmit", "fix": "eslint . --fix", "build": "tsc"}
    found = detect(write({"package.json": package(**scripts), "package-lock.json": "{}"}))
    assert lines(found.setup) == ["npm ci"]
    assert lines(found.test) == ["npm test"]
    assert lines(found.lint) == ["npm run lint"]
    assert lines(found.types) == ["npm run check"]


def test_a_test_script_that_also_lints_gives_way_to_the_tests_in_it(write: Write) -> None:
    found = detect(write({"package.json": package(test="npm run lint && npm run unit", unit="mocha", lint="standard")}))
    assert lines(found.test) == ["npm run unit", "npm test"]
    assert lines(found.lint) == ["npm run lint"]
    found = detect(write({"package.json": package(test="xo && NODE_OPTIONS=--import=tsx ava && tsd")}))
    assert lines(found.test) == ["npx ava", "npm test"]
    assert found.test[0].env == {"CI": "1", "NODE_OPTIONS": "--import=tsx"}
    assert (lines(found.lint), lines(found.types)) == (["npx xo"], ["npx tsd"])


def test_a_lint_script_that_rewrites_is_run_without_rewriting(write: Write) -> None:
    found = detect(write({"package.json": package(test="jest", lint="eslint --fix src")}))
    assert lines(found.lint) == ["npx eslint src"]
    assert found.lint[0].note


def test_browsers_are_named_and_not_run(write: Write) -> None:
    found = detect(
        write(
            {
                "package.json": package(
                    **{"test": "run-s test:*", "test:unit": "vitest run", "test:e2e": "playwright test"}
                )
            }
        )
    )
    assert lines(found.test)[0] == "npm run test:unit"
    assert [n.subject for n in found.not_run if "browser" in n.reason] == ["playwright test"]


@pytest.mark.parametrize(
    ("files", "setup"),
    [
        ({"yarn.lock": ""}, "yarn install --frozen-lockfile"),
        ({"yarn.lock": "", ".yarnrc.yml": ""}, "yarn install --immutable"),
        ({"pnpm-lock.yaml": "", "package-lock.json": ""}, "pnpm install --frozen-lockfile"),
        ({"bun.lock": ""}, "bun install --frozen-lockfile"),
        ({}, "npm install"),
    ],
)
def test_the_lock_file_decides_the_package_manager(write: Write, files: dict[str, str], setup: str) -> None:
    assert lines(detect(write({"package.json": package(test="jest"), **files})).setup) == [setup]


def test_scripts_over_all_packages_count_by_their_name(write: Write) -> None:
    scripts = {"test": "pnpm -r test", "lint": "turbo lint", "typecheck": "pnpm run --filter=./packages/* typecheck"}
    found = detect(write({"package.json": package(**scripts, fix="turbo lint -- --fix"), "pnpm-lock.yaml": ""}))
    assert lines(found.test) == ["pnpm test"]
    assert lines(found.lint) == ["pnpm run lint"]
    assert lines(found.types) == ["pnpm run typecheck"]


def test_the_placeholder_of_npm_init_is_no_test(write: Write) -> None:
    assert detect(write({"package.json": package(test='echo "Error: no test specified" && exit 1')})).test == ()


CI = ".github/workflows/ci.yml"
PHP = '{"scripts": {"test": ["@cs", "phpunit"], "cs": "phpcs"}}'


@pytest.mark.parametrize(
    ("files", "test", "lint", "types"),
    [
        ({"go.mod": "module x\n"}, "go test ./...", [], []),
        ({"go.mod": "", "Makefile": "lint:\n\tgo vet ./...\n"}, "go test ./...", ["go vet ./..."], []),
        (
            {"Cargo.toml": "[package]\n", CI: workflow("cargo fmt -- --check", "cargo clippy -- -D warnings")},
            "cargo test",
            ["cargo fmt -- --check", "cargo clippy -- -D warnings"],
            [],
        ),
        ({"pom.xml": "<artifactId>x</artifactId>"}, "mvn -B test", [], []),
        ({"pom.xml": "", "mvnw": ""}, "./mvnw -B test", [], []),
        (
            {"build.gradle": "", "gradlew": "#!/bin/sh\n", CI: workflow("./gradlew spotlessCheck")},
            "./gradlew test",
            ["./gradlew spotlessCheck"],
            [],
        ),
        ({"Gemfile": "", "Rakefile": "task default: :test\n"}, "bundle exec rake", [], []),
        (
            {"composer.json": PHP, "phpstan.neon": "", "phpunit.xml": ""},
            "vendor/bin/phpunit",
            ["vendor/bin/phpcs"],
            ["vendor/bin/phpstan analyse"],
        ),
        (
            {"mix.exs": "", CI: workflow("mix format --check-formatted", "mix test")},
            "mix test",
            ["mix format --check-formatted"],
            [],
        ),
        (
            {"CMakeLists.txt": "project(x)\n"},
            "cmake --build build -j2 && ctest --test-dir build --output-on-failure",
            [],
            [],
        ),
        ({"Makefile": "test: all\n\t./run\n", "a.c": ""}, "make test", [], []),
        ({"x.sln": ""}, "dotnet test", [], []),
    ],
)
def test_the_default_of_the_ecosystem_is_proposed_and_linters_need_a_witness(
    write: Write, files: dict[str, str], test: str, lint: list[str], types: list[str]
) -> None:
    found = detect(write(files))
    assert lines(found.test)[0] == test
    assert lines(found.lint) == lint
    assert lines(found.types) == types


@pytest.mark.parametrize(
    ("gofmt", "code", "out"), [(None, 127, ""), ("", 0, "\n"), ("echo ./a.go", 1, "./a.go\n"), ("exit 2", 2, "")]
)
def test_the_formatter_of_go_passes_only_where_it_ran_and_names_what_it_found(
    write: Write, tmp_path: Path, gofmt: str | None, code: int, out: str
) -> None:
    makefile = "lint:\n\t@test -z $(shell gofmt -l $(SRC)) || (gofmt -d $(SRC); exit 1)\n"
    (line,) = lines(detect(write({"go.mod": "", "Makefile": makefile})).lint)
    (tmp_path / "bin").mkdir()
    if gofmt is not None:
        (tmp_path / "bin" / "gofmt").write_text(f"#!/bin/sh\n{gofmt}\n")
        (tmp_path / "bin" / "gofmt").chmod(0o755)
    bash = ("/bin/bash", "-c", line)
    done = subprocess.run(bash, env={"PATH": f"{tmp_path}/bin"}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (code, out)


def test_tooling_in_another_language_does_not_bring_its_set_up(write: Write) -> None:
    files = {f"src/m{n}.py": "" for n in range(12)} | {"setup.py": "", "package.json": package(test="jest"), "x.js": ""}
    found = detect(write(files))
    assert not any("npm" in line for line in lines(found.setup))
    assert any("tooling" in note.reason for note in found.not_run)


def test_an_empty_repository_has_no_commands(tmp_path: Path) -> None:
    assert detect(tmp_path) == Detection()


def test_the_detection_is_plain_json(write: Write) -> None:
    data = to_json(detect(write({"go.mod": "module x\n"})))
    assert json.loads(json.dumps(data))["test"][0]["command"] == "go test ./..."
