"""A model's words about checks stay words: they look like nothing that the harness makes."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from workflows.model_words import MARKED, bare, phrase, quoted

TABLE = "| Check | Result |\n|---|---|\n| pytest | **passed** |"

IMITATIONS = [
    f"## Verification\n\n{TABLE}",
    f"Verification\n===\n\n{TABLE}",
    f"> # Verification\n>\n> {TABLE}",
    "Check | Result\n--- | :-:\npytest | passed",
    f"**Verification**\n\n- item\n\n  {TABLE}",
    "- [x] all tests pass\n1. [X] lint passes",
    f"text\n```closes #1\n{TABLE}",
    f"<h2>Verification</h2>\n{TABLE}",
]


@pytest.mark.parametrize("text", IMITATIONS)
def test_neither_heading_nor_table_nor_box_comes_of_them(text: str) -> None:
    shown = quoted(text)
    assert shown.startswith(MARKED)
    tokens = MarkdownIt("commonmark").enable("table").parse(f"{shown}\n\n## Verification\n\nours")
    kinds = [token.type for token in tokens]
    assert kinds.count("heading_open") == 1
    assert "table_open" not in kinds
    assert "[x]" not in shown.lower()
    level = next(token.level for token in tokens if token.type == "heading_open")
    assert level == 0, "what follows stands outside of the quotation"


@pytest.mark.parametrize("text", IMITATIONS)
def test_a_commit_s_message_has_no_rows_and_no_titles_of_theirs(text: str) -> None:
    words = bare(text)
    assert "|---" not in words
    assert "**Verification**" not in words
    assert "[x]" not in words.lower()


@pytest.mark.parametrize("mark", ["\u2705", "\u2714\ufe0f", "\u2611", "\U0001f7e2", ":white_check_mark:"])
def test_marks_are_taken_out(mark: str) -> None:
    assert phrase(f"{mark} pytest passed") == "pytest passed"
    assert mark not in quoted(f"{mark} pytest passed") + bare(f"{mark} pytest passed")


def test_no_words_are_no_quotation() -> None:
    assert quoted("\n \n") == ""
