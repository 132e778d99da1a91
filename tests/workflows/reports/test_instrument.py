"""Flags that ask for a report are added where a runner is called directly, and nowhere else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.backend import HOME
from workflows.reports.formats import documents, junit
from workflows.reports.instrument import instrument

FILE = f"{HOME}/reports/name"


@pytest.mark.parametrize(
    "line",
    [
        "pytest",
        "pytest -q tests",
        "python -m pytest",
        "python3.11 -m pytest tests/unit",
        "uv run pytest",
        "uv run --frozen pytest -q",
        "poetry run pytest",
        "PYTHONPATH=src pytest",
        "coverage run -m pytest",
        "coverage run --source=pkg -m pytest tests",
        "$HOME/venv/bin/pytest",
        ".venv/bin/python -m pytest",
    ],
)
def test_pytest_called_directly_gets_its_flags_right_behind_its_name(line: str) -> None:
    asked = instrument(line, "name")
    at = line.index("pytest") + len("pytest")
    assert asked.line.startswith(line[:at] + f' --junitxml="{FILE}" ')
    assert asked.line.endswith(line[at:])
    assert asked.parse is junit.parse
    assert "PYTEST_ADDOPTS" not in asked.env


@pytest.mark.parametrize(
    "line",
    [
        "make test",
        "tox -e py",
        "cd sub && pytest",
        "pytest | tee log",
        "npm test",
        "./run-tests.sh pytest",
        "hatch test",
        "pytest-watch",
        "pytest; true",
        "pytest $(cat args)",
    ],
)
def test_everything_else_is_left_as_it_is_and_asked_by_the_environment(line: str) -> None:
    asked = instrument(line, "name", {"PYTEST_ADDOPTS": "-x"})
    assert asked.line == line
    assert asked.env["PYTEST_ADDOPTS"].startswith(f"-x --junitxml={FILE} ")
    assert asked.shared


@pytest.mark.parametrize(
    ("line", "flag"),
    [
        ("npx jest --ci", "npx jest --json --outputFile="),
        ("npx vitest run", "npx vitest run --reporter=default"),
        ("yarn jest", "yarn jest --json"),
        ("node --test test/", "node --test --test-reporter=spec"),
        ("cargo test --all-features", "cargo test --no-fail-fast --all-features"),
        ("mvn -B test", "mvn -fae -B test"),
        ("./gradlew test", "./gradlew --continue test"),
        ("bundle exec rspec", "bundle exec rspec --format progress --format json"),
        ("vendor/bin/phpunit", "vendor/bin/phpunit --log-junit"),
    ],
)
def test_other_runners_get_theirs(line: str, flag: str) -> None:
    assert instrument(line, "name").line.startswith(flag)


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("pytest -x -q tests", " -q tests"),
        ("pytest --maxfail=1 tests", "--maxfail=0 tests"),
        ("pytest --maxfail 2 -n 2", "--maxfail=0 -n 2"),
        ("npx jest --ci --bail", " --ci"),
        ("npx vitest run --bail=1", 'name"'),
        ("bundle exec rspec --fail-fast spec", " spec"),
        ("go test -failfast ./...", "go test -json ./... >"),
        ("./gradlew test -x lint", "./gradlew --continue test -x lint"),
    ],
)
def test_a_run_does_not_end_at_its_first_failure(line: str, asked: str) -> None:
    given = instrument(line, "name").line
    assert asked in given
    assert not any(word in given for word in ("--bail", "fail-fast", "failfast", "--maxfail=1", "--maxfail 2"))
    assert "-x" not in given.split() or "gradlew" in line


@pytest.mark.parametrize(
    ("line", "body", "asked"),
    [
        ("npx turbo run test", "", "npx turbo run --continue test"),
        ("npm test", "turbo run test", "npm test -- --continue"),
        ("yarn test", "lerna run test", "yarn test --no-bail"),
        ("npm test", "turbo run test -- --coverage", "npm test"),
        ("pnpm -r test", "", "pnpm --no-bail -r test"),
        ("pnpm --filter './packages/*' run test", "", "pnpm --no-bail --filter './packages/*' run test"),
        ("pnpm test", 'pnpm --filter "./p/*" run test', 'pnpm --no-bail --filter "./p/*" run test'),
        ("npm test", "pnpm -r --no-bail test", "pnpm -r --no-bail test"),
        ("pnpm test", "pnpm run unit", "pnpm test"),
        ("pnpm test", "pnpm -r test && echo", "pnpm test"),
        ("pnpm run m", "", "pnpm run m"),
    ],
)
def test_what_runs_the_packages_of_a_workspace_goes_on_behind_one_that_fails(line: str, body: str, asked: str) -> None:
    given = instrument(line, "name", {}, json.dumps({"scripts": {"test": body}}).encode())
    assert given.line == asked


def test_go_writes_its_events_into_the_report() -> None:
    asked = instrument("go test -race ./...", "name")
    assert asked.line == f'go test -json -race ./... >"{FILE}"'


PIPED = (
    ("npx jest --ci", ""),
    ("npx vitest run", ""),
    ("npx mocha", ""),
    ("node --test", ""),
    ("go test ./...", ""),
    ("bundle exec rspec", ""),
    ("vendor/bin/phpunit", ""),
    ("npm test", "jest"),
    ("yarn test", "vitest run"),
    ("pnpm run test a.test.js", "mocha"),
)


@pytest.mark.parametrize(("line", "body"), PIPED)
def test_reports_go_into_the_pipe_where_there_is_one(line: str, body: str) -> None:
    manifest = json.dumps({"scripts": {"test": body}}).encode()
    asked = instrument(line, "name", {}, manifest, pipe=True)
    assert (asked.piped, asked.file, asked.shared) == ("name", "", False)
    assert '"/tmp/reports/name"' in asked.line
    assert FILE not in asked.line
    assert instrument(line, "name", {}, manifest).line == asked.line.replace("/tmp/reports/name", FILE)


@pytest.mark.parametrize(
    "line", ["npx jest --json", "npx vitest run --reporter=dot", "node --test --test-reporter=tap"]
)
def test_a_command_with_a_report_of_its_own_keeps_it(line: str) -> None:
    assert instrument(line, "name").line == line


@pytest.mark.parametrize(
    ("line", "body", "expected"),
    [
        ("npm test", "jest", f'npm test -- --json --outputFile="{FILE}"'),
        ("npm run unit", "vitest run --coverage", "npm run unit -- --reporter=default"),
        ("yarn test", "jest --ci", "yarn test --json"),
        ("pnpm test", "vitest", "pnpm test --reporter=default"),
        ("npm test -- a.test.js 'b c.test.js'", "jest", "npm test -- a.test.js 'b c.test.js' --json --outputFile="),
        ("npm run test --", "jest", "npm run test -- --json --outputFile="),
        ("yarn run test a.test.ts", "vitest run", "yarn run test a.test.ts --reporter=default"),
    ],
)
def test_an_npm_script_that_is_a_runner_gets_flags_in_its_managers_way(line: str, body: str, expected: str) -> None:
    name = "unit" if "unit" in line else "test"
    asked = instrument(line, "name", {}, json.dumps({"scripts": {name: body}}).encode())
    assert asked.line.startswith(expected)
    assert asked.parse is documents.jest


@pytest.mark.parametrize(
    "body", ["jest && eslint .", "npm run build; jest", "node --test test/", "echo jest", "jest --json"]
)
def test_an_npm_script_that_does_more_is_left_alone(body: str) -> None:
    assert instrument("npm test", "name", {}, json.dumps({"scripts": {"test": body}}).encode()).line == "npm test"


def test_flags_are_not_put_behind_files_where_they_would_count_as_files() -> None:
    manifest = json.dumps({"scripts": {"test": "node --test"}}).encode()
    assert instrument("npm test -- a.test.js", "name", {}, manifest).line == "npm test -- a.test.js"


@given(st.text(max_size=80), st.binary(max_size=80))
def test_no_line_and_no_manifest_raises(line: str, manifest: bytes) -> None:
    assert line.strip() in instrument(line, "name", {}, manifest).line or "pytest" in line


def test_the_flags_are_accepted_by_a_real_pytest(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("def test_ok(): pass\n")
    line = instrument(f"{sys.executable} -m pytest --rootdir . -p no:xdist", "name").line.replace(HOME, str(tmp_path))
    subprocess.run(["bash", "-c", line], cwd=tmp_path, check=True, capture_output=True)
    report = junit.parse((tmp_path / "reports/name").read_bytes())
    assert report is not None
    assert report.passed == {"test_a.py::test_ok"}


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_the_flags_are_accepted_by_a_real_node(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "a.test.mjs").write_text("import test from 'node:test'; test('ok', () => {})\n")
    asked = instrument("node --test", "name")
    subprocess.run(
        ["bash", "-c", asked.line.replace(HOME, str(tmp_path))], cwd=tmp_path, check=True, capture_output=True
    )
    assert asked.parse is not None
    report = asked.parse((tmp_path / "reports/name").read_bytes())
    assert report is not None
    assert report.counts is not None
    assert report.counts.passed == 1
