"""Calls of the tools of Python."""

from __future__ import annotations

import shlex

import pytest

from sandbox.detect.tools.table import recognise


@pytest.mark.parametrize(
    ("call", "kind", "key", "line", "mark"),
    [
        ("ruff format src", "lint", "ruff format", "ruff format --check src", "mended"),
        ("ruff format --diff", "lint", "ruff format", "ruff format --check .", ""),
        ("ruff src", "lint", "ruff check", "ruff check .", ""),
        ("ruff check --fix $X", "lint", "ruff check", "ruff check .", "mended"),
        ("ruff check --fix-only", "lint", "ruff check", "ruff check .", "mended"),
        ("ruff check --unsafe-fixes --diff", "lint", "ruff check", "ruff check --diff .", "mended"),
        ('pytest -n 4 -k "a b" --cov=x tests', "test", "pytest", "pytest -k 'a b' tests", ""),
        (
            'pytest -m "not slow" --junitxml=x.xml --ignore a tests $X',
            "test",
            "pytest",
            "pytest -m 'not slow' --ignore a tests",
            "",
        ),
        ("pytest --cov -k x", "test", "pytest", "pytest -k x", ""),
        ("pytest -x -q --durations 10 tests/a.py::test_b[c]", "test", "pytest", "pytest tests/a.py::test_b[c]", ""),
        ("pytest -p no:x -c setup.cfg -o a=b", "test", "pytest", "pytest -p no:x -c setup.cfg -o a=b", ""),
        ("pytest -n auto -m", "test", "pytest", "pytest", ""),
        ("pytest --nbval-lax nb --pyargs x", "test", "pytest", "pytest --nbval-lax nb --pyargs x", ""),
        ("pytest -W error tests", "test", "pytest", "pytest tests", ""),
        ("pytest -nauto tests", "test", "pytest", "pytest tests", ""),
        ("pytest --dist loadfile tests", "test", "pytest", "pytest tests", ""),
        ("py.test a", "test", "pytest", "pytest a", ""),
        ("python manage.py test --parallel", "test", "manage.py", "python manage.py test --parallel", ""),
        ("python -W error run_tests.py x", "test", "runner", "python run_tests.py x", ""),
        ("python tests.py", "test", "runner", "python tests.py", ""),
        ("python -X dev tests/__main__.py", "test", "runner", "python tests/__main__.py", ""),
        ("flake8", "lint", "flake8", "flake8 .", ""),
        ("flake8 $X", "lint", "flake8", "flake8 .", ""),
        ("flake8p", "lint", "flake8", "python -m flake8p .", ""),
        ("pflake8 src", "lint", "pflake8", "pflake8 src", ""),
        ("pylint src", "lint", "pylint", "pylint src", ""),
        ("mypy --install-types --non-interactive src", "types", "mypy", "mypy src", ""),
        ("mypy", "types", "mypy", "mypy", ""),
        ("isort src", "lint", "isort", "isort --check-only src", "mended"),
        ("isort -c src", "lint", "isort", "isort -c src", ""),
        ("isort --diff .", "lint", "isort", "isort --check-only --diff .", ""),
        ("isort --check-only --diff", "lint", "isort", "isort --check-only --diff .", ""),
        ("black src", "lint", "black", "black --check src", "mended"),
        ("black --check --diff src", "lint", "black", "black --check --diff src", ""),
        ("black -q --fast src", "lint", "black", "black --check --fast src", "mended"),
        ("autopep8 -ir src", "lint", "autopep8", "autopep8 --exit-code --diff -r src", "mended"),
        ("autopep8 --in-place -r src", "lint", "autopep8", "autopep8 --exit-code --diff -r src", "mended"),
        ("yapf -i -r src", "lint", "yapf", "yapf --diff -r src", "mended"),
        ("ty check", "types", "ty", "ty check", ""),
        ("pyre", "types", "pyre", "pyre check", ""),
        ("pyrefly check", "types", "pyrefly", "pyrefly check", ""),
        ("unittest discover", "test", "unittest", "python -m unittest discover", ""),
        ("unittest", "test", "unittest", "python -m unittest", ""),
        ("a.b.tests", "test", "unittest", "python -m a.b.tests", ""),
        ("pkg.run_tests -v", "test", "unittest", "python -m pkg.run_tests", ""),
        ("stestr run", "test", "stestr", "stestr run", ""),
        ("django test", "test", "unittest", "python -m django test", ""),
        ("nosetests", "test", "nosetests", "nosetests", ""),
        ("bandit -r src", "lint", "bandit", "bandit -r src", ""),
        ("docformatter -ri src", "lint", "docformatter", "docformatter --check -r src", "mended"),
        ("pytest -k $X tests", "test", "pytest", "pytest tests", ""),
        ("black --diff src", "lint", "black", "black --check --diff src", ""),
    ],
)
def test_a_call_is_run_in_words_that_only_check(call: str, kind: str, key: str, line: str, mark: str) -> None:
    found = recognise(tuple(shlex.split(call)))
    assert found
    assert (found.kind, found.key, found.line) == (kind, key, line)
    assert (found.mended, bool(found.skip)) == (mark == "mended", mark == "skipped")


@pytest.mark.parametrize(
    "call",
    [
        "ruff check --fix src --exit-zero",
        "ruff check -e",
        "ruff",
        "python setup.py test",
        "python ./manage.py migrate",
        "python foo.py",
        "python",
        "flake8 --exit-zero",
        "pylint --exit-zero x",
        "pyupgrade x",
        "ty server",
        "stestr list",
        "bandit -r src -ll --exit-zero",
    ],
)
def test_a_call_that_checks_nothing_or_passes_in_any_case_is_none(call: str) -> None:
    assert recognise(tuple(shlex.split(call))) is None
