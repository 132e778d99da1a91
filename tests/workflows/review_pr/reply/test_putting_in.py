"""A suggestion is put in the place of the lines that it was made for, as they stand now, or not at all."""

from __future__ import annotations

import pytest

from workflows.review_pr.reply.putting_in import NotApplied, put_in

THREE, TWO = "    return total / 3", "    return total / 2"
TEXT = "def half(total):\n    return total / 3\n\n\ndef third(total):\n    return total / 4\n"
RECORD = {
    "path": "a.py",
    "lines": "    return total / 3",
    "suggestion": "    return total / 2",
    "start": "2",
    "head": "h1",
}


@pytest.mark.parametrize("head", ["h1", "h2"])
def test_its_lines_are_replaced_and_every_other_byte_stays(head: str) -> None:
    assert put_in(TEXT, RECORD, head) == TEXT.replace("/ 3", "/ 2")


@pytest.mark.parametrize(
    ("text", "suggestion", "after"),
    [
        ("# new\n" + TEXT, TWO, "# new\n" + TEXT.replace(THREE, TWO)),
        (
            TEXT.replace("\n", "\r\n"),
            f"    x = 2\n{TWO}",
            TEXT.replace(THREE, f"    x = 2\n{TWO}").replace("\n", "\r\n"),
        ),
        (f"x = 1\n{THREE}", TWO, f"x = 1\n{TWO}"),
        (f"x = 1\n{THREE}\n", "", "x = 1\n"),
        (f"# thïrd\x0c\u2028\n{TEXT}", TWO, f"# thïrd\x0c\u2028\n{TEXT.replace(THREE, TWO)}"),
    ],
)
def test_wherever_its_lines_are_by_now_and_however_they_end(text: str, suggestion: str, after: str) -> None:
    assert put_in(text, {**RECORD, "suggestion": suggestion}, "h2") == after


@pytest.mark.parametrize(
    ("text", "head", "record", "why"),
    [
        (TEXT.replace("/ 3", "/ 5"), "h2", {}, "have changed since, or are gone"),
        ("", "h2", {}, "have changed since, or are gone"),
        (TEXT + TEXT, "h2", {}, "stand at 2 places by now"),
        (TEXT, "h1", {"suggestion": "    return total / 3"}, "changes nothing"),
        (TEXT, "h2", {"suggestion": "    return (total / 2"}, "conflicts"),
    ],
)
def test_what_does_not_fit_any_more_says_why(text: str, head: str, record: dict[str, str], why: str) -> None:
    found = put_in(text, RECORD | record, head)
    assert isinstance(found, NotApplied)
    assert why in found.why


AROUND = f"{THREE}\n    log(total)"


@pytest.mark.parametrize(
    ("suggestion", "then", "why"),
    [
        (TWO, TEXT, "have changed since, or are gone"),
        (AROUND, TEXT, "It is there already"),
        (f"    log(total)\n{THREE}", TEXT, "It is there already"),
        (f"    log(total)\n{THREE}\n    log(total)", TEXT, "It is there already"),
        (TWO, TEXT + TEXT, "its lines stood at 2 places"),
    ],
)
def test_what_was_applied_is_not_applied_again(suggestion: str, then: str, why: str) -> None:
    """Neither around what it left, nor at another place that looks like the one where it was."""
    once = put_in(then, {**RECORD, "suggestion": suggestion}, "h1")
    assert isinstance(once, str)
    again = put_in(once, {**RECORD, "suggestion": suggestion}, "h2", then)
    assert isinstance(again, NotApplied)
    assert why in again.why


def test_where_nobody_has_pushed_the_place_is_the_one_that_was_meant() -> None:
    assert put_in(TEXT + TEXT, RECORD, "h1") == TEXT.replace("/ 3", "/ 2") + TEXT


@pytest.mark.parametrize(
    ("text", "lines", "start", "suggestion", "after"),
    [
        ("a = 1\r\nb = 2", "b = 2", 2, "b = 3\nc = 4", "a = 1\r\nb = 3\r\nc = 4"),
        ("a = 1\nb = 2", "b = 2", 2, "b = 3\nc = 4", "a = 1\nb = 3\nc = 4"),
        ("b = 2", "b = 2", 1, "b = 3\nc = 4", "b = 3\nc = 4"),
        ("a = 1\r\nb = 2\nc = 3\r\nd = 4\n", "b = 2\nc = 3\r", 2, "x = 3\ny = 4", "a = 1\r\nx = 3\ny = 4\r\nd = 4\n"),
        ("a = 1\nb = 2\r\nc = 3\n", "b = 2\r\nc = 3", 2, "x = 3", "a = 1\nx = 3\r\n"),
        ("\ufeffa = 1\nb = 2\n", "\ufeffa = 1", 1, "a = 3", "\ufeffa = 3\nb = 2\n"),
        ("a = 1\r\nb = 2\r\n", "b = 2\r", 2, "", "a = 1\r\n"),
    ],
)
def test_each_line_keeps_the_end_that_it_had(text: str, lines: str, start: int, suggestion: str, after: str) -> None:
    record = {"path": "a.py", "lines": lines, "suggestion": suggestion, "start": str(start), "head": "h"}
    assert put_in(text, record, "h") == after
