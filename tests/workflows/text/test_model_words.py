"""A model's words about checks stay words: they look like nothing that the harness makes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from markdown_it import MarkdownIt

from workflows.text.claims import TAKEN
from workflows.text.escape import plain
from workflows.text.model_words import MARKED, bare, phrase, quoted, words

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


@pytest.mark.parametrize("mark", ["\u2705", "\u2714\ufe0f", "\u2611", "\U0001f7e2", ":white_check_mark:", "\\:ok\\:"])
def test_marks_are_taken_out(mark: str) -> None:
    assert phrase(f"{mark} pytest passed") == "pytest passed"
    assert mark not in quoted(f"{mark} pytest passed") + bare(f"{mark} pytest passed")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "__Verification__",
            "***Verification***",
            "*Verification*",
            "**Verification**:",
            "**Verification** \\",
            "_V_",
        ),
        *("***", "* * *", "___", "- - -", "> ***"),
    ],
)
def test_what_stands_for_a_title_or_a_line_is_broken(text: str) -> None:
    html = MarkdownIt("commonmark").render(quoted(f"Before.\n\n{text}\n\nAfter.")).partition("</p>")[2]
    assert not re.search(r"<(?:strong|em|hr)\b", html)


@pytest.mark.parametrize("kind", ["mermaid", "math", "geojson", "suggestion", " Mermaid", "topojson x"])
@pytest.mark.parametrize("shown", [quoted, words, plain])
def test_no_fence_is_shown_as_a_picture_or_a_suggestion(kind: str, shown: Callable[[str], str]) -> None:
    told = shown(f"```{kind}\ngraph TD; Verified\n```\n\n```python\nx = 1\n```")
    assert kind.strip() not in told
    assert "graph TD" in told
    assert "```python" in told


def test_no_formula_draws_a_mark() -> None:
    assert quoted(r"It is $\color{green}\text{so}$ and $$\boxed{x}$$").endswith(r"It is \color{green}\text{so} and {x}")
    assert quoted("It costs $5, not $6.").endswith("It costs $5, not $6.")


@pytest.mark.parametrize(
    "claim",
    [
        *("All 53 tests green", "53/53 tests", "Tests: OK", "**Lint**: green", "Verdict: Proven", "State: verified"),
        *("Result: **Proven**", "> Verification: passed", "Pullwright has verified this change.", "Nothing failed."),
        *("No regressions.", "zero failures", "None of the tests failed", "The tests do not fail", "100 % coverage"),
        "\U0001d415\U0001d41e\U0001d42b\U0001d422\U0001d41f\U0001d422\U0001d41e\U0001d41d",
    ],
)
def test_a_claim_about_checks_is_left_out(claim: str) -> None:
    assert quoted(f"{claim}\n\nIt reads the file.").endswith(f"> It reads the file.\n\n*{TAKEN}*")


@pytest.mark.parametrize(
    "prose",
    [
        *("It returns status OK.", "Adds tests for ok responses.", "The result is ok where the input is empty."),
        *(
            "No error is raised.",
            "Pullwright's configuration is read.",
            "The state is green or red.",
            "Parses `ok: true`.",
        ),
        *("Nothing is written.", "A test for the verified flag.", "Exit code 0 on success.", "**bold** and *more*"),
    ],
)
def test_what_tells_of_the_code_stays(prose: str) -> None:
    assert quoted(prose).endswith(f"> {prose}")


def test_no_words_are_no_quotation() -> None:
    assert quoted("\n \n") == ""


ALIVE = [
    "\u2705## V",
    "<\u2705h2>V",
    "!\u2705[a](http://x/y.png)",
    "**# V**",
    "V\n**===**",
    "a|b\n**-|-**\nc|d",
    "```\nx\n**```**\n# V\n\n<img src=x>",
    "```\nx\n\u2705```\n# V",
    "```\nx\n```\u00a0\n# V",
    "a|b\n-|-\u00a0\nc|d",
    "a\n===\u3000",
    "<!\u2705-- x -->## V",
    "\u00a0\u00a0# V",
    "a|b\n\u2705-|-\nc|d",
    ":\u2705x::x:## V",
]


@pytest.mark.parametrize("text", ALIVE)
@pytest.mark.parametrize("shown", [quoted, words])
def test_nothing_comes_alive_again_by_what_is_taken_out(text: str, shown: Callable[[str], str]) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(shown(text))
    kinds = {token.type for token in tokens} | {child.type for token in tokens for child in token.children or ()}
    assert not kinds & {"heading_open", "table_open", "html_block", "html_inline", "image"}


@pytest.mark.parametrize(
    "text",
    [
        "[skip \u2705ci]",
        "Fi\u2705xes #1",
        "Fixes \u2705#1",
        "Signed-off-\u2705by: A",
        "clo<!-- -->ses #1",
        "@\u2705you",
    ],
)
@pytest.mark.parametrize("shown", [quoted, bare, phrase, words])
def test_nothing_acts_that_a_mark_had_held_apart(text: str, shown: Callable[[str], str]) -> None:
    assert not re.search(r"\[skip ci\]|(?:Fix|clos)es #1|Signed-off-by:|@b", shown(text))


@pytest.mark.parametrize(
    "text", ["- - [x] a", "1. - [x] a", "- > - [X] a", "1.\n   [x] a", "+\n  [ ] a", "[!TIP]\nVerified.", "**- [x] a**"]
)
@pytest.mark.parametrize("shown", [quoted, bare, phrase, words])
def test_no_box_and_no_alert_in_whatever_nesting(text: str, shown: Callable[[str], str]) -> None:
    assert not re.search(r"\[(?:[ xX]\]|!)", shown(text))


@pytest.mark.parametrize(
    "mark",
    [
        ":white_\u200bcheck_mark:",
        ":white_check<!-- -->_mark:",
        ":white_:x:check_mark:",
        "\u2716",
        "\U0001f7e9",
        "\U0001f44d\U0001f3fd",
        ":+1:",
        r":white\_check\_mark:",
        r"$\checkmark$",
    ],
)
def test_marks_are_known_in_their_disguises(mark: str) -> None:
    for shown in (quoted, bare, phrase, words):
        assert shown(f"{mark} passed").removeprefix(MARKED).strip("\n> ") == "passed"
