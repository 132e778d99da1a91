"""Of a log the lines around errors stand open, whatever surrounds them, and every line has its number."""

from __future__ import annotations

import pytest

from bot.admin.log_lines import is_wrong, lines_of, markdown_of, range_of, stretches
from workflows.store.web.records import _beginning


@pytest.mark.parametrize(
    "line",
    [
        "ERROR tests/test_x.py",
        "error: expected ;",
        "E   assert 1 == 2",
        "FAILED tests/test_x.py::test_a",
        "ValueError: no",
        "java.lang.IllegalStateException: x",
        "thread 'main' panicked at src/main.rs:4",
        "3 failed, 10 passed",
        "not ok 3 - adds",
        "Traceback (most recent call last):",
        "  ✗ adds",
        "fatal: not a git repository",
    ],
)
def test_a_line_that_tells_of_an_error_is_known(line: str) -> None:
    assert is_wrong(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "0 errors",
        "No failures.",
        "0 failed, 10 passed",
        "src/errors.py",
        "tests/test_failed.py ....",
        "terror",
        "all good",
    ],
)
def test_a_line_that_tells_of_none_is_not_taken_for_one(line: str) -> None:
    assert not is_wrong(line)


def folded(text: str, **how: range) -> list[tuple[int, int, bool]]:
    return [(one.lines[0].number, one.lines[-1].number, one.folded) for one in stretches(lines_of(text, **how))]


def test_a_long_output_is_folded_but_for_what_is_around_errors_and_at_its_end() -> None:
    text = "".join(f"line {number}\n" if number != 100 else "ERROR here\n" for number in range(1, 301))
    assert folded(text) == [(1, 96, True), (97, 103, False), (104, 288, True), (289, 300, False)]


def test_what_is_short_or_near_is_not_folded() -> None:
    assert folded("ERROR\n" + "x\n" * 50) == [(1, 51, False)]
    near = "".join("ERROR\n" if number % 12 == 1 else "x\n" for number in range(1, 101))
    assert folded(near) == [(1, 100, False)], "a fold of five lines hides nothing worth a click"
    assert folded("") == []
    assert folded("one") == [(1, 1, False)]
    assert folded("\n") == [(1, 1, False)]


def test_lines_that_were_asked_for_stand_open() -> None:
    text = "x\n" * 200
    assert folded(text, hits=range(50, 53)) == [(1, 46, True), (47, 55, False), (56, 188, True), (189, 200, False)]


def test_every_line_is_there_once_and_in_order() -> None:
    text = "".join(f"{'ERROR' if number % 37 == 0 else 'x'} {number}\r\n" for number in range(1, 500))
    lines = [line for one in stretches(lines_of(text)) for line in one.lines]
    assert [line.number for line in lines] == list(range(1, 500))
    assert lines[36].text == "ERROR 37"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("40", range(40, 41)),
        ("40-52", range(40, 53)),
        ("52-40", range(40, 53)),
        ("0-3", range(1, 4)),
        ("", range(0)),
        ("x", range(0)),
        ("1-", range(0)),
        ("-5", range(0)),
        ("1-2-3", range(0)),
        ("٤", range(0)),
        ("9999999999", range(0)),
    ],
)
def test_a_range_is_read(text: str, found: range) -> None:
    assert range_of(text) == found


def test_lines_are_copied_as_a_block_that_nothing_in_them_ends() -> None:
    text = markdown_of("pytest -q", lines_of("```\n@alice fixes #3\n\u202e"), "https://x/admin/runs/r/log/3#s3L1-2")
    assert text == "https://x/admin/runs/r/log/3#s3L1-2\n\n````text\n$ pytest -q\n```\n@alice fixes #3\n````\n"


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [
        ("one\ntwo\nthree\n", 100, "one\ntwo\nthree\n"),
        ("one\ntwo\nthree\n", 6, "three\n"),
        ("one\ntwo\nthree\n", 8, "three\n"),
        ("one\ntwo\nthree\n", 10, "two\nthree\n"),
        ("one\n" + "x" * 50, 10, "x" * 50),
        ("x" * 50 + "\n", 10, "x" * 50 + "\n"),
        ("", 10, ""),
    ],
)
def test_the_end_of_an_output_begins_with_a_line(text: str, most: int, shown: str) -> None:
    assert text[_beginning(text, len(text) - most) :] == shown
