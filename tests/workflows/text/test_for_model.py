"""Texts on their way to a model: storable, cleaned in one pass, and cut in their middle."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workflows.text.for_model import clean, head_and_tail


@given(st.text())
def test_cleaned_text_is_storable_and_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean(text)
    once.encode()
    assert "\0" not in once
    assert "\x1b" not in once
    assert clean(once) == once


@given(st.text(max_size=400), st.integers(min_value=20, max_value=100))
def test_head_and_tail_keep_both_ends(text: str, most: int) -> None:
    cut = head_and_tail(text, most)
    assert len(cut) <= most + 80
    assert cut == text if len(text) <= most else "left out" in cut


def test_a_megabyte_of_escapes_is_cleaned_in_one_pass() -> None:
    clean("\x1b[" * 500_000)
    clean("\x1b]" * 500_000)
