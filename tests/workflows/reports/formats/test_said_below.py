"""What stands below the names of failed tests is theirs, however many there are and whatever was printed."""

from __future__ import annotations

import re

from workflows.reports.formats.said_below import said_below
from workflows.reports.values import MAX_MESSAGES

HEADING, END = re.compile(r"^FAIL: (.+)$"), re.compile(r"^Ran ")
RULE = "-" * 70


def said(*lines: str) -> dict[str, str]:
    return said_below(lines, HEADING, END)


def test_each_name_has_what_stands_below_it_up_to_a_rule_or_the_end() -> None:
    found = said("before", "FAIL: a", RULE, "", "Boom", "  at x", RULE, "between", "FAIL: b", "Bang", "Ran 2", "after")
    assert found == {"a": "Boom\n  at x", "b": "Bang"}


def test_names_with_nothing_between_them_share_it_and_one_that_fails_twice_has_both() -> None:
    assert said("FAIL: a", "FAIL: b", RULE, "Both", "FAIL: a", "Again", "Ran 2") == {"a": "Both\nAgain", "b": "Both"}


def test_a_name_below_which_nothing_stands_is_not_told_and_empty_output_says_nothing() -> None:
    assert said() == {}
    assert said("FAIL: a", "", "Ran 1", "FAIL: b") == {}


def test_a_message_without_end_is_cut_in_its_middle() -> None:
    found = said("FAIL: a", "first", *(["x" * 200] * 100_000), "last")["a"]
    assert found.startswith("first")
    assert len(found) < 10_000


def test_names_without_end_are_bounded_also_where_they_share_all_that_is_said() -> None:
    """Each line would be kept for each name: a test that prints both could hold a worker up for minutes."""
    many = [f"FAIL: {number}" for number in range(20_000)]
    assert len(said(*many, *(["x"] * 20_000))) == MAX_MESSAGES
    each = [line for number in range(1000) for line in (f"FAIL: {number}", "x")]
    assert len(said(*each)) == MAX_MESSAGES
