"""What of an issue's text is kept."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from workflows.text.escape import close_fence, plain
from workflows.text.sanitise import sanitise, sanitise_line, sanitised
from workflows.values import Issue


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("before <!-- hidden --> after", "before  after"),
        ("one\n<!-- a\nb\nc -->\ntwo", "one\ntwo"),
        ("one\n<!-- never ended\ntwo", "one"),
        ("`a <!-- b` is shown", "`a <!-- b` is shown"),
        ("say `<!-- a -->`, then ``<!-- ` -->``", "say `<!-- a -->`, then ``<!-- ` -->``"),
        ("`a` <!-- hidden --> `b`", "`a`  `b`"),
        ("<!-->shown", "shown"),
        ("```html\n<!-- shown -->\n```\nx", "```html\n<!-- shown -->\n```\nx"),
        ("<!--\n```\nhidden\n```\n-->\nshown", "shown"),
        ("- a\n  ```html\n  <!-- shown -->\n  ```", "- a\n  ```html\n  <!-- shown -->\n  ```"),
        ("~~~\n<!--\n~~~\nshown", "~~~\n<!--\n~~~\nshown"),
        ("[//]: # (hidden)\nshown", "shown"),
        ("[a]: https://example.org 'hidden'\n[a]", "[a]: https://example.org\n[a]"),
        ("a\u200bb\u202ec\U000e0041d\u2800e\ufe01f", "abcdef"),
        ("\U0001f468\u200d\U0001f469 \u2764\ufe0f", "\U0001f468\u200d\U0001f469 \u2764\ufe0f"),
        ("x\ufe0f\ufe0e\ufe0f", "x\ufe0f"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("> - <!--\n>", ""),
        ("a\n\n> <!-- never ended\n\nhidden", "a"),
        ("half \ud800 of a pair", "half \ufffd of a pair"),
    ],
)
def test_what_the_page_does_not_show_is_not_kept_and_what_it_shows_is(text: str, kept: str) -> None:
    assert sanitise(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "a ` b\n` <!-- hidden --> `",
        "- a `\n- ` b ` <!-- hidden --> `",
        "\\` <!-- hidden --> `",
        '<a title="`"> <!-- hidden --> `',
        "<pre>\n\n` <!-- hidden --> `",
        "<!-- a --> ` <!-- hidden --> `",
        "<!--\n\n--> ` <!-- hidden --> `",
        "a | b\n-|-\n` | <!-- hidden --> ` | c",
        "[a]: b\n'` <!-- hidden --> `'",
        "<details>\n```\n<!-- hidden -->\n```\n</details>",
        "``` text hidden\nshown\n```",
    ],
)
def test_backticks_do_not_make_code_of_what_the_page_hides(text: str) -> None:
    assert "hidden" not in sanitise(text)
    assert "hidden" not in sanitise(f"{text}\n{text}")


def test_a_long_text_is_cut_and_says_so() -> None:
    kept = sanitise("word " * 20_000)
    assert len(kept) <= 65_536
    assert kept.endswith("(The text was longer; the rest is left out.)")


def test_a_title_is_one_bounded_line() -> None:
    assert sanitise_line("a\n\tb  <!-- c --> d") == "a b d"
    assert len(sanitise_line("x" * 1000)) == 500


def test_every_text_of_an_issue_is_made_safe_and_its_number_stays() -> None:
    issue = Issue(7, "t\u200bt", "b<!-- -->b", "a\u202ea", "https://example.org/7", ("l\u200bl",))
    assert sanitised(issue) == Issue(7, "tt", "bb", "aa", "https://example.org/7", ("ll",))


@pytest.mark.parametrize("piece", ["<!--", "<!--\n", "```\n", "<!--\n```\n", "[a]: b '", "-->\n<!--", "\\["])
def test_a_text_made_to_be_slow_is_not(piece: str) -> None:
    began = time.process_time()  # its own work, whatever else the machine does
    sanitise(piece * (300_000 // len(piece)))
    assert time.process_time() - began < 5


@given(st.text(alphabet=st.sampled_from(list("ab`~<!->\n []():'#/\u200b\ufe0f\u200d ")), max_size=80))
def test_a_text_that_was_made_safe_once_stays_as_it_is(text: str) -> None:
    once = sanitise(text)
    assert sanitise(once) == once


_OPENINGS = (
    "```closes #1",
    "~~~closes #1",
    "````fixes #2",
    "   ```closes #3",
    "- ```closes #1",
    "> ~~~closes #1",
    "- a\n\n  ```closes #1",
    "```a\n~~~closes #1",
    "```closes #1\n~~~fixes #2\n~~~",
    "~~~closes #1\n```\n```",
    "```Signed-off-by: a",
    "\t```closes #1",
    "    ```closes #1",
    "```\u200bcloses #1",
    "`\u200b``closes #1",
    "```@x closes #1",
    "```![a](https://example.org/a.png)",
    "```<div> closes #1",
    "<div>\n```closes #1",
    "<!-- a -->```closes #1",
    "> - ```resolved: #1",
)


def _leaves_nothing_open(text: str) -> None:
    """What follows the harmless text is read as ours: not as code, nor as HTML."""
    tokens = MarkdownIt("commonmark").enable("table").parse(f"{text}\n\n## Ours\n")
    assert [token.type for token in tokens[-3:]] == ["heading_open", "inline", "heading_close"]
    assert tokens[-2].content == "Ours"
    assert tokens[-3].level == 0


@pytest.mark.parametrize("text", _OPENINGS)
def test_a_fence_whose_words_are_made_harmless_is_closed_all_the_same(text: str) -> None:
    _leaves_nothing_open(plain(text))
    assert close_fence(plain(text)) == plain(text)


@given(
    st.lists(
        st.sampled_from(
            [
                *("```", "~~~", "`", "closes #1", "Signed-off-by: a", "@x", "![", "<div>", "\n", "\n\n"),
                *" \t>-1.\u200ba",
            ]
        ),
        max_size=14,
    ).map("".join)
)
@example("```closes #1")
@example("~~~closes #1")
@example("````fixes #2")
@example("   ```closes #3")
@example("- ```closes #1")
@example("> ~~~closes #1")
@example("- a\n\n  ```closes #1")
@example("```a\n~~~closes #1")
@example("```closes #1\n~~~fixes #2\n~~~")
@example("~~~closes #1\n```\n```")
@example("```Signed-off-by: a")
@example("\t```closes #1")
@example("    ```closes #1")
@example("```\u200bcloses #1")
@example("`\u200b``closes #1")
@example("```@x closes #1")
@example("```![a](https://example.org/a.png)")
@example("```<div> closes #1")
@example("<div>\n```closes #1")
@example("<!-- a -->```closes #1")
@example("> - ```resolved: #1")
def test_no_text_swallows_what_follows_it(text: str) -> None:
    _leaves_nothing_open(plain(text))
