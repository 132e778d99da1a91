"""The issues that there are, to be searched for those that are like a new one. Made for one search."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing

from workflows.effects.items import ListedIssue
from workflows.text.pairs import PAIR, paired
from workflows.triage.reproduction.signatures import ends_of, signature_of

MOST_ISSUES = 2_000
"""That are searched: those that somebody touched last."""
_TITLE_WEIGHT, _BODY_WEIGHT = 4.0, 1.0
_MOST_WORDS = 60
_MOST_BODY = 8_000
_WORD = re.compile(rf"{PAIR}|[^\W_]{{3,40}}")
_COMMON_WORDS = """
the and for that this with from are was not but you have has when what which there here will would can could should
does did its into about than then them they our your some any all out use using used get got just also only more like
one two how why where who been being after before issue bug error expected actual version steps reproduce behavior
behaviour please thanks python
"""
_COMMON = frozenset(_COMMON_WORDS.split())


def nearest(
    title: str, body: str, known: Sequence[ListedIssue], paths: Collection[str], most: int
) -> list[tuple[ListedIssue, str]]:
    """The issues that are most like a report, the likeliest first, each with what it shares with it for sure.

    An error that says the same, or a place of the repository in both, comes before any likeness of words.
    """
    ends = ends_of(paths)
    mine = signature_of(f"{title}\n{body}", ends)
    shared = {
        one.number: mine.shares(signature_of(f"{one.title}\n{one.body[:_MOST_BODY]}", ends))
        for one in (known if mine.errors or mine.frames else ())
    }
    by_number = {one.number: one for one in known}
    ranked = [number for number in _by_words(title, body, known) if number in by_number]
    sure = [number for number in shared if shared[number]]
    order = sorted(sure, key=lambda number: ranked.index(number) if number in ranked else len(ranked))
    return [(by_number[number], shared.get(number, "")) for number in dict.fromkeys((*order, *ranked))][:most]


def _by_words(title: str, body: str, known: Sequence[ListedIssue]) -> list[int]:
    words = dict.fromkeys(word.lower() for word in _WORD.findall(paired(f"{title} {body[:_MOST_BODY]}")))
    sought = [word for word in words if word not in _COMMON][:_MOST_WORDS]
    if not sought:
        return []
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE VIRTUAL TABLE known USING fts5(title, body, tokenize='porter unicode61')")
        rows = ((one.number, paired(one.title), paired(one.body[:_MOST_BODY])) for one in known)
        db.executemany("INSERT INTO known(rowid, title, body) VALUES (?, ?, ?)", rows)
        query = " OR ".join(f'"{word}"' for word in sought)
        weights = f"bm25(known, {_TITLE_WEIGHT}, {_BODY_WEIGHT})"
        found = db.execute(f"SELECT rowid FROM known WHERE known MATCH ? ORDER BY {weights} LIMIT 100", (query,))
        return [int(number) for (number,) in found]
