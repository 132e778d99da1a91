"""Text of others (a model, a repository, an issue) made harmless as Markdown, and cut to a length.

What is made harmless: mentions notify nobody, no issue is closed, no check is left out, nobody
signs, no remote image is loaded, no raw HTML or comment hides anything, no heading pretends to
be one of ours. It is done with a zero-width space inside of what would act, so that the text
reads as before. Code is left alone only in fences that begin at the first column: there every
renderer agrees that it is code. Inline code is treated as prose, since one stray backtick in
an earlier line turns it inside out. What acts in the message of a commit is broken in code
too: there are no fences in those, and squashing makes one of a pull request's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MOST_CHARACTERS = 65_536
"""What GitHub takes as one body."""

_BREAK = "\u200b"
_CLOSING = re.compile(
    r"\b(clos|fix|resolv)(?=(?:e|es|ed|ing)?\b[\s*_`:~\\(\"']*(?:#|GH-|[\w.-]+/[\w.-]+#|https?://|\[|$))",
    re.IGNORECASE,
)
_STEERING = re.compile(
    r"\[(?=(?:(?:skip|no)[ -][\w.-]+|[\w.-]+[ -]skip)\])|\*\*\*(?=NO_CI)|\bskip-(?=checks:)|(?<=\w)-(?=by:)",
    re.IGNORECASE,
)
"""What leaves checks out (`[skip ci]`), and trailers in which somebody signs (`Signed-off-by:`)."""
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot);)(?=#\w+;|[A-Za-z][A-Za-z0-9]*;)")
"""GitHub looks for mentions in what is shown, where `&#64;` is an `@` already."""
_MENTION = re.compile(r"@(?=[A-Za-z0-9])")
_FOREIGN = re.compile(r"(?<=[\w-])#(?=\d)")
_DEFINED = re.compile(r"\[(?=\^)|\](?=:)")
"""Footnotes, which are shown at the end of the page, outside of any quotation, and definitions, which make
links of the words of others (`[redacted]`) wherever they stand."""
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_HEADING = re.compile(r"^ {0,3}#{1,6}(?=[ \t]|$)")
_INNER_HEADING = re.compile(r"(?<!\S)#{1,6}(?=[ \t]|$)")
_UNDERLINE = re.compile(r"^[ \t>]*(?=[=-])(?:=+|-+)[ \t]*$")
_OPENING = re.compile(rf"^((?:`{{3,}}|~{{3,}})[\w .+#=:{_BREAK}-]*)$")
"""Also where a word behind the mark was broken by us: it opens a fence as before, which is to be closed."""
_DRAWN = re.compile(r"^(`{3,}|~{3,})[ \t]*\{?\.?(?:mermaid|math|geojson|topojson|stl|suggestion)\b.*$", re.IGNORECASE)
"""Fences that are shown as a picture or a formula, or as a change to be taken over, and not as what stands in them."""
_FENCE = re.compile(r"(?<![^\s>])(?=`{3}|~{3})")
"""Where a fence could begin that we do not take for one: it is broken, or it would swallow what follows."""
# Invisible and direction-changing characters, tags, and controls other than tab and newline.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u2028\u2029\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


def plain(text: str) -> str:
    """Several paragraphs of somebody else's Markdown, harmless; an open fence is closed."""
    text = visible(text)
    lines = []
    for line, fence in _with_fences(without_comments(text)):
        lines.append(_unsaid(_DRAWN.sub(r"\1text", line)) if fence else _prose(line))
    return close_fence("\n".join(lines)).strip("\n").rstrip()


def line(text: str, most: int = 300) -> str:
    """The same for one line: a title, a bullet, a cell."""
    text = " ".join(visible(without_comments(text)).split())
    text = _inert(text if len(text) <= most else text[: most - 1].rstrip() + "…")
    # At the start of an item these would open a block of their own.
    return re.sub(r"^([-+>](?= |$))", r"\\\1", text)


def code(text: str, most: int = 300) -> str:
    """One line as inline code, whatever backticks it holds."""
    text = " ".join(visible(text).split()) or " "
    text = text if len(text) <= most else text[: most - 1] + "…"
    ticks = "`" * (_longest_run(text, "`") + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def block(text: str, most: int = 4000) -> str:
    """Output as a fenced block; of a long one the end."""
    text = visible(text).strip("\n")
    if len(text) > most:
        text = "…\n" + text[-most:].split("\n", 1)[-1]
    fence = "`" * max(3, _longest_run(text, "`") + 1)
    return f"{fence}text\n{text}\n{fence}"


def cell(text: str) -> str:
    """Markdown of ours made fit for a cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def cut(text: str, most: int = MOST_CHARACTERS) -> str:
    """The text, ended at a line with a word about it where it is longer than `most`; still valid Markdown."""
    if len(text) <= most:
        return text
    word = "\n\n*(Cut here: it was longer than fits.)*"
    # An open fence takes a few characters more to close, however long its own mark is.
    room = max(0, most - len(word) - 8)
    kept = text[:room].rsplit("\n", 1)[0] if "\n" in text[:room] else text[:room]
    closed = close_fence(kept)
    while len(closed) + len(word) > most and kept:
        kept = kept[: -max(1, len(closed) + len(word) - most)]
        closed = close_fence(kept)
    return closed + word


def close_fence(text: str) -> str:
    """The text with its last fence closed, where it is open."""
    fence = [mark for _, mark in _with_fences(text, after=True)][-1]
    return f"{text}\n{fence}" if fence else text


def without_fences(text: str) -> str:
    """The prose alone, for places where Markdown is not rendered."""
    return "\n".join(text_line for text_line, fence in _with_fences(text) if not fence)


def visible(text: str) -> str:
    """The text without characters that a reader cannot see or that change its direction."""
    return _HIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def without_comments(text: str) -> str:
    """The text without what an HTML comment hides, to the end where one is not closed."""
    return _COMMENT.sub("", text)


def _prose(text: str) -> str:
    heading = _HEADING.match(text)
    if heading:
        title = text[heading.end() :].strip().rstrip("#").rstrip()
        return f"**{_inert(title)}**" if title else ""
    return _inert(_BREAK + text.strip() if _UNDERLINE.match(text) else text)


def _inert(text: str) -> str:
    text = _unsaid(text)
    text = _ENTITY.sub("&" + _BREAK, text)
    text = _MENTION.sub("@" + _BREAK, text)
    text = _FOREIGN.sub("#" + _BREAK, text)
    text = _INNER_HEADING.sub(lambda match: match[0] + _BREAK, text)
    text = _FENCE.sub(_BREAK, text)
    text = _DEFINED.sub(lambda match: match[0] + _BREAK, text)
    text = _TAG.sub("<" + _BREAK, text)
    return text.replace("![", "!" + _BREAK + "[")


def _unsaid(text: str) -> str:
    """The text without what would act in the message of a commit."""
    text = _CLOSING.sub(lambda match: match[0][0] + _BREAK + match[0][1:], text)
    return _STEERING.sub(lambda match: match[0] + _BREAK, text)


def _with_fences(text: str, *, after: bool = False) -> Iterator[tuple[str, str]]:
    """Each line with the mark of the fence it stands in or opens or closes ("" in prose).

    With `after`, the mark of the fence that is open behind the line.
    """
    fence = ""
    for text_line in text.split("\n"):
        before = fence
        if fence:
            if re.match(rf"^ {{0,3}}{fence[0]}{{{len(fence)},}}[ \t]*$", text_line):
                fence = ""
        else:
            opening = _OPENING.match(text_line)
            if opening:
                fence = opening[1][0] * (len(opening[1]) - len(opening[1].lstrip(opening[1][0])))
        yield text_line, fence if after else (before or fence)


def _longest_run(text: str, character: str) -> int:
    return max((len(run) for run in re.findall(re.escape(character) + "+", text)), default=0)
