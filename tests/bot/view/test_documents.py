"""What is written into a cell of a spreadsheet is text there."""

from __future__ import annotations

import pytest

from bot.view.documents import csv_cell


@pytest.mark.parametrize(
    "begins",
    ["=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠", " =", "\u200b=", "\ufeff\u00a0=", "\u2060@"],
)
def test_no_cell_is_a_formula(begins: str) -> None:
    text = f"{begins}cmd|' /C calc'!A0"
    assert csv_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a", "a=b", "a - b", "#7", "1.5", "'=1", "fix/issue-1", " a", "ä"])
def test_what_is_none_stays_as_it_is(text: str) -> None:
    assert csv_cell(text) == text
