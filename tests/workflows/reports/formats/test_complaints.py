"""Complaint lines of linters and type checkers, and what is new between two runs."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.reports.formats import complaints

SAMPLES = {
    "ruff": (
        "/work/a.py:3:1: F401 [*] `os` imported but unused\nFound 1 error.\n",
        "a.py: F401 [*] `os` imported but unused",
    ),
    "ruff full": (
        "F401 [*] `os` imported but unused\n --> a.py:1:8\n  |\n1 | import os\n",
        "a.py: F401 [*] `os` imported but unused",
    ),
    "flake8": (
        "./pkg/a.py:10:80: E501 line too long (99 > 79 characters)\n",
        "pkg/a.py: E501 line too long (99 > 79 characters)",
    ),
    "mypy": (
        'a.py:3: error: Name "x" already defined on line 12  [no-redef]\na.py:3: note: See here\n',
        'a.py: error: Name "x" already defined on line [no-redef]',
    ),
    "pyright": ("/work/a.py\n  /work/a.py:1:2 - error: boom (reportX)\n1 error\n", "a.py: error: boom (reportX)"),
    "tsc": ("src/a.ts(12,5): error TS2322: No.\n", "src/a.ts: error TS2322: No."),
    "tsc pretty": (
        "\x1b[96msrc/a.ts\x1b[0m:\x1b[93m12\x1b[0m:\x1b[93m5\x1b[0m - error TS2322: No.\n",
        "src/a.ts: error TS2322: No.",
    ),
    "eslint": (
        "\n/work/src/a.js\n  12:5  error  'x' is not defined  no-undef\n\n✖ 1 problem\n",
        "src/a.js: error 'x' is not defined no-undef",
    ),
    "golangci": (
        "main.go:12:2: Error return value is not checked (errcheck)\n\tf()\n\t^\n",
        "main.go: Error return value is not checked (errcheck)",
    ),
    "clippy": ("error: this is odd\n  --> src/lib.rs:2:9\n   |\n2 |     x\n", "src/lib.rs: error: this is odd"),
    "rubocop": ("lib/a.rb:1:1: C: Style/X: no\n", "lib/a.rb: C: Style/X: no"),
    "phpstan": (
        " ------ ----\n  Line   src/A.php\n ------ ----\n  12     Undefined variable: $x\n",
        "src/A.php: Undefined variable: $x",
    ),
    "black": ("would reformat /work/a.py\nOh no!\n", "a.py: would be reformatted"),
    "ruff format": ("Would reformat: a.py\n1 file would be reformatted\n", "a.py: would be reformatted"),
    "prettier": (
        "[warn] src/a.js\n[warn] Code style issues found in the above file.\n",
        "src/a.js: would be reformatted",
    ),
    "rustfmt": ("Diff in /work/src/main.rs:12:\n-x\n+y\n", "src/main.rs: would be reformatted"),
    "isort": (
        "ERROR: /work/a.py Imports are incorrectly sorted and/or formatted.\n",
        "a.py: Imports are incorrectly sorted and/or formatted.",
    ),
}


@pytest.mark.parametrize("tool", SAMPLES)
def test_a_tools_complaint_is_read_without_its_place(tool: str) -> None:
    text, expected = SAMPLES[tool]
    assert complaints.parse(text).all == (expected,)


def test_a_complaint_that_moved_is_not_new() -> None:
    before = complaints.parse("a.py:3:1: F401 unused\n").all
    after = complaints.parse("a.py:9:1: F401 unused\n").all
    assert complaints.new(before, after) == ()


def test_a_second_complaint_of_the_same_kind_is_new() -> None:
    before = complaints.parse("a.py:3:1: F401 unused\n").all
    after = complaints.parse("a.py:3:1: F401 unused\na.py:9:1: F401 unused\n").all
    assert complaints.new(before, after) == ("a.py: F401 unused",)


def test_warnings_count_only_where_there_are_no_errors() -> None:
    both = complaints.parse("/work/a.js\n  1:1  warning  meh  no-meh\n  2:1  error  bad  no-bad\n")
    assert both.all == ("a.js: error bad no-bad",)
    assert complaints.parse("/work/a.js\n  1:1  warning  meh  no-meh\n").all == ("a.js: warning meh no-meh",)


@pytest.mark.parametrize(
    "line",
    [
        "see http://localhost:3000/ for more",
        "All checks passed!",
        "Success: no issues found in 12 source files",
        "12:30:05 INFO started",
        "warning: `foo` (lib) generated 1 warning",
        "  1 | import os",
    ],
)
def test_what_is_no_complaint_is_not_taken_for_one(line: str) -> None:
    assert complaints.parse(line + "\n").all == ()


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_new_is_the_difference_of_multisets(base: list[str], head: list[str]) -> None:
    assert Counter(complaints.new(base, head)) == Counter(head) - Counter(base)


@given(st.text(max_size=300) | st.lists(st.sampled_from([s[0] for s in SAMPLES.values()])).map("".join))
def test_no_output_raises(text: str) -> None:
    complaints.parse(text)


def test_a_million_characters_on_one_line_are_no_trouble() -> None:
    complaints.parse("a" * 1_000_000 + ":1:1: x\n" + "a.b:" * 250_000 + "\n" + "a(" * 300_000)
