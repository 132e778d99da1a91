"""Linters and type checkers: never one that rewrites, cannot work, or passes whatever it finds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
CI = ".github/workflows/ci.yml"
HOOKS = ".pre-commit-config.yaml"


def steps(*runs: str) -> str:
    return "on: push\njobs:\n  check:\n    steps:\n" + "".join(f"      - run: {json.dumps(r)}\n" for r in runs)


def lint(root: Path) -> list[tuple[str, str]]:
    return [(f.cwd, f.command) for f in detect(root).lint]


def hook(name: str, repo: str = "https://example.org/hooks", rev: str = "v1.0", **more: object) -> str:
    entry = {"repo": repo, "hooks": [{"id": name, **more}]}
    return json.dumps({"repos": [entry if repo == "local" else {**entry, "rev": rev}]})


def member(scripts: dict[str, str]) -> dict[str, str]:
    return {
        "package.json": json.dumps({"private": True, "workspaces": ["packages/*"]}),
        "packages/x/package.json": json.dumps({"name": "@s/x", "scripts": scripts}),
        "packages/y/package.json": json.dumps({"name": "@s/y", "scripts": {"other": "true"}}),
    }


@pytest.mark.parametrize(
    "line",
    [
        "bun run --filter @s/x lint",
        "bun run --filter ./packages/x lint",
        "pnpm --filter @s/x lint",
        "pnpm --filter=x run lint",
        "npm run lint --workspace=packages/x",
        "npm run lint -w @s/x",
        "yarn workspace @s/x lint",
        "pnpm -r lint",
        "turbo run lint",
        "lerna run lint",
        "nx run-many -t lint",
    ],
)
def test_a_script_of_a_package_is_followed_to_what_it_rewrites(write: Write, line: str) -> None:
    root = write({**member({"lint": "biome check --write ."}), CI: steps(line)})
    assert lint(root) == [("packages/x", "npx biome check .")]


@pytest.mark.parametrize(
    "line",
    [
        "pnpm -r test",
        "pnpm -r --if-present run test",
        "pnpm --recursive test",
        "pnpm -r --filter './packages/*' test",
        "pnpm test -r",
        "npm test --workspaces --if-present",
        "npm run test -ws",
        "yarn workspaces run test",
        "yarn workspaces foreach -Apt run test",
        "lerna run test",
        "turbo run test --filter=...[origin/main]",
        "bun run --filter '*' test",
    ],
)
def test_a_fan_out_of_tests_counts_only_where_a_package_tests(write: Write, line: str) -> None:
    root = write({**member({"test": "vitest run"}), CI: steps(line)})
    first = line.split()[0]
    assert detect(root).test[0].command.split()[0] == ("npx" if first in ("lerna", "turbo") else first)
    assert detect(root).test[0].confidence == "confirmed"
    untested = write(member({"test": "tsc -b"}))
    assert detect(untested).test == ()


@pytest.mark.parametrize(
    "line", ["nx run-many -t lint test", "turbo run lint test", "turbo lint test", "nx affected -t test lint"]
)
def test_several_scripts_of_one_fan_out_are_each_seen(write: Write, line: str) -> None:
    unknown = detect(write({"package.json": "{}", CI: steps(line)}))
    assert (len(unknown.test), len(unknown.lint)) == (1, 1)
    known = detect(write({**member({"lint": "eslint .", "test": "vitest run"}), CI: steps(line)}))
    assert (len(known.test), len(known.lint)) == (1, 1)
    assert "lint" not in known.test[0].command.split()


def test_a_fan_out_whose_scripts_rewrite_nothing_is_run_as_it_is(write: Write) -> None:
    root = write({**member({"lint": "eslint .", "test": "vitest run"}), CI: steps("pnpm -r lint", "pnpm -r test")})
    assert [c for _, c in lint(root)] == ["pnpm -r lint"]
    assert detect(root).test[0].command == "pnpm -r test"


@pytest.mark.parametrize(
    "args", [["run", "lint", "--", "--fix"], ["run", "lint", "--fix"], ["run", "fmt"], ["run", "all"]]
)
def test_arguments_that_are_handed_on_count(write: Write, args: list[str]) -> None:
    scripts = {"lint": "eslint src", "fmt": "npm run lint -- --fix", "all": "npm-run-all fmt"}
    root = write({"package.json": json.dumps({"scripts": scripts}), CI: steps("npm " + " ".join(args))})
    assert lint(root) in ([(".", "npx eslint src")], [(".", "npm run lint")])


@pytest.mark.parametrize(
    "all_of_it",
    [
        "yarn lint:a && yarn lint:b",
        'concurrently "yarn:lint:*"',
        "npm-run-all lint:a lint:b",
        "run-p lint:*",
        'concurrently "npm:lint:a" "pnpm:lint:b"',
    ],
)
def test_scripts_that_are_called_together_are_all_seen(write: Write, all_of_it: str) -> None:
    scripts = {"lint:a": "eslint .", "lint:b": "prettier --check .", "validate": all_of_it}
    files = {"ui/package.json": json.dumps({"scripts": scripts}), "ui/yarn.lock": "", "setup.py": ""}
    found = detect(write({**files, CI: steps("yarn --cwd ui validate")})).lint
    assert {(f.cwd, f.confidence) for f in found} == {("ui", "confirmed")}
    assert {f.command for f in found} in ({"yarn validate"}, {"yarn lint:a", "yarn lint:b"})


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("python -m flake8p", "python -m flake8p ."),
        ("pflake8", "pflake8 ."),
        ("poetry run flake8", "flake8 ."),
        ("python3 -m flake8 --max-line-length 100", "flake8 --max-line-length 100 ."),
        ("uv run --frozen flake8", "flake8 ."),
        ("env A=1 flake8", "flake8 ."),
    ],
)
def test_a_hook_s_own_entry_is_what_is_run(write: Write, entry: str, expected: str) -> None:
    root = write({"setup.py": "", HOOKS: hook("flake8", entry=entry, additional_dependencies=["Flake8-pyproject"])})
    assert lint(root) == [(".", expected)]
    if "flake8p" in entry:
        assert "Flake8-pyproject" in detect(root).setup[-1].command


@pytest.mark.parametrize(
    ("exclude", "expected"),
    [
        ("^vendor/", "flake8 --extend-exclude=vendor ."),
        ("^(vendor/|docs/conf\\.py)", "flake8 --extend-exclude=vendor,docs/conf.py ."),
        ("(?x)^(\n  a/.*|  # generated\n  b/c/.*\n)$", "flake8 --extend-exclude=a,b/c ."),
        ("(^|/)migrations/", "flake8 --extend-exclude=migrations ."),
        ("_pb2\\.py$", "flake8 --extend-exclude=*_pb2.py ."),
        ("^tests/(data|golden)/", "flake8 --extend-exclude=tests/data,tests/golden ."),
    ],
)
def test_what_a_hook_excludes_is_excluded(write: Write, exclude: str, expected: str) -> None:
    assert lint(write({"setup.py": "", HOOKS: hook("flake8", exclude=exclude)})) == [(".", expected)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ruff", "ruff check --extend-exclude=vendor ."),
        ("ruff-format", "ruff format --check --exclude=vendor ."),
        ("black", "black --check --extend-exclude='^vendor/' ."),
        ("isort", "isort --check-only '--skip-glob=vendor/*' ."),
        ("pylint", "pylint --ignore-paths='^vendor/' ."),
        ("bandit", "bandit --exclude=vendor ."),
    ],
)
def test_each_tool_has_its_own_words_for_it(write: Write, name: str, expected: str) -> None:
    root = write({"setup.py": "", HOOKS: json.dumps({**json.loads(hook(name)), "exclude": "^vendor/"})})
    got = [c.replace("'--ext", "--ext").replace("'--ign", "--ign") for _, c in lint(root)]
    assert [g.replace("='", "=").replace("'", "") for g in got] == [expected.replace("='", "=").replace("'", "")]


def test_the_files_of_a_hook_are_where_it_looks(write: Write) -> None:
    root = write({"setup.py": "", HOOKS: hook("flake8", files="^(src|tests)/.*\\.py$")})
    assert lint(root) == [(".", "flake8 src/ tests/")]
    root = write({HOOKS: hook("flake8", files="\\.py$")})
    assert lint(root) == [(".", "flake8 .")]


@pytest.mark.parametrize(
    ("rev", "pin"),
    [
        ("'1234567890abcdef1234567890abcdef12345678'  # frozen: v0.9.1", "ruff==0.9.1"),
        ("1234567890abcdef1234567890abcdef12345678 # v0.9.1", "ruff==0.9.1"),
        ("v0.9.1", "ruff==0.9.1"),
        ("'0.9.1'", "ruff==0.9.1"),
        ("ruff-0.9.1", "ruff==0.9.1"),
        ("1234567890abcdef1234567890abcdef12345678", " ruff"),
    ],
)
def test_the_version_of_a_frozen_hook_is_in_its_comment(write: Write, rev: str, pin: str) -> None:
    text = f"repos:\n  - repo: https://example.org/ruff\n    rev: {rev}\n    hooks:\n      - id: ruff\n"
    command = detect(write({"setup.py": "", HOOKS: text})).setup[-1].command
    assert pin in command
    assert "==" in pin or "==" not in command


@pytest.mark.parametrize(
    "line",
    [
        "flake8 . || true",
        "flake8 --exit-zero .",
        "flake8 . || echo 'style issues'",
        "flake8 || :",
        "pylint --exit-zero src",
        "ruff check . --exit-zero",
        "set +e; flake8 .",
        "mypy src || exit 0",
        "bandit -r . --exit-zero",
    ],
)
def test_what_passes_whatever_it_finds_is_no_check(write: Write, line: str) -> None:
    found = detect(write({"setup.py": "", CI: steps(line)}))
    assert (found.lint, found.types) == ((), ())


@pytest.mark.parametrize(
    "files",
    [
        {"Makefile": "lint:\n\t-flake8 .\n", CI: steps("make lint")},
        {"tox.ini": "[testenv:lint]\ncommands =\n    - flake8 .\n", CI: steps("tox -e lint")},
        {"tox.ini": "[testenv:lint]\nignore_outcome = true\ncommands = flake8 .\n", CI: steps("tox -e lint")},
        {CI: "on: push\njobs:\n  l:\n    steps:\n      - run: flake8 .\n        continue-on-error: true\n"},
        {CI: "on: push\njobs:\n  l:\n    continue-on-error: true\n    steps: [{run: flake8 .}]\n"},
        {".gitlab-ci.yml": "lint:\n  allow_failure: true\n  script: [flake8 .]\n"},
        {"Taskfile.yml": "tasks:\n  lint:\n    cmds: [{cmd: flake8 ., ignore_error: true}]\n", CI: steps("task lint")},
    ],
)
def test_what_a_task_or_ci_takes_no_notice_of_is_no_check(write: Write, files: dict[str, str]) -> None:
    assert detect(write({"setup.py": "", **files})).lint == ()


@pytest.mark.parametrize("line", ["flake8 . || exit 1", "flake8 . || (echo no; exit 1)", "flake8 . && true"])
def test_a_check_that_fails_in_its_own_way_is_one(write: Write, line: str) -> None:
    assert lint(write({"setup.py": "", CI: steps(line)})) == [(".", "flake8 .")]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"setup.cfg": "[options]\npackages = find:\n[mypy]\nstrict = True\n"}, "mypy src"),
        ({"setup.cfg": "[options]\npackages = find:\n[mypy]\nfiles = lib\n"}, "mypy"),
        ({"setup.cfg": "[options]\npackages = find:\n", "mypy.ini": "[mypy]\npackages = x\n"}, "mypy"),
        ({"mypy.ini": "[mypy]\nstrict = True\n[mypy-x.*]\nfiles = no\n"}, "mypy src"),
        ({"pyproject.toml": "[tool.mypy]\nstrict = true\n[tool.setuptools]\npackages = ['x']\n"}, "mypy src"),
        ({"pyproject.toml": "[tool.mypy]\nfiles = ['src']\n"}, "mypy"),
    ],
)
def test_mypy_without_a_path_is_given_one_unless_its_own_section_names_files(
    write: Write, files: dict[str, str], expected: str
) -> None:
    root = write({"setup.py": "", "src/x/__init__.py": "", **files, CI: steps("mypy")})
    assert [f.command for f in detect(root).types] == [expected]


@pytest.mark.parametrize(("before", "env"), [("", "1"), ("      - uses: actions/download-artifact@v4\n", None)])
def test_what_says_that_a_built_package_is_tested_is_left_to_ci(write: Write, before: str, env: str | None) -> None:
    job = f"on: push\njobs:\n  t:\n    steps:\n{before}      - run: npm test\n        env: {{TEST_DIST: 1}}\n"
    manifest = '{"scripts": {"test": "vitest run"}, "devDependencies": {"vitest": "1"}}'
    found = detect(write({"package.json": manifest, CI: job})).test[0]
    assert (found.command, found.env.get("TEST_DIST")) == ("npm test", env)


@pytest.mark.parametrize(("place", "cwd"), [(".tox", "."), ("{envtmpdir}", "."), ("lib", "lib")])
def test_a_directory_that_tox_makes_is_none_of_the_repository(write: Write, place: str, cwd: str) -> None:
    ini = f"[testenv]\nchangedir = {place}\ncommands = pytest --doctest-modules {{tox_root}}/tests\n"
    files = {"setup.py": "", "tests/test_a.py": "", "lib/tests/test_b.py": "", "tox.ini": ini, CI: steps("tox")}
    assert detect(write(files)).test[0].cwd == cwd


@pytest.mark.parametrize(
    "extra",
    [
        "commands_pre:\n    pip install x\n",
        "commands_pre: pip install x\n",
        "passenv: CI\nallowlist_externals: make\n",
        "description: runs what it runs\n",
        "a line that nobody can read\n",
        "depends:\n    {py310,py311}: lint\n",
    ],
)
def test_another_separator_does_not_lose_a_whole_tox_ini(write: Write, extra: str) -> None:
    ini = (
        f"[tox]\nenvlist = py, lint\n[testenv]\n{extra}commands = pytest tests\n[testenv:lint]\ncommands: flake8 src\n"
    )
    root = write({"setup.py": "", "tests/test_a.py": "", "tox.ini": ini, CI: steps("tox")})
    assert detect(root).test[0].command == "pytest tests"
    assert lint(root) == [(".", "flake8 src")]
