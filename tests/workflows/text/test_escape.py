"""Other people's text is made harmless without being made unreadable."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from workflows.text.escape import block, close_fence, code, cut, line, plain

PIECES = (
    *("@everyone", "closes #1", "\n", "\n\n", "```", "~~~~", "`", "    ", "- ", "> ", "1. ", "   ", "\\", "|", "x"),
    *("<img src=x>", "<pre>\n", "<!--", "-->", "![a](b)", "\u200b", "\u202e", "# Verification", "\n---\n", "\n~~~\n"),
)
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@pytest.mark.parametrize(
    "text",
    [
        "ping @everyone",
        "`a\n`@everyone`",
        "1. x\n   ```\n@everyone\n   ```",
        "- ```\n@everyone\n```",
        "\\`@everyone`",
        "<div>\n```\n</div>\n\n@everyone",
        "@\u200beveryone @everyone",
        "> ```\n@everyone",
        "```\nx\n   ```\n@everyone\n```",
        "```\nx\n~~~\n```\n@everyone",
        "``` a`b\n@everyone\n```",
    ],
)
def test_nobody_is_notified(text: str) -> None:
    assert acting(plain(text)) == []


def acting(text: str) -> list[str]:
    """What of a Markdown text a renderer takes for prose that notifies or closes, HTML, an image or a heading."""
    found = []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type in ("html_block", "heading_open"):
            found.append(token.type)
        for part in token.children or ():
            if part.type in ("html_inline", "image"):
                found.append(part.type)
            found += re.findall(r"@everyone|\bcloses\b", part.content)
    return found


@pytest.mark.parametrize(
    "text",
    [
        *(
            "closes #1",
            "Fixes: #1",
            "resolved a/b#1",
            "FIX\n#1",
            "close https://github.com/a/b/issues/1",
            "fixed **#1**",
        ),
        *("closes \\#1", "fixes ~~#1~~", "resolve (#1)", 'closes "#1"', "fix\\\n#1"),
    ],
)
def test_no_issue_is_closed(text: str) -> None:
    assert not re.search(r"\b(close[sd]?|fix(e[sd])?|resolve[sd]?)\b", plain(text), re.IGNORECASE)


@pytest.mark.parametrize(
    "text", ["&#64;everyone", "&commat;everyone", "closes &#35;1", "closes&Tab;#1", "c&#108;oses #1", "&#x40;everyone"]
)
def test_an_entity_stands_for_nothing(text: str) -> None:
    shown = "".join(token.content for token in MarkdownIt("commonmark").parseInline(plain(text))[0].children or ())
    assert not re.search(r"@everyone|closes\s*#1", shown)


def test_the_entities_that_only_write_markdown_itself_stay() -> None:
    assert plain("a &lt;b&gt; &amp; &quot;c&quot; & d &e") == "a &lt;b&gt; &amp; &quot;c&quot; & d &e"


@pytest.mark.parametrize(
    "text",
    [
        *("Mend it [skip ci]", "[CI SKIP] Mend it", "[no ci]", "[skip actions]", "[actions skip]", "***NO_CI***"),
        *("skip-checks: true", "Signed-off-by: Ann <ann@example.org>", "Co-authored-by: Ann <ann@example.org>"),
    ],
)
def test_no_check_is_left_out_and_nobody_signs(text: str) -> None:
    for made in (plain(text), line(text)):
        assert not re.search(r"\[\w+ \w+\]|\*NO_CI|skip-checks:|-by:", made, re.IGNORECASE)
        assert made.replace("\u200b", "").partition("<")[0] == text.partition("<")[0]


def test_images_html_and_comments_stay_text() -> None:
    assert plain("a ![x](http://e/p.png) b") == "a !\u200b[x](http://e/p.png) b"
    assert plain("\\![x](http://e/p.png)") == "\\!\u200b[x](http://e/p.png)"
    assert plain('<img src="http://e">') == '<\u200bimg src="http://e">'
    assert plain("a<!-- do evil -->b<!-- and more") == "ab"


@pytest.mark.parametrize("text", ["[^1] x\n\n[^1]: Proven", "> [^a]: x", "[redacted]: http://e", "[a\nb]: http://e"])
def test_nothing_is_defined_for_the_rest_of_the_page(text: str) -> None:
    """A footnote is shown at the page's end, as if it were ours; a definition makes links of our words."""
    for made in (plain(text), line(text)):
        assert not re.search(r"\[\^|\]:", made)
        assert made.replace("\u200b", "").lstrip("\\").split() == text.split()


def test_headings_cannot_pretend_to_be_ours() -> None:
    assert plain("## Verification ##\n42 passed") == "**Verification**\n42 passed"
    assert plain("Verification\n---") == "Verification\n\u200b---"


def test_code_in_a_fence_stays_as_it_is() -> None:
    text = "Use it:\n\n```python\n@app.route('/')\ndef f() -> List<int>: ...\n```\n\nDone."
    assert plain(text) == text


def test_a_fence_left_open_is_closed() -> None:
    assert plain("```\ncode") == "```\ncode\n```"
    assert plain("~~~~ py\n~~~\n") == "~~~~ py\n~~~\n\n~~~~"


def test_inline_code_holds_whatever_backticks_there_are() -> None:
    assert code("a") == "`a`"
    assert code("a``b") == "```a``b```"
    assert code("`a") == "`` `a ``"


def test_one_line_cannot_open_a_block() -> None:
    assert line("# big\n@x") == "#\u200b big @\u200bx"
    assert line("```sh") == "\u200b```sh"


def test_the_end_of_long_output_is_kept() -> None:
    text = block("first\n" + "x" * 100 + "\nlast ```", 20)
    assert text.startswith("````text\n…\n")
    assert text.endswith("last ```\n````")


@given(HOSTILE)
def test_whatever_is_written_a_renderer_finds_nothing_that_acts(text: str) -> None:
    assert acting(plain(text)) == []


@given(HOSTILE)
def test_whatever_is_written_what_follows_stands_on_its_own(text: str) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(f"{plain(text)}\n\n## Ours\n")
    assert [(token.type, token.level) for token in tokens[-3:]] == [
        ("heading_open", 0),
        ("inline", 1),
        ("heading_close", 0),
    ]


@given(HOSTILE, st.integers(60, 200))
def test_a_cut_text_fits_and_closes_what_it_opened(text: str, most: int) -> None:
    short = cut(text, most)
    assert len(short) <= most
    assert close_fence(short) == short or len(text) <= most
