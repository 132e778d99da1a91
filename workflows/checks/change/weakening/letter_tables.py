"""Tables that tests go through, in languages other than Python: read from letters, each place looked at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from workflows.checks.change.weakening.alive import without_comments
from workflows.checks.change.weakening.titled_tests import starts_of_tests

_TOKEN = re.compile(r"\"(?:[^\"\\\n]|\\.){0,2000}\"|'(?:[^'\\\n]|\\.){0,2000}'|`[^`]{0,4000}`|[\[\]{}(),;]")
_KEY = re.compile(
    r"\s{0,200}(?:(?:\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'|`[^`\n]{0,200}`|&?[\w.:]{1,80}!?)\s{0,9}(?::|=>)?)?\s{0,200}"
)
"""What may stand before the brackets of a row: a key, or what makes it."""
_THROUGH = re.compile(r"\b(?:range|of|in|each|foreach)\b[^=;{]{0,120}$|\beach\($|Object\.(?:entries|values|keys)\($")
_BEHIND = re.compile(
    r"\s{0,20}\)?\s{0,20}(?:\.(?:forEach|each|map|iter|into_iter|each_with_index|each_pair|entries)\b|as \$)"
)
_NAMED = re.compile(r"\$?([A-Za-z_]\w{0,80})\s{0,9}(?::[^=\n]{0,80})?:?=(?![=>])[^=\n]{0,120}$")
_ITERATED = re.compile(
    r"\b(?:range|of|in|foreach\s?\()\s{0,9}&?\$?(\w{1,80})|:\s{0,9}(\w{1,80})\s{0,9}\)"
    r"|\b(\w{1,80})(?:\.iter\(\))?\.(?:forEach|each|map|iter|into_iter|length)\b"
    r"|\b(?:each|len|entries|values|keys|size|sizeof)\(\s{0,9}&?(\w{1,80})"
)
_LEFT_OUT = re.compile(
    r"\b(?:continue|break|next)\b(?: {0,9};| {0,9}$| {1,9}(?:if|unless)\b)|\breturn {0,9};? {0,9}$"
    r"|\b(?:range|of|in)\b[^\n{]{0,120}(?:\.slice\(|\[\d*:\d*\]|\[\d*\.\.=?\d*\]|\.(?:take|first|skip|drop|filter|select|reject|limit)\b)"
    r"|\]\s{0,40}\.(?:slice|take|first|skip|drop|filter|select|reject|limit)\b",
    re.MULTILINE,
)
_TYPE = re.compile(r"\{[^{}]{0,300}\}|\[[^\[\]\n]{0,60}\]")
_BEFORE = 400
"""Characters before a table that tell what it is."""
_MOST = 400_000
_MOST_OPEN = 200
_MOST_KEY, _MOST_SPACE = 250, 200
_LAYOUT = re.compile(r"[\s'\"`,;]+")


def tables_by_letters(path: str, text: str) -> Iterator[tuple[str, frozenset[str], int]]:
    """Each test, as `PATH > TITLE`, and each table beside tests, as `PATH::NAME`: its rows, and what it leaves out."""
    text = without_comments(text)
    if len(text) > _MOST:
        return
    starts = list(starts_of_tests(path, text))
    ends = [*(at for _, at in starts[1:]), len(text)]
    parts = [("", text[: starts[0][1]] if starts else text)]
    parts += [(title, text[at:end]) for (title, at), end in zip(starts, ends, strict=False)]
    iterated = {name for found in _ITERATED.findall(text) for name in found if name}
    for title, own in parts:
        tables = [one for one in _tables(own) if one.gone_through(iterated) or (one.name and not starts)]
        if title:
            rows = frozenset(row for one in tables for row in one.rows(own))
            yield f"{path} > {title}", rows, len(_LEFT_OUT.findall(own))
            continue
        for one in tables:
            yield f"{path}::{one.name or 'each'}", frozenset(one.rows(own)), 0


@dataclass(frozen=True, slots=True)
class _Table:
    parts: tuple[tuple[int, int], ...]
    """Where its rows begin and end."""
    before: str
    behind: str

    @property
    def name(self) -> str:
        found = _NAMED.search(self.before)
        return found[1] if found else ""

    def gone_through(self, iterated: Collection[str]) -> bool:
        return bool(_THROUGH.search(self.before) or _BEHIND.match(self.behind)) or self.name in iterated

    def rows(self, text: str) -> Iterator[str]:
        """Each row, however it is laid out and quoted."""
        return (_LAYOUT.sub("", text[start:end]) for start, end in self.parts)


@dataclass(slots=True)
class _Open:
    """A bracket that is open. `first` and `last` are where the brackets of its present part begin and end."""

    at: int
    since: int
    parts: list[tuple[int, int]] = field(default_factory=list)
    rows: bool = True
    first: int = -1
    last: int = -1

    def part(self, text: str, end: int) -> None:
        """One of its parts ends."""
        if self.first < 0:
            self.rows = self.rows and end - self.since < _MOST_SPACE and not text[self.since : end].strip()
        else:
            key, rest = text[self.since : min(self.first, self.since + _MOST_KEY)], text[self.last : end]
            if (
                self.first - self.since > _MOST_KEY
                or not _KEY.fullmatch(key)
                or len(rest) > _MOST_SPACE
                or rest.strip()
            ):
                self.rows = False
            self.parts.append((self.since, end))
        self.since, self.first, self.last = end + 1, -1, -1


def _tables(text: str) -> Iterator[_Table]:
    """The lists in brackets or braces whose parts are rows: groups in brackets, or calls, maybe behind a key."""
    open_: list[_Open] = []
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token in "[{(":
            if len(open_) >= _MOST_OPEN:
                return
            if open_ and open_[-1].first < 0:
                open_[-1].first = found.start()
            open_.append(_Open(found.start(), found.end()))
        elif not open_:
            continue
        elif token == ",":
            open_[-1].part(text, found.start())
        elif token == ";":
            open_[-1].rows = False
        elif token in "]})":
            one = open_.pop()
            one.part(text, found.start())
            if open_:
                open_[-1].last = found.end()
            if one.rows and one.parts and text[one.at] != "(":
                yield _Table(tuple(one.parts), _before(text, one.at), text[found.end() : found.end() + 60])


def _before(text: str, at: int) -> str:
    """What stands before a table, up to the end of the statement before it; without types in brackets."""
    said = _TYPE.sub("", text[max(0, at - _BEFORE) : at])
    return re.split(r";|\n\s*\n|\}\n", said)[-1]
