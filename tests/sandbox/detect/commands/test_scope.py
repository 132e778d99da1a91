"""The files of a hook, in the words of its tool."""

from __future__ import annotations

import re

import pytest

from sandbox.detect.commands.scope import Scope, paths


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("^src/", ["src/"]),
        ("^(src|tests)/", ["src/", "tests/"]),
        ("^a/(b|c/(d|e))/", ["a/b/", "a/c/d/", "a/c/e/"]),
        ("^src/.*\\.py$", ["src/"]),
        ("^setup\\.py$", ["setup.py"]),
        ("docs/", ["docs/"]),
        ("(^|/)docs/", ["docs/"]),
        ("(?x)^(\n  docs/  # a comment\n  | a\\.py$\n)", ["docs/", "a.py"]),
        ("^my dir/", ["my dir/"]),
        ("docs", None),
        (".*_pb2\\.py$", None),
        ("^a/[bc]/", None),
        ("^(a|b", None),
        ("", None),
    ],
)
def test_an_expression_that_lists_paths_is_those_paths(pattern: str, found: list[str] | None) -> None:
    assert paths(pattern) == found


@pytest.mark.parametrize("pattern", ["^/etc/", "^../x/", "^a/../../x/"])
def test_no_path_leaves_the_tree(pattern: str) -> None:
    assert paths(pattern) is None


def test_a_path_is_never_an_option() -> None:
    assert Scope.of("^-x/", []).applied("flake8") == "flake8 ./-x/"


@pytest.mark.parametrize(
    ("files", "exclude", "line", "expected"),
    [
        ("^(src|tests)/", "", "flake8", "flake8 src/ tests/"),
        ("^my dir/", "", "flake8", "flake8 'my dir/'"),
        ("src/", "", "flake8", "flake8 ."),
        ("", "", "mypy", "mypy ."),
        ("", "^docs/", "flake8", "flake8 --extend-exclude=docs ."),
        ("", "^docs/", "ruff check", "ruff check --extend-exclude=docs ."),
        ("", "^docs/", "ruff format --check", "ruff format --check --exclude=docs ."),
        ("", "^(a/|b\\.py$)", "isort -c", "isort -c --skip-glob='a/*' --skip-glob=b.py ."),
        ("", "^docs/", "black --check", "black --check --extend-exclude='^docs/' ."),
        ("", "^docs/", "uv run mypy", "uv run mypy --exclude='^docs/' ."),
        ("", "^(a/|b\\.js$)", "prettier --check", "prettier --check '!a/**' '!b.js' ."),
        ("", ".*_pb2\\.py$", "flake8", "flake8 --extend-exclude='*_pb2.py' ."),
        ("", ".*_pb2\\.py$", "isort -c", "isort -c ."),
        ("", "^it's/", "black", """black --extend-exclude='^it'"'"'s/' ."""),
        ("", "^docs/", "unknown", "unknown ."),
        ("^src/", "^src/x/", "flake8", "flake8 --extend-exclude=src/x src/"),
    ],
)
def test_a_tool_is_told_in_its_own_words(files: str, exclude: str, line: str, expected: str) -> None:
    assert Scope.of(files, [exclude]).applied(line) == expected


def test_a_tool_that_takes_no_place_is_given_none_of_its_own() -> None:
    assert Scope.of("", []).applied("pylint", placeless=True) == "pylint"
    assert Scope.of("^a/", []).applied("pylint", placeless=True) == "pylint a/"


def test_several_expressions_leave_out_what_any_of_them_does() -> None:
    scope = Scope.of("", ["^a/", None, "^b/"])
    assert scope.out == ("a/", "b/")
    assert re.search(scope.pattern, "b/x.py")
    assert not re.search(scope.pattern, "c/x.py")


def test_one_expression_that_is_no_list_makes_a_pattern_of_all() -> None:
    scope = Scope.of("", ["^a/", "x[12]\\.py"])
    assert (scope.out, scope.pattern) == ((), "(?:^a/)|(?:x[12]\\.py)")


@pytest.mark.parametrize("value", [None, 3, ["^a/"], {"a": 1}, b"x"])
def test_what_is_no_text_breaks_nothing(value: object) -> None:
    assert Scope.of(value, [value]).applied("flake8").startswith("flake8")


def test_an_expression_of_any_size_is_written_out_up_to_sixty_paths() -> None:
    assert len(paths(f"^({'|'.join(f'a{n}' for n in range(2000))})/") or []) <= 60
    for huge in ("(a|b)" * 300, "(" * 3000 + ")" * 3000, "(a|" * 200 + ")" * 200):
        Scope.of(f"^{huge}", [huge]).applied("flake8")
