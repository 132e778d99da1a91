"""The blocks of a Markdown text as GitHub finds them when it shows it: paragraphs, quotes, lists, fences, HTML."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


def blocks(text: str) -> Sequence[Token]:
    """In order; `map` is the first line and the one behind the last. What stands inside of a paragraph is not read.

    Lines end with a line feed. Of what is nested more than 20 deep nothing is found.
    """
    # Without the end of a line it fails at a quote that ends in nothing.
    return _parser().parse(f"{text}\n")


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": 20})
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser
