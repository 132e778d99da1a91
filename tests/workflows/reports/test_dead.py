"""Telling a result from a command that could not do its work."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.reports.dead import threshold, why_dead
from workflows.verification import CheckKind, CheckRun, Counts


def _why(output: str, code: int, counts: Counts | None = None, *, command: str = "x", tests: bool = True) -> str:
    return why_dead(command, CheckRun(code, 0.1, counts), output, kind=CheckKind.TEST if tests else CheckKind.LINT)


@pytest.mark.parametrize(
    ("output", "code", "words"),
    [
        ("bash: line 2: pytest: command not found", 127, "pytest: command not found"),
        ("sh: 1: jest: not found\nnpm ERR! code 127", 127, "jest: command not found"),
        (
            "make: pytest: No such file or directory\nmake: *** [Makefile:3: test] Error 127",
            2,
            "pytest: command not found",
        ),
        ("/usr/bin/python3: No module named pytest", 1, "pytest"),
        ("make: *** No rule to make target 'test'.  Stop.", 2, "make has no target test"),
        ('npm error Missing script: "test"', 1, "there is no script test"),
        ('error Command "test" not found.', 1, "there is no script test"),
        ("Error: no test specified", 1, "no test is specified"),
        ("ImportError while loading conftest '/work/conftest.py'.", 4, "conftest cannot be imported"),
        (
            "usage: pytest [options]\n__main__.py: error: unrecognized arguments: --cov",
            4,
            "unrecognized arguments: --cov",
        ),
        ("ERROR: usage: pytest\n", 4, "pytest refused"),
        ("error: could not find `Cargo.toml` in `/work`", 101, "there is no Cargo.toml"),
        ("fatal: Could not resolve host: github.com", 128, "it needs the network"),
        ("anything", 127, "the command was not found"),
        ("anything", 126, "the command cannot be executed"),
    ],
)
def test_a_command_that_could_not_work_says_why(output: str, code: int, words: str) -> None:
    assert words in _why(output, code)


def test_a_checker_that_had_to_be_fetched_first_says_that_it_lacked_the_network() -> None:
    output = "npm error network request to https://registry.example.org/pyright failed, reason: getaddrinfo ENOTFOUND\n"
    output += "Traceback (most recent call last):\nsubprocess.CalledProcessError: returned non-zero exit status 1.\n"
    assert _why(output, 1, tests=False) == "it needs the network: https://registry.example.org/pyright"
    assert _why(output.partition("\n")[2], 1, tests=False) == "an error kept it from looking at everything"


@pytest.mark.parametrize("code", [0, 1, 5])
def test_no_tests_at_all_are_no_result_whatever_the_exit_code(code: int) -> None:
    assert _why("", code, Counts()) == "it ran no tests"


def test_all_tests_skipped_are_no_result() -> None:
    assert _why("", 0, Counts(skipped=4)) == "every test was skipped"


@pytest.mark.parametrize("command", ["tox -e py", "python -m tox", "nox"])
def test_a_tox_that_ends_well_without_a_word_of_tests_is_no_result(command: str) -> None:
    assert _why("  congratulations :)", 0, command=command)


def test_a_make_with_nothing_to_do_is_no_result() -> None:
    assert _why("make: Nothing to be done for 'test'.", 0, command="make test")
    assert _why("make: 'test' is up to date.", 0, command="make test")


def test_failures_are_a_result_even_where_a_line_looks_dead() -> None:
    run = CheckRun(1, 0.1, Counts(1, 1), ("t",))
    assert why_dead("x", run, "bash: line 1: thing: command not found", kind=CheckKind.TEST) == ""


def test_an_ordinary_failure_is_a_result() -> None:
    assert _why("something broke", 1) == ""


@pytest.mark.parametrize(
    "line",
    [
        "FAIL Required test coverage of 90% not reached. Total coverage: 80.00%",
        'Jest: "global" coverage threshold for statements (80%) not met: 70%',
        "ERROR: Coverage for lines (70%) does not meet global threshold (80%)",
        "Coverage failure: total of 80 is less than fail-under=90",
        "Line coverage (70.00%) is below the expected minimum coverage (80.00%).",
    ],
)
def test_coverage_thresholds_are_recognised(line: str) -> None:
    assert threshold(f"before\n{line}\nafter\n") == line


@given(st.text(max_size=300), st.integers(0, 255))
def test_no_output_raises(output: str, code: int) -> None:
    _why(output, code)
    threshold(output)
