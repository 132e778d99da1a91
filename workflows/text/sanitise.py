"""The text of an issue or a comment as it is kept at the trigger: without what a reader of the page cannot see.

What is invisible on the page (comments, titles of link definitions, zero-width and tag
characters, characters that turn the direction of reading) could speak to the model behind
the back of whoever approves the work. Everything that can be seen stays, word for word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from workflows.text.blocks import blocks
from workflows.text.escape import visible
from workflows.values import Issue

MOST_TITLE = 500
MOST_BODY = 65_536
_MOST_LABELS = 100

_FENCE = re.compile(r"[^`~]*(?:`{3,}|~{3,})[ \t]*[\w.+#:-]{0,40}")
"""The line that opens a fence, as far as it tells the language: the page does not show the rest."""
_MARK = re.compile(r"\\.|`+|<(?=[A-Za-z/!?])")
_COMMENT_BY_LABEL = re.compile(r"^ {0,3}\[(?:\s|/|comment)*\]:", re.IGNORECASE)
_DEFINITION = re.compile(r"^ {0,3}\[(?:[^\]\\]|\\.)+\]:[ \t]*(?:<[^>]*>|\S+)(?P<title>[ \t]+(?:\(.*|\".*|'.*))?[ \t]*$")
# Beyond `visible`: joiners, fillers and selectors that draw nothing, alone or in a row.
_FILLERS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U0001d173-\U0001d17a]")
_JOINER = re.compile("(?<![\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])\u200d")
_SELECTORS = re.compile("[\ufe00-\ufe0d]|(?<=[\ufe00-\ufe0f])[\ufe00-\ufe0f]")
_LONE_HALVES = re.compile("[\ud800-\udfff]")


def sanitised(issue: Issue) -> Issue:
    """The issue with everything in it made safe to keep."""
    return replace(
        issue,
        title=sanitise_line(issue.title, MOST_TITLE),
        body=sanitise(issue.body),
        author=sanitise_line(issue.author, 100),
        labels=tuple(sanitise_line(label, 100) for label in issue.labels[:_MOST_LABELS]),
    )


def sanitise(text: str, most: int = MOST_BODY) -> str:
    """Several lines of somebody's Markdown, at most `most` characters of them."""
    text = "\n".join(_seen(_drawn(text[: most * 4]).split("\n"))).strip("\n").rstrip()
    if len(text) <= most:
        return text
    word = "\n\n(The text was longer; the rest is left out.)"
    return text[: max(0, most - len(word))].rstrip() + word[:most]


def sanitise_line(text: str, most: int = MOST_TITLE) -> str:
    """The same for one line."""
    line = " ".join("\n".join(_seen(_drawn(text[: most * 4]).split("\n"))).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _drawn(text: str) -> str:
    """The text without characters that draw nothing."""
    text = _LONE_HALVES.sub("\ufffd", visible(text))
    text = _SELECTORS.sub("", _FILLERS.sub("", text))
    return _JOINER.sub("", text)


def _seen(lines: list[str]) -> Iterator[str]:
    """The lines without what the page does not show. Code is shown as it is, where it surely is code."""
    last_end = max((at for at, line in enumerate(lines) if "-->" in line), default=-1)
    fenced, raw = _blocks_of(lines)
    hidden, sure = False, True
    for at, line in enumerate(lines):
        if at in fenced:
            hidden = False
            opening = _FENCE.match(line) if fenced[at] else None
            yield opening[0] if opening else line
            continue
        sure = (sure or not (line.strip() or hidden)) and at not in raw
        code, sure = _inline_code(line) if sure and not hidden else (0, False)
        shown, hidden = _outside_comments(line[code:], hidden, more=at < last_end, raw=at in raw)
        shown = line[:code] + shown
        if hidden and at >= last_end:
            return  # nothing ends this comment: the page hides all that follows
        if not (line and not shown.strip()) and not _COMMENT_BY_LABEL.match(shown):
            yield _without_title(shown)


def _blocks_of(lines: list[str]) -> tuple[dict[int, bool], set[int]]:
    """The numbers of the lines in fences, each with whether it opens one, and of those in blocks of HTML."""
    fenced: dict[int, bool] = {}
    raw: set[int] = set()
    for token in blocks("\n".join(lines)):
        if token.type == "fence" and token.map is not None:
            fenced |= {at: at == token.map[0] for at in range(*token.map)}
        elif token.type == "html_block" and token.map is not None:
            raw.update(range(*token.map))
    return fenced, raw


def _outside_comments(line: str, hidden: bool, *, more: bool, raw: bool) -> tuple[str, bool]:
    """What of a line stands outside of comments, and whether one is open behind it.

    `more` says that a later line can still end a comment; `raw` that the line is HTML, in which one that is
    never ended hides all that follows.
    """
    shown = ""
    while True:
        if hidden:
            _, end, line = line.partition("-->")
            if not end:
                return shown, True
            hidden = False
        start = line.find("<!--")
        if start < 0:
            return shown + line, False
        end_at = line.find("-->", start + 2)
        if end_at < 0 and not (more or raw) and (shown + line[:start]).strip():
            return shown + line, False  # in the middle of a line and never ended: it is shown
        shown += line[:start]
        if end_at < 0:
            return shown, True
        line = line[end_at + 3 :]


def _inline_code(line: str) -> tuple[int, bool]:
    """Where the line's inline code ends, as far as it is code whatever stands around the line.

    False where it cannot be said for the lines that follow, up to the next paragraph: a backtick
    is left over, or HTML, a table, a definition or a formula may have it mean something else.
    """
    end = at = 0
    if any(mark in line for mark in ("|", "]:", "$")):
        return 0, False
    while found := _MARK.search(line, at):
        at = found.end()
        if found[0].startswith("\\"):
            continue
        closing = re.search(rf"(?<!`){found[0]}(?!`)", line[at:]) if found[0] != "<" else None
        if closing is None:
            return end, False
        end = at = at + closing.end()
    return end, True


def _without_title(line: str) -> str:
    definition = _DEFINITION.match(line)
    return line[: definition.start("title")] if definition and definition["title"] else line
