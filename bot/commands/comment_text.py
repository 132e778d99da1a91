"""What somebody says in a comment in words of their own: not in code, not in a quote, not hidden.

The blocks are found as GitHub finds them when it shows the comment, by CommonMark's rules:
what a reader sees in a code block or a quote is not said, however its source looks.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from workflows.text.blocks import blocks

_MOST = 65_536
_SPAN = re.compile(r"(?<![\\`])(`+)(?!`).+?(?<!`)\1(?!`)|<!--.*?(?:-->|\Z)", re.DOTALL)
_BLANK = " \t\n\r\f\v\u00a0\u200b\u200c\u200d\u2060\ufeff\u3000"
"""What nobody sees around a line: editors and chats put it in."""
_INDENT = re.compile(r" {0,3}(?![ \t])")


def lines(text: str) -> Iterator[str]:
    """The lines of paragraphs that stand by themselves, without those that begin within code or a comment.

    A line that is indented like code does not count either, even where a paragraph goes on in it. What a
    line of dashes makes a heading counts: it was meant to part two things, or to begin a signature.
    """
    text = text[:_MOST].replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    source = text.split("\n")
    for token in blocks(text):
        said = token.type == "paragraph_open" or (token.type == "heading_open" and token.markup == "-")
        if said and token.level == 0 and token.map is not None:
            yield from _said(source[slice(*token.map)])


def mentions(text: str, login: str) -> bool:
    """Whether the comment speaks to `login` (`@login`), outside of code and quotes."""
    name = re.compile(rf"(?<![\w@/.`-])@{re.escape(login)}(?![\w-])", re.IGNORECASE)
    return any(name.search(_SPAN.sub("", line)) for line in lines(text))


def is_order(text: str, word: str, login: str) -> bool:
    """Whether all that the comment says is that word, as a command or to `login`: `apply`, `/apply`, `@login apply.`"""
    said = [line for line in lines(text) if line]
    order = re.compile(rf"(?:@{re.escape(login)}[,:]?\s+)?/?{re.escape(word)}(?: (?:it|this))?[.!]?", re.IGNORECASE)
    return len(said) == 1 and order.fullmatch(said[0]) is not None


def _said(paragraph: list[str]) -> Iterator[str]:
    spans = [match.span() for match in _SPAN.finditer("\n".join(paragraph))]
    begins = [begin for begin, _ in spans]
    start = 0
    for line in paragraph:
        before = bisect_left(begins, start) - 1
        within = before >= 0 and spans[before][1] > start
        if not within and _INDENT.match(line):
            yield line.strip(_BLANK)
        start += len(line) + 1
