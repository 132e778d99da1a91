"""Words of a model, shown so that nobody takes them for what the harness has measured.

A summary may hold a heading "Verification" with a table and check marks of its own. Headings,
tables, boxes and marks are ours to make: in a model's words they read as plain text, and a
summary stands in a quotation that says whose words it is.

Whatever is taken out is taken out first, again and again until nothing is left to take: what
is removed behind `plain` could put together what that has broken. From then on there are only
breaks put in.
"""

from __future__ import annotations

import re

from workflows.text.claims import TAKEN, without_claims
from workflows.text.escape import line, plain, visible, without_comments, without_fences

UNCHECKED = "In the model's own words, which nothing has checked:"
MARKED = f"*{UNCHECKED}*"

_BREAK = "\u200b"
_BLANK = re.compile(r"[^\S\n\t ]")
"""Blanks that are none to Markdown: at a line's end they hid what the line is."""
_RULE = re.compile(r"^[ \t>]*(?=[^\n]*-)(?=[^\n]*\|)[ \t|:-]+$")
"""The line below a table's head: without it GitHub sees no table."""
_ROW = re.compile(r"^[ \t>]*\|.*$")
_BOX = re.compile(r"\[(?=[ xX]\]|!)")
"""A box to tick, and the mark of an alert (`[!TIP]`)."""
_NAMES = (
    *("white_check_mark", "heavy_check_mark", "ballot_box_with_check", "heavy_multiplication_x", "x", "o", "ok", "+1"),
    *("thumbsup", "negative_squared_cross_mark", "green_circle", "red_circle", "green_square", "large_green_circle"),
)
_NAMED = "|".join(re.escape(name) for name in _NAMES).replace("_", r"\\?_")
_MARKS = re.compile(
    "(?:[\u2705\u2610-\u2612\u2713-\u2718\u221a\u274c\u274e\u2b55\U0001f197\U0001f44d\U0001f534]"
    "|[\u237b\U0001f44c\U0001f49a\U0001f4af]|[\U0001f7e0-\U0001f7eb\U0001f5f8\U0001f5f9]"
    rf"|\\?:(?:{_NAMED})\\?:"
    r"|\$?\\(?:checkmark|surd|boxtimes|boxed)\b\$?)"
    "\ufe0f?[\U0001f3fb-\U0001f3ff]?[ ]?"
)
_TRAILER = re.compile(r"^([ \t]*[A-Za-z0-9][A-Za-z0-9-]*)(?=[ \t]*:)|\b(BREAKING)(?=[ -]CHANGE\b)")
"""What git takes for a trailer, and what tools that release take for one (`Release-As:`, `BREAKING CHANGE`)."""
_TITLE = re.compile(r"^([ \t>]*)([*_]{1,3})((?![*_\s])[^*_\n]+)[*_]{1,3}(:?)[ \t]*\\?$")
"""A line that is nothing but emphasised: it is read as a title."""
_LINE = re.compile(r"^[ \t>]*(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$")
_FORMULA = re.compile(r"\$\$?(?=[^$\n]*\\[a-zA-Z])([^$\n]*)\$\$?")
"""What GitHub sets as mathematics: it has colours, boxes and marks."""


def quoted(text: str) -> str:
    """Paragraphs of a model as a quotation that is marked as such; "" where there are none."""
    told, taken = without_claims(words(text))
    rows = [_TITLE.sub(rf"\1{_BREAK}\3\4", row) for row in told.split("\n")]
    shown = "\n".join(f"> {row}".rstrip(" \t") for row in rows).strip("\n") if told.strip() else ""
    parts = [f"{MARKED}\n\n{shown}" if shown else "", f"*{TAKEN}*" if taken else ""]
    return "\n\n".join(part for part in parts if part)


def words(text: str) -> str:
    """Paragraphs of a model for a place that says itself whose words they are."""
    return "\n".join(map(_inert, plain(_unmarked(text)).split("\n")))


def bare(text: str) -> str:
    """The same for a commit's message: prose alone, without code, tables and titles."""
    ours = (_ROW, _RULE, _TITLE)
    rows = without_claims(without_fences(plain(_unmarked(text))))[0].split("\n")
    return "\n".join(_inert(row) for row in rows if not any(shape.match(row) for shape in ours))


def unsigned(row: str) -> str:
    """A line of a commit's message that is neither a trailer nor an order to tools that release."""
    return _TRAILER.sub(lambda found: found[0] + _BREAK, row)


def phrase(text: str, most: int = 300) -> str:
    """The same for one line: a title, or what stands behind a few words of ours."""
    return _BOX.sub("[" + _BREAK, line(_unmarked(text), most))


def _unmarked(text: str) -> str:
    while True:
        shown = _FORMULA.sub(_within, _BLANK.sub(" ", visible(text)))
        less = _MARKS.sub("", without_comments(shown))
        if less == text:
            return less
        text = less


def _inert(row: str) -> str:
    row = _RULE.sub(lambda found: _BREAK + found[0], row)
    row = _LINE.sub(lambda found: _BREAK + found[0], row)
    return _BOX.sub("[" + _BREAK, row)


def _within(formula: re.Match[str]) -> str:
    return formula[1].removeprefix("`").removesuffix("`")
