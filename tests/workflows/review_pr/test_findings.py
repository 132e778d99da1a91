"""What a model answers becomes findings, or is said to be unreadable; two readings of the same lines are one."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.agent.questions import Unreadable
from workflows.review_pr.findings import Finding, Severity, joined, reader


def one(**given: Any) -> dict[str, Any]:
    return {"path": "a.py", "quote": "x = 1", "title": "T", "reason": "R", "severity": "high", "line": 3, **given}


def read(*found: Any, eye: str = "correctness") -> list[Finding]:
    return reader(["a.py", "b.py"], eye)({"findings": list(found)})


def test_a_finding_is_read_as_it_was_meant() -> None:
    (found,) = read(one(path="b/a.py", replacement="x = 2\n", consequence="C"))
    assert (found.path, found.line, found.severity, found.replacement) == ("a.py", 3, Severity.HIGH, "x = 2")
    assert (found.eyes, found.consequence) == (("correctness",), "C")


@pytest.mark.parametrize(
    "odd",
    [
        None,
        "text",
        {},
        one(path="/etc/passwd"),
        one(path="../a.py"),
        one(path=""),
        one(quote=""),
        one(quote=7),
        one(title="", reason=""),
    ],
)
def test_what_is_about_none_of_the_files_or_says_nothing_is_left_out(odd: Any) -> None:
    assert [found.title for found in read(odd, one(title="Good"))] == ["Good"]


@pytest.mark.parametrize("line", [-1, 0, True, "3", 10**12, None, 1.5])
def test_a_line_that_is_none_is_no_line(line: Any) -> None:
    assert read(one(line=line))[0].line == 0


def test_an_unknown_severity_is_a_medium_one_and_long_answers_are_cut() -> None:
    (found,) = read(one(severity="APPROVED", title="t" * 500, reason="r" * 5_000, replacement="x\n" * 100))
    assert (found.severity, len(found.title), len(found.reason), found.replacement) == (
        Severity.MEDIUM,
        120,
        1_000,
        None,
    )
    assert len(read(*[one(quote=f"x = {number}") for number in range(200)])) == 30


@pytest.mark.parametrize("data", [None, [], {}, {"findings": {}}, "text", {"findings": "none"}])
def test_an_answer_without_a_list_is_unreadable(data: Any) -> None:
    with pytest.raises(Unreadable):
        reader(["a.py"], "errors")(data)


def test_what_two_readings_quote_alike_is_one_finding_and_the_worse_word_counts() -> None:
    first = read(one(severity="low", replacement="x = 2"))
    second = read(one(severity="high", quote="    x  = 1", replacement=None), eye="contracts")
    other = read(one(quote="y = 1"), one(path="b.py"), eye="errors")
    found = joined([first, second, other])
    assert [(each.path, each.quote.strip(), each.severity.value, each.eyes) for each in found] == [
        ("a.py", "x  = 1", "high", ("correctness", "contracts")),
        ("a.py", "y = 1", "high", ("errors",)),
        ("b.py", "x = 1", "high", ("errors",)),
    ]


def test_a_quote_within_another_is_the_same_unless_it_is_a_small_part_of_it() -> None:
    long = "a = 1\nb = 2\nc = 3\nd = 4\ne = 5"
    assert len(joined([read(one(quote="b = 2\nc = 3\nd = 4")), read(one(quote=long), eye="errors")])) == 1
    assert len(joined([read(one(quote="b = 2")), read(one(quote=long), eye="errors")])) == 2


def test_the_key_does_not_depend_on_indentation_but_on_file_and_words() -> None:
    keys = {found.key for found in read(one(), one(quote="  x =  1 \n"), one(path="b.py"), one(quote="x = 2"))}
    assert len(keys) == 3
