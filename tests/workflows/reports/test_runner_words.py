"""A runner's words are parted into what selects tests and the rest, and where that is not certain nothing is said."""

from __future__ import annotations

import pytest

from workflows.reports.runner_words import PartedWords, parted, takes_more, with_selection


def selects(word: str) -> bool:
    return "/" in word


def parts(runner: str, line: str) -> tuple[str, str] | None:
    found = parted(runner, line.split(), selects)
    return None if found is None else (" ".join(found.selection), " ".join(found.rest))


@pytest.mark.parametrize(
    ("runner", "line", "selection", "rest"),
    [
        ("pytest", "", "", ""),
        ("pytest", "-q t/a.py -k b t/c.py", "t/a.py t/c.py", "-q -k b"),
        ("pytest", "-k t/a.py", "", "-k t/a.py"),
        ("pytest", "-qk t/b t/a.py", "t/a.py", "-qk t/b"),
        ("pytest", "-n4 t/a.py", "t/a.py", "-n4"),
        ("pytest", "-vvx t/a.py", "t/a.py", "-vvx"),
        ("pytest", "--cov=src t/a.py", "t/a.py", "--cov=src"),
        ("pytest", "--cov t/a.py", "", "--cov t/a.py"),
        ("pytest", "- t/a.py", "t/a.py", "-"),
        ("go", "-coverpkg ./... ./a", "./a", "-coverpkg ./..."),
        ("go", "--run=X -v ./a", "./a", "--run=X -v"),
        ("mocha", "-r x/y.js a/b.js", "a/b.js", "-r x/y.js"),
        ("rspec", "-fd spec/a", "spec/a", "-fd"),
    ],
)
def test_a_value_of_an_option_is_no_selection(runner: str, line: str, selection: str, rest: str) -> None:
    assert parts(runner, line) == (selection, rest)


@pytest.mark.parametrize(
    ("runner", "line"),
    [
        ("pytest", "--from-a-plugin t/a.py"),
        ("pytest", "t/a.py -k"),
        ("jest", "--whatever a/b.js"),
        ("node", "--whatever a/b.js"),
        ("go", "-whatever ./a"),
        ("rspec", "-qz spec/a"),
    ],
)
def test_what_could_be_either_is_not_parted(runner: str, line: str) -> None:
    assert parts(runner, line) is None


@pytest.mark.parametrize(
    ("runner", "line", "instead"),
    [
        ("pytest", "-q t/a.py t/b.py", "-q NEW"),
        ("pytest", "--cov", "NEW --cov"),
        ("pytest", "--cov src", "--cov src NEW"),
        ("mocha", "--whatever", "NEW --whatever"),
        ("node", "--test", "--test NEW"),
        ("node", "--whatever", None),
        ("pytest", "--whatever t/a.py", None),
    ],
)
def test_another_selection_stands_where_no_option_takes_it_for_its_value(
    runner: str, line: str, instead: str | None
) -> None:
    found = with_selection(runner, line.split(), selects, ["NEW"])
    assert (None if found is None else " ".join(found)) == instead


@pytest.mark.parametrize(
    ("line", "more"), [("", True), ("-q", True), ("-k x", True), ("tests", False), ("--cov", False), ("-k", False)]
)
def test_words_can_be_added_where_they_are_all_that_is_selected(line: str, more: bool) -> None:
    assert takes_more("pytest", line.split()) is more


def test_a_list_that_an_option_takes_may_go_on_after_its_first_value() -> None:
    assert parted("jest", ["--reporters=default"], selects) == PartedWords((), ("--reporters=default",), True)
