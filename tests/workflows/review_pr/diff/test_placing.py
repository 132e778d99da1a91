"""Only what GitHub would take is posted on a line, and only suggestions that leave the file whole."""

from __future__ import annotations

import pytest

from workflows.review_pr.diff.changes import ChangedFile, Hunk, HunkLine
from workflows.review_pr.diff.placing import PlacedFinding, Placement, is_valid, place
from workflows.review_pr.findings import Finding

TEXT = "import os\n\n\ndef add(a, b):\n    total = a - b\n    return total\n\n\ndef far():\n    pass\n\n\nEND = 1\n"
HUNK = Hunk(
    3,
    3,
    (
        HunkLine(" ", "", 3, 3),
        HunkLine(" ", "def add(a, b):", 4, 4),
        HunkLine("-", "    return a + b", 5, 0),
        HunkLine("+", "    total = a - b", 0, 5),
        HunkLine("+", "    return total", 0, 6),
        HunkLine(" ", "", 6, 7),
    ),
)
CHANGE = ChangedFile("adder.py", "modified", (HUNK,), mode="100644", before="a" * 40, after="b" * 40)


def placed(quote: str, replacement: str | None = None, line: int = 0) -> PlacedFinding:
    return place(Finding("adder.py", quote, "t", "r", line=line, replacement=replacement), CHANGE, TEXT)


def test_lines_in_a_hunk_are_commented_on_and_may_be_replaced() -> None:
    found = placed("    total = a - b\n    return total", "    return a + b")
    assert (found.place, found.suggestion, found.why) == (Placement("adder.py", 5, 6), "    return a + b", "")


def test_lines_that_are_gone_are_commented_on_the_left_and_not_replaced() -> None:
    found = placed("    return a + b", "    return a + b + 0")
    assert found.place == Placement("adder.py", 5, 5, "LEFT")
    assert (found.suggestion, found.why) == (None, "it replaces lines that are gone")


@pytest.mark.parametrize(
    "quote",
    [
        "-    return a + b",
        "```diff\n-    return a + b\n```",
        "@@ -3,4 +3,5 @@\n-    return a + b",
        "5: -    return a + b",
        "5 -    return a + b",
        "- return a + b",
    ],
)
def test_lines_that_are_gone_are_found_with_their_marks(quote: str) -> None:
    assert placed(quote).place == Placement("adder.py", 5, 5, "LEFT")


@pytest.mark.parametrize("quote", ["-", "+", "--", "- - -", "+\n+", "-    no such line", "1: -", "@@ -1 +1 @@"])
def test_marks_alone_are_found_nowhere_and_break_nothing(quote: str) -> None:
    assert placed(quote).place is None


def test_a_line_that_is_gone_counts_before_one_that_is_only_like_it() -> None:
    """Of two lines that are alike the diff shows both: the finding speaks of the one that it quotes."""
    lines = (
        HunkLine("-", "    return compute_total(order, include_tax=True)", 1, 0),
        HunkLine("+", "    return compute_total(order, include_tax=False)", 0, 1),
    )
    change = ChangedFile("a.py", "modified", (Hunk(1, 1, lines),), mode="100644", before="a" * 40, after="b" * 40)
    text = "    return compute_total(order, include_tax=False)\n"
    for mark in ("", "-"):
        finding = Finding("a.py", f"{mark}    return compute_total(order, include_tax=True)", "t", "r", replacement="x")
        found = place(finding, change, text)
        assert (found.place, found.suggestion) == (Placement("a.py", 1, 1, "LEFT"), None)
    like = place(Finding("a.py", "    return compute_total(order, include_tax=Falsey)", "t", "r"), change, text)
    assert like.place == Placement("a.py", 1, 1, "RIGHT")


@pytest.mark.parametrize(
    ("quote", "why"),
    [
        ("END = 1", "its lines are not in one hunk of the diff"),
        ("def far():\n    pass", "its lines are not in one hunk of the diff"),
        ("nothing like it at all", "its quote was not found"),
    ],
)
def test_what_has_no_line_in_the_diff_is_about_the_file(quote: str, why: str) -> None:
    found = placed(quote, "x = 1")
    assert (found.place, found.suggestion, found.why) == (None, None, why)


@pytest.mark.parametrize(
    ("replacement", "why"),
    [
        ("    total = a - b", "it changes nothing"),
        ("    total = a - b   ", "it changes nothing"),
        ("+    total = a + b", "it holds marks of a diff"),
        ("@@ -1 +1 @@\n    total = a + b", "it holds marks of a diff"),
        ("```python\n    total = a + b\n```", "it holds a fence"),
        ("total = a + b", "it is indented otherwise"),
        ("        total = a + b", "it is indented otherwise"),
        ("\ttotal = a + b", "it is indented otherwise"),
        ("    if a:\n\ttotal = a + b", "it mixes tabs and blanks"),
        ("    total = a + b\n    return total", "it repeats the line beside it"),
        ("    total = (a + b", "the file would not parse with it"),
        ("    total = a\u202e + b", "it holds characters that nobody sees"),
    ],
)
def test_a_suggestion_that_would_do_harm_is_kept_back(replacement: str, why: str) -> None:
    found = placed("    total = a - b", replacement)
    assert (found.place, found.suggestion, found.why) == (Placement("adder.py", 5, 5), None, why)


@pytest.mark.parametrize("replacement", ["    total = a + b", "    total = b\n    total += a", "    total = -(-a - b)"])
def test_others_are_posted(replacement: str) -> None:
    assert placed("    total = a - b", replacement).suggestion == replacement


def test_a_quote_that_was_only_nearly_right_replaces_nothing() -> None:
    found = placed("    totals = a - b", "    total = a + b")
    assert found.place == Placement("adder.py", 5, 5)
    assert found.why == "its lines are not quoted as they are"


@pytest.mark.parametrize(
    ("at", "valid"),
    [
        (Placement("adder.py", 5, 6), True),
        (Placement("adder.py", 3, 7), True),
        (Placement("adder.py", 6, 5), False),
        (Placement("adder.py", 2, 5), False),
        (Placement("adder.py", 5, 8), False),
        (Placement("adder.py", 0, 0), False),
        (Placement("adder.py", 5, 5, "LEFT"), True),
        (Placement("adder.py", 7, 7, "LEFT"), False),
        (Placement("other.py", 5, 5), False),
    ],
)
def test_what_github_takes_is_known_beforehand(at: Placement, valid: bool) -> None:
    assert is_valid(at, CHANGE) is valid


ROWS = "def rows():\n    a = 1\n    b = 2\n    c = 3\n\n    d = 4\n    e = 5\n    return a\n"
ADDED = tuple(HunkLine("+", text, 0, number) for number, text in enumerate(ROWS.split("\n")[:-1], 1))
NEW = ChangedFile("rows.py", "added", (Hunk(0, 1, ADDED),), mode="100644", before="", after="c" * 40)


@pytest.mark.parametrize(
    ("quote", "replacement", "doubled"),
    [
        ("    c = 3", "    a = 1\n    b = 2\n    c = 9", True),
        ("    c = 3", "    c = 9\n\n    d = 4\n    e = 5", True),
        ("    c = 3", "    c = 9\n\n    d = 4", True),
        ("    d = 4", "    c = 3\n\n    d = 9", True),
        ("    b = 2\n    c = 3", "    a = 1\n    b = 9", True),
        ("    c = 3", "    b = 2 + 1\n    c = 9", False),
        ("    c = 3", "    a = 1\n    c = 9", False),
        ("    d = 4", "    d = 4\n    d += 1", False),
    ],
)
def test_what_stands_beside_is_not_repeated_however_many_lines_it_are(
    quote: str, replacement: str, doubled: bool
) -> None:
    found = place(Finding("rows.py", quote, "t", "r", replacement=replacement), NEW, ROWS)
    assert found.why == ("it repeats the line beside it" if doubled else "")
