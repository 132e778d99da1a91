"""A quote is found where it can only be meant, or not at all."""

from __future__ import annotations

import pytest

from workflows.review_pr.diff.anchors import How, ShownLine, anchor

TEXT = """\
def first(a):
    check(a)
    return a + 1


def second(b):
    check(b)
    total = 0
    for one in b:
        total += one
    return total


def third(c):
    check(c)
    return c
"""
LINES = [ShownLine(number, line) for number, line in enumerate(TEXT.split("\n"), 10)]


def found(quote: str, near: int = 0) -> tuple[int, int, How] | None:
    at = anchor(quote, LINES, near)
    return (at.start, at.end, at.how) if at else None


@pytest.mark.parametrize(
    "quote",
    [
        "    total = 0\n    for one in b:",
        "total = 0\nfor one in b:",
        "    total = 0  \r\n    for one in b:\r",
        "```python\n    total = 0\n    for one in b:\n```",
        "\n\n    total = 0\n    for one in b:\n\n",
        "+    total = 0\n+    for one in b:",
        "    17 +     total = 0\n    18 +     for one in b:",
        "17:    total = 0\n18:    for one in b:",
    ],
)
def test_a_quote_that_stands_there_once_is_found_however_it_is_written(quote: str) -> None:
    assert found(quote) == (17, 18, How.EXACT)


def test_one_that_stands_there_twice_takes_a_line_to_say_which() -> None:
    twice = [*LINES, *(ShownLine(line.number + 100, line.text) for line in LINES)]
    assert anchor("    total = 0", twice) is None
    assert anchor("    total = 0", twice, 116) is not None
    assert found("    total = 0", 500) == (17, 17, How.EXACT), "one place needs no number"
    at = anchor("    total = 0", twice, 116)
    assert at is not None
    assert (at.start, at.how) == (117, How.LINE)


def test_a_line_in_the_middle_of_two_places_says_nothing() -> None:
    two = [ShownLine(1, "x = 1"), ShownLine(2, "y = 2"), ShownLine(3, "x = 1")]
    assert anchor("x = 1", two, 2) is None


@pytest.mark.parametrize("gap", ["...", "    ...", "# ...", "// ...", "…", "    # ... the rest", "/* ... */"])
def test_parts_around_dots_are_found_from_the_first_to_the_last(gap: str) -> None:
    assert found(f"def second(b):\n{gap}\n    return total") == (15, 20, How.PARTS)


def test_parts_out_of_order_or_of_which_one_is_missing_are_not() -> None:
    assert found("    return total\n...\ndef second(b):") != (15, 20, How.PARTS)
    at = found("def second(b):\n...\n    return nothing")
    assert at is None or at[2] is not How.PARTS


def test_the_longest_run_of_half_the_quote_counts_and_less_does_not() -> None:
    assert found("    total = 0\n    for one in b:\n        total += one\n    was_never_there()") == (17, 19, How.RUN)
    assert found("    total = 0\n" + "    never()\n" * 9) is None


def test_lines_that_are_very_much_alike_are_found_and_others_are_not() -> None:
    assert found("        total += ones") == (19, 19, How.CLOSE)
    assert found("        nothing of this kind is here") is None


@pytest.mark.parametrize("quote", ["", "\n\n", "```\n```", "   ", "\0", "x" * 100_000, "()\n" * 5_000])
def test_what_quotes_nothing_is_found_nowhere(quote: str) -> None:
    assert found(quote) is None


def test_lines_of_two_hunks_are_not_one_place() -> None:
    apart = [ShownLine(1, "a = 1"), ShownLine(40, "b = 2")]
    at = anchor("a = 1\nb = 2\nc = 3", apart)
    assert at is None or not at.exact
