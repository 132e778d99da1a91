"""Words in place of a draft, where a repository's plan has none."""

from __future__ import annotations

from workflows.text.escape import MOST_CHARACTERS
from workflows.text.pull_request.draft_words import HANDED_OVER, NOT_READY, speaks, spoken, unspoken


def test_words_replace_others_of_ours_and_leave_what_they_found() -> None:
    first = spoken("Fix it", "What was done.\n", NOT_READY)
    assert first[0] == "[Not ready] Fix it"
    assert speaks(first[1])
    second = spoken(*first, HANDED_OVER)
    assert second[0] == "[Handed over] Fix it"
    assert "Not ready" not in "".join(second)
    assert unspoken(*second) == ("Fix it", "What was done.\n")


def test_words_that_came_back_with_other_ends_of_lines_are_known() -> None:
    title, body = spoken("Fix it", "Text", NOT_READY)
    assert unspoken(title, body.replace("\n", "\r\n").replace("\r\n\r\n", "\n\n")) == ("Fix it", "Text")


def test_brackets_of_others_stay() -> None:
    assert unspoken("[WIP] Fix it", "> a quotation\n\nText") == ("[WIP] Fix it", "> a quotation\n\nText")
    assert not speaks("Text with <!-- pullwright:words --> in it")


def test_the_longest_text_has_room_for_them() -> None:
    _, body = spoken("Fix it", "x" * MOST_CHARACTERS, NOT_READY)
    assert len(body) <= MOST_CHARACTERS
    assert speaks(body)
