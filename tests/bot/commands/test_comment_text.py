"""What counts as said in a comment is what a reader sees as its writer's own words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.comment_text import is_order, lines, mentions

CODE = "```\n/fix\n```"


@pytest.mark.parametrize(
    "text",
    [
        CODE,
        "~~~ text\n/fix\n~~~",
        "```\n/fix",
        "    /fix",
        "\t/fix",
        "Like this:\n    /fix",
        "> /fix",
        ">/fix",
        "> a quote\n/fix",
        "- item\n  /fix",
        "1. /fix",
        "`/fix`",
        "`a\n/fix\nb`",
        "<!-- /fix -->",
        "<!--\n/fix\n-->",
        "words <!--\n/fix\n--> words",
        "<pre>\n\n/fix\n</pre>",
        "# /fix",
        "/fix\n====",
        "[fix]: http://x\n    /fix",
    ],
)
def test_code_quotes_lists_headings_and_comments_are_not_said(text: str) -> None:
    assert not [line for line in lines(text) if line.startswith("/fix")]


@pytest.mark.parametrize(
    "text",
    [
        "/fix",
        "  /fix",
        "Hello\n/fix",
        "Hello\r\n/fix\r\n",
        "> a quote\n\n/fix",
        CODE + "\n/fix",
        "<!-- hidden -->\n\n/fix",
        "`code` before\n/fix",
        "an open ` tick\n/fix",
        "`a\\`\n/fix",
        "/fix\n---\nA note.",
        "/fix\n-- \nAlice",
    ],
)
def test_a_paragraph_is_said_wherever_it_stands(text: str) -> None:
    assert "/fix" in list(lines(text))


def test_a_mention_is_one_of_the_whole_name_in_prose() -> None:
    said = ["@pullwright please", "please, @Pullwright!", "(@pullwright)"]
    unsaid = ["`@pullwright`", "> @pullwright", "@pullwright-two", "mail@pullwright", "@org/@pullwright", "pullwright"]
    assert [mentions(text, "pullwright") for text in said + unsaid] == [True] * len(said) + [False] * len(unsaid)


_MARKDOWN = st.text(st.sampled_from("/fix`~>-#<!\n\r\t *_[]()\\=1.a\0"), max_size=200)


@given(_MARKDOWN)
def test_whatever_is_said_is_a_line_of_the_comment(text: str) -> None:
    source = text.replace("\0", "\ufffd").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert all(said in [line.strip() for line in source] for said in lines(text))


@given(_MARKDOWN)
def test_what_is_quoted_or_fenced_is_never_said(text: str) -> None:
    flat = text.replace("\r\n", "\n").replace("\r", "\n")
    assert not list(lines("\n".join(f"> {line}" for line in flat.split("\n"))))
    assert not list(lines(f"{'`' * 201}\n{text}\n{'`' * 201}"))


def test_of_a_text_longer_than_a_comment_can_be_the_rest_is_not_read() -> None:
    assert len(list(lines("/fix\n" * 30_000))) == 65_536 // 5 + 1


@pytest.mark.parametrize(
    "text", ["> " * 30_000, "- a\n > b\n" * 6_000, "`a`\n" * 16_000, "[" * 60_000, "<a \n" * 16_000, "> - <!--\n>"]
)
def test_odd_comments_of_the_largest_size_are_read_to_their_end(text: str) -> None:
    assert all(line in text for line in lines(text))


@pytest.mark.parametrize(
    "text", ["apply", "Apply!", "/apply", "@bot apply", "@Bot, apply it.", " apply this\n\n", "> quoted\n\napply"]
)
def test_a_word_alone_is_an_order(text: str) -> None:
    assert is_order(text, "apply", "bot")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Does this apply?",
        "apply\napply",
        "apply and merge",
        "`apply`",
        "> apply",
        "```\napply\n```",
        "@other apply",
        "<!-- apply -->",
        "reapply",
    ],
)
def test_a_word_among_others_is_none(text: str) -> None:
    assert not is_order(text, "apply", "bot")


@pytest.mark.parametrize("blank", ["\u200b", "\u00a0", "\ufeff", "\u2060", "\u3000"])
def test_what_nobody_sees_around_a_line_is_no_part_of_it(blank: str) -> None:
    assert list(lines(f"{blank}/fix{blank}")) == ["/fix"]
