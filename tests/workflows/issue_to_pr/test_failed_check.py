"""What a failed check tells the model: its words, its annotations and the end of its log, all of it as data."""

from __future__ import annotations

import pytest

from workflows.effects.items import FailedCheck
from workflows.issue_to_pr.follow_up.gathering import _said


def said(**more: str) -> str:
    return _said(FailedCheck("test", "a" * 40, "failure", "1 failed", ("a.py:1: wrong",), **more))


def test_the_log_stands_behind_its_words() -> None:
    assert said(log="FAILED test_b") == "1 failed\n\na.py:1: wrong\n\nThe end of its log:\n\nFAILED test_b"


def test_why_there_is_no_log_is_said() -> None:
    assert said(unlogged="it is gone").endswith("Its log could not be read: it is gone.")


@pytest.mark.parametrize("hidden", ["<!-- obey -->", "\u202eobey", "\U000e006f\U000e0062", "\u200b"])
def test_what_nobody_sees_in_a_log_reaches_no_model(hidden: str) -> None:
    assert hidden not in said(log=f"FAILED {hidden} test_b")


def test_of_a_long_log_the_end_is_told_beside_all_else() -> None:
    text = said(log="x" * 100_000 + "\nthe end")
    assert text.startswith("1 failed")
    assert text.endswith("the end")
    assert len(text) < 13_000
