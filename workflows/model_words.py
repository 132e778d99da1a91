"""Words of a model, shown so that nobody takes them for what the harness has measured.

A summary may hold a heading "Verification" with a table and check marks of its own. Headings,
tables, boxes and marks are ours to make: in a model's words they read as plain text, and the
whole stands in a quotation that says whose words it is.
"""

from __future__ import annotations

import re

from workflows.markdown import line, plain, without_fences

MARKED = "*In the model's own words, which nothing has checked:*"

_BREAK = "\u200b"
_RULE = re.compile(r"^[ \t>]*(?=[^\n]*-)(?=[^\n]*\|)[ \t|:-]+$")
"""The line below a table's head: without it GitHub sees no table."""
_ROW = re.compile(r"^[ \t>]*\|.*$")
_BOX = re.compile(r"^([ \t>]*(?:[-*+]|\d+[.)])[ \t]+)\[(?=[ xX]\])")
_BOX_WHOLE = re.compile(_BOX.pattern.replace(r"\[(?=[ xX]\])", r"\[[ xX]\] *"))
_MARKS = re.compile(
    "[\u2705\u2610-\u2612\u2713\u2714\u2717\u2718\u274c\u274e\u2b55\U0001f197\U0001f534]\ufe0f?[ ]?"
    "|[\U0001f7e0-\U0001f7e2\U0001f5f8\U0001f5f9]\ufe0f?[ ]?"
    "|:(?:white_check_mark|heavy_check_mark|ballot_box_with_check|x|green_circle|red_circle):[ ]?"
)
_TITLE = re.compile(r"^([ \t>]*)\*\*([^*\n]+)\*\*[ \t]*$")


def quoted(text: str) -> str:
    """Paragraphs of a model as a quotation that is marked as such; "" where there are none."""
    words = "\n".join(_worded(row) for row in plain(text).split("\n"))
    if not words.strip():
        return ""
    return MARKED + "\n\n" + "\n".join(f"> {row}".rstrip() for row in words.split("\n"))


def bare(text: str) -> str:
    """The same for a commit's message: prose alone, without code, tables and titles."""
    ours = (_ROW, _RULE, _TITLE)
    rows = (row for row in without_fences(plain(text)).split("\n") if not any(shape.match(row) for shape in ours))
    return "\n".join(_worded(_BOX_WHOLE.sub(r"\1", row)) for row in rows)


def phrase(text: str) -> str:
    """The same for one line of ours that ends in the model's words."""
    return line(_MARKS.sub("", text))


def _worded(row: str) -> str:
    row = _MARKS.sub("", row)
    row = _RULE.sub(lambda found: _BREAK + found[0], row)
    row = _BOX.sub(rf"\1[{_BREAK}", row)
    return _TITLE.sub(r"\1\2", row)
