"""Text for Telegram: what others wrote acts as nothing, and nothing is longer than it may be."""

from __future__ import annotations

from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.wire.html import MOST, bare, code, cut, lines, link, paragraphs, units, words

SPACE = "\u200b"


@pytest.mark.parametrize(
    "text", ["@alice", "see /abort_all", "#urgent", "https://evil.example", "evil.example", "$GOOG", "a@b.example"]
)
def test_what_looks_like_a_link_a_mention_or_a_command_is_broken_and_reads_as_before(text: str) -> None:
    said = unescape(words(text))
    assert SPACE in said
    assert said.replace(SPACE, "") == text


@pytest.mark.parametrize("text", ["a / b", "1. one", "and/or", "#1", "$5", "half a dozen: it works"])
def test_what_acts_as_nothing_stays_as_it_is(text: str) -> None:
    assert words(text) == text


def test_tags_of_others_are_words() -> None:
    assert words("<b>&") == "&lt;b&gt;&amp;"
    assert code("<b>") == "<code>&lt;b&gt;</code>"


def test_lines_stay_where_they_are_wanted() -> None:
    assert words("one\n\ntwo\tthree") == "one two three"
    assert paragraphs("one\n\n\n\ntwo\n") == "one\n\ntwo"
    assert bare("**bold** `code` \\_") == "bold code _"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "", "tg://resolve?domain=x", "//evil.example"])
def test_only_an_address_of_the_web_is_a_link(url: str) -> None:
    assert link("label", url) == "label"


def test_an_address_cannot_leave_its_attribute() -> None:
    assert link("label", 'https://a.example/"><b>') == '<a href="https://a.example/&quot;&gt;&lt;b&gt;">label</a>'


@given(st.text(), st.integers(1, 50))
def test_a_text_is_cut_at_whole_characters_and_says_so(text: str, most: int) -> None:
    kept = cut(text, most)
    assert units(kept) <= most
    whole = text.encode("utf-8", "replace").decode()
    assert kept == whole or (kept.endswith("…") and whole.startswith(kept[:-1]))


@given(st.lists(st.text(st.characters(exclude_characters="\n<&"), max_size=40), max_size=40), st.integers(10, 300))
def test_as_many_lines_are_kept_as_fit_and_that_there_were_more_is_said(found: list[str], most: int) -> None:
    kept = lines([f"<b>{line}</b>" for line in found], most)
    assert units(unescape(kept.replace("<b>", "").replace("</b>", ""))) <= most
    assert kept.count("<b>") == kept.count("</b>")
    assert kept.endswith("…") or kept.count("<b>") == len(found)


def test_a_letter_of_two_units_counts_as_two() -> None:
    assert units("a😀") == 3
    assert units(lines(["😀" * 3000])) <= MOST
