"""Scripts as simple commands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.detect.commands.scripts import shell, wrappers


def words(script: str) -> list[tuple[str, ...]]:
    return [line.words for line in shell.commands(script)]


def test_lists_and_continued_lines_are_split_into_commands() -> None:
    assert words("set -e\nruff check . && mypy \\\n  src; pytest -q") == [
        ("set", "-e"),
        ("ruff", "check", "."),
        ("mypy", "src"),
        ("pytest", "-q"),
    ]


def test_what_reads_from_a_pipe_is_not_a_command_of_its_own() -> None:
    assert words("pytest | tee log") == [("pytest",)]


def test_redirections_and_here_documents_are_left_out() -> None:
    assert words("cat <<EOF\npytest\nEOF\nmypy src 2>&1 > out.txt") == [("cat", "<<EOF"), ("mypy", "src")]


def test_cd_moves_what_follows_and_never_leaves_the_tree() -> None:
    assert [line.cwd for line in shell.commands("cd a && make\ncd ../../.. && make")] == ["a", "."]


def test_a_script_that_goes_down_for_ever_stays_where_nobody_has_a_directory() -> None:
    found = list(shell.commands("\n".join(["cd a && make"] * 1500)))
    assert len(found) == 1500
    assert found[-1].cwd == "/".join(["a"] * 64)


def test_variables_set_in_the_script_are_replaced_by_their_first_value() -> None:
    assert words('export PREFIX=""\nPREFIX=venv/bin/\n${PREFIX}mypy src') == [("mypy", "src")]


@pytest.mark.parametrize(
    ("line", "inner"),
    [
        ("uv run --group dev --python 3.12 coverage run -m pytest", "pytest"),
        ("uvx --with tox-uv tox -e py", "tox -e py"),
        ("python3.12 -W error -m mypy src", "mypy src"),
        ("poetry run ruff check .", "ruff check ."),
        ("env -u LANG A=1 mypy x", "mypy x"),
        ("npx -p typescript tsc --noEmit", "tsc --noEmit"),
        ("cross-env NODE_ENV=test mocha", "mocha"),
        ("bundle exec rspec", "rspec"),
        ("php vendor/bin/phpunit", "phpunit"),
        ("timeout 10 pytest", "pytest"),
        ("coverage run tests/run.py", "python tests/run.py"),
    ],
)
def test_wrappers_are_taken_off(line: str, inner: str) -> None:
    assert " ".join(wrappers.unwrap(tuple(line.split()))) == inner


@given(st.text(max_size=200))
def test_no_script_breaks_the_reader(script: str) -> None:
    for line in shell.commands(script):
        assert wrappers.unwrap(line.words)
