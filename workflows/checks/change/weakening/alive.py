"""What of a program's text can have an effect on a test: not what is never reached, nor what is caught and dropped.

Read from letters, for languages other than Python. What is not seen to be dead counts as alive.
"""

from __future__ import annotations

import bisect
import re
from collections import Counter
from collections.abc import Iterator

_COMMENTS = re.compile(
    r"^[ \t]*/\*.*?(?:\*/|\Z)|^[ \t]*(?://|#(?!\[)|\*)[^\n]*|(?<=[\s;])//[^\n]*", re.MULTILINE | re.DOTALL
)  # each place is looked at once, whatever a hostile file repeats
_FALSE = r"(?:false|0|!1|!true)"
_NEVER = re.compile(rf"(?<![\w$])(?:if|while) ?(?:\({_FALSE}\)|{_FALSE}(?= \{{)) ?(?P<block>\{{)?")
_CAUGHT = re.compile(r"\}\s{0,50}catch ?(?:\([^()\n]{0,200}\) ?)?\{\s{0,50}\}")
_RESCUED = re.compile(r"^[ \t]*(?:(?P<begin>begin)\b|rescue\b[^\n]{0,200}\n[ \t]*end\b)", re.MULTILINE)
_DROPPED = re.compile(r"\.catch\(\(?\w{0,30}\)? ?=> ?(?:\{[ \t]{0,50}\}|null|undefined|0)\)")
_LETTERS = r"[^\n{}]{0,200}"
_NOTHING = re.compile(
    r"(?:\w\[:0\]|\[\.\.0\]|\.slice\(0, ?0\)|\.(?:take|first|limit)\(0\)|\b0\.\.\.?0\b"
    r"|(?<![\w)\]])\[\]\.(?:forEach|each|map|iter|into_iter)\b|\bof \(?\[\]\)?|\bin \[\](?= ?\{)|\bforeach ?\(\[\] as)"
    + _LETTERS
    + r"(?P<block>\{)?"
)
"""What goes over nothing, with the block that it goes through."""
_FUNCTION = re.compile(
    r"^[ \t]{1,60}(?:(?:const|let|var) (?P<a>\w{1,60}) ?= ?(?:async ?)?(?:function\b|\([^()\n]{0,120}\) ?=>|\w+ ?=>)"
    r"|(?:async )?function (?P<b>\w{1,60}) ?\(|(?P<c>\w{1,60}) := func\(|let (?P<d>\w{1,60}) = (?:move )?\|)"
    + _LETTERS
    + r"(?P<block>\{)?",
    re.MULTILINE,
)
"""A function that is made within a text."""
_BRACE = re.compile(r"[{}]")
_WORD = re.compile(r"\w+")
_END = re.compile(r"([ \t]*)return;?[ \t]*")


def without_comments(text: str) -> str:
    return _COMMENTS.sub("", text)


def alive(text: str) -> str:
    """The text of one test, or of a file, without its dead parts."""
    left, at = [], 0
    for start, end in sorted(_dead(text)):
        if start >= at:
            left.append(text[at:start])
        at = max(at, end)
    return _before_its_end("".join([*left, text[at:]]))


def _dead(text: str) -> Iterator[tuple[int, int]]:
    closing = _braces(text)
    opening = {end: start for start, end in closing.items()}
    for found in _NEVER.finditer(text):
        line = text.find("\n", found.end())
        behind = line if line >= 0 else len(text)
        yield found.start(), closing.get(found.start("block"), behind) if found["block"] else behind
    for found in _CAUGHT.finditer(text):
        yield opening.get(found.start(), found.start()), found.end()
    begun: list[int] = []
    for found in _RESCUED.finditer(text):
        if found["begin"]:
            begun.append(found.start())
        elif begun:
            yield begun.pop(), found.end()
    for found in _NOTHING.finditer(text):
        line = text.find("\n", found.end())
        behind = line if line >= 0 else len(text)
        yield found.start(), closing.get(found.start("block"), behind) if found["block"] else behind
    words = Counter(_WORD.findall(text))
    for found in _FUNCTION.finditer(text):
        name = found["a"] or found["b"] or found["c"] or found["d"]
        if words[name] == 1:
            line = text.find("\n", found.end())
            behind = line if line >= 0 else len(text)
            yield found.start(), closing.get(found.start("block"), behind) if found["block"] else behind
    ends = [at for at, letter in enumerate(text) if letter == "\n"]
    for found in _DROPPED.finditer(text):
        before = bisect.bisect_left(ends, found.start())
        yield (ends[before - 1] if before else 0), found.end()


def _braces(text: str) -> dict[int, int]:
    """The closing brace of each opening one. Those in texts count, too: they are seldom without their others."""
    pairs: dict[int, int] = {}
    waiting: list[int] = []
    for found in _BRACE.finditer(text):
        if found[0] == "{":
            waiting.append(found.start())
        elif waiting:
            pairs[waiting.pop()] = found.start()
    return pairs


def _before_its_end(text: str) -> str:
    """What stands before a bare `return` that is no deeper than the first line of the body."""
    lines = text.split("\n")
    first = next((line for line in lines[1:] if line.strip()), "")
    depth = len(first) - len(first.lstrip())
    for number, line in enumerate(lines):
        if (found := _END.fullmatch(line)) and number and depth and len(found[1]) == depth:
            return "\n".join(lines[:number])
    return text
