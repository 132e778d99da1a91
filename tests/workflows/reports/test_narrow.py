"""A runner called for a few files: what belonged to its options stays, what it was pointed at goes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from workflows.reports.narrow import files_of_tests, narrow

PATHS = [
    *("src/x.py", "tests/test_a.py", "tests/slow/test_b.py", "conftest.py"),
    *("jest.config.js", "vite.config.ts", "test/a.test.js", "test/setup.js", "r.mjs"),
    *("spec/a_spec.rb", "spec/h.rb", "a/x_test.go"),
]
PY, JS, RB, GO = "tests/test_a.py", "test/a.test.js", "spec/a_spec.rb", "a/x_test.go"


@pytest.mark.parametrize(
    ("line", "file", "narrowed"),
    [
        ("pytest --ignore tests/slow tests", PY, f"pytest --ignore tests/slow {PY}"),
        ("pytest --cov src tests", PY, f"pytest --cov src {PY}"),
        ("pytest --rootdir . -c tests/slow tests", PY, f"pytest --rootdir . -c tests/slow {PY}"),
        ("pytest -xvsk tests src", PY, f"pytest -xvsk tests {PY}"),
        ("pytest -xvs -ra -n4 tests", PY, f"pytest -xvs -ra -n4 {PY}"),
        ("pytest -n 4 --dist loadfile tests", PY, f"pytest -n 4 --dist loadfile {PY}"),
        ("npx jest --config jest.config.js", JS, f"npx jest --config jest.config.js {JS}"),
        ("npx jest -c jest.config.js --ci test", JS, f"npx jest -c jest.config.js --ci {JS}"),
        ("npx vitest run --config vite.config.ts", JS, f"npx vitest run --config vite.config.ts {JS}"),
        ("npx mocha --require test/setup.js test", JS, f"npx mocha --require test/setup.js {JS}"),
        ("node --test --test-reporter spec test", JS, f"node --test --test-reporter spec {JS}"),
        ("bundle exec rspec -r ./spec/h.rb -fd spec", RB, f"bundle exec rspec -r ./spec/h.rb -fd {RB}"),
        ("go test -coverpkg ./... -race ./...", GO, "go test -coverpkg ./... -race ./a"),
        ("go test -run X .", GO, "go test -run X ./a"),
        ("go test github.com/o/r/...", GO, "go test ./a"),
        ("go test ./... -args -x ./testdata", GO, "go test ./a -args -x ./testdata"),
    ],
)
def test_a_path_that_is_an_options_value_is_no_selection(line: str, file: str, narrowed: str) -> None:
    assert narrow(line, [file], ".", PATHS) == narrowed


@pytest.mark.parametrize(
    ("line", "file", "narrowed"),
    [
        ("pytest --cov", PY, f"pytest {PY} --cov"),
        ("pytest tests --runslow", PY, f"pytest {PY} --runslow"),
        ("npx jest --reporters=default", JS, f"npx jest {JS} --reporters=default"),
        ("npx vitest run --silent", JS, f"npx vitest run {JS} --silent"),
        ("rspec spec --profile", RB, f"rspec {RB} --profile"),
    ],
)
def test_what_could_be_taken_for_an_options_value_stands_before_it(line: str, file: str, narrowed: str) -> None:
    assert narrow(line, [file], ".", PATHS) == narrowed


@pytest.mark.parametrize(
    ("line", "file"),
    [
        ("pytest --whatever tests", PY),
        ("pytest tests -k", PY),
        ("npx jest --projects test", JS),
        ("node --test --whatever", JS),
        ("go test -whatever ./...", GO),
        ("pytest 'tests", PY),
    ],
)
def test_where_nobody_knows_what_a_word_is_the_line_stays_as_it_is(line: str, file: str) -> None:
    assert narrow(line, [file], ".", PATHS) == line


@pytest.mark.parametrize(
    ("body", "narrowed"),
    [
        ("jest --config jest.config.js", True),
        ("vitest run --coverage", True),
        ("mocha -r ts-node/register", True),
        ("jest --reporters=default", False),
        ("vitest --silent", False),
        ("mocha test", False),
        ("jest && true", False),
        ("node build.js", False),
    ],
)
def test_files_are_handed_to_a_script_that_cannot_take_them_for_anything_else(body: str, *, narrowed: bool) -> None:
    manifest = json.dumps({"scripts": {"test": body}}).encode()
    assert narrow("npm test", [JS], ".", PATHS, manifest) == (f"npm test -- {JS}" if narrowed else "npm test")


def test_pytest_itself_runs_that_file_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "tests" / "slow").mkdir(parents=True)
    for name in ("tests/test_a.py", "tests/test_c.py", "tests/slow/test_b.py"):
        (tmp_path / name).write_text("def test_it():\n    pass\n")
    line = narrow("pytest -q -p no:cacheprovider --ignore tests/slow tests", ["tests/test_a.py"], ".", PATHS)
    done = subprocess.run(
        f"{sys.executable} -m {line}", shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert "1 passed" in done.stdout


@pytest.mark.parametrize(
    ("line", "cwd", "found"),
    [
        ("pytest", ".", ("tests/slow/test_b.py", "tests/test_a.py")),
        ("pytest tests/slow", ".", ("tests/slow/test_b.py",)),
        ("pytest --ignore tests/slow", ".", ("tests/slow/test_b.py", "tests/test_a.py")),
        ("pytest --cov src", ".", ("tests/slow/test_b.py", "tests/test_a.py")),
        ("npx jest --config jest.config.js", ".", ("test/a.test.js",)),
        ("pytest", "tests/slow", ("tests/slow/test_b.py",)),
        ("npx jest", ".", ("test/a.test.js",)),
        ("go test ./...", ".", ("a/x_test.go",)),
        ("rspec", ".", ("spec/a_spec.rb",)),
        ("make test", ".", ()),
        ("pytest --whatever tests", ".", ()),
    ],
)
def test_the_files_that_a_runner_takes_for_tests_by_their_names(line: str, cwd: str, found: tuple[str, ...]) -> None:
    assert files_of_tests(line, PATHS, cwd) == found
