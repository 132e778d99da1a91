"""How much two short texts say the same, by their words alone."""

from __future__ import annotations

import re

from workflows.text.pairs import PAIR, paired

ALIKE = 0.5
"""The share from which on one text resembles another."""
_LEAST = 4
"""Words that a text needs to be compared."""
_WORD = re.compile(rf"{PAIR}|[^\W\d_]{{3,30}}")
_COMMON_WORDS = """
the and for that this with from are was not but you have has when what which there will would can could should does did
its into than then them they our your some any all use using used get got only also more like one two how why where who
"""
_COMMON = frozenset(_COMMON_WORDS.split())


def share(one: str, other: str) -> float:
    """How much of the words of the shorter text the other one has, where both say enough to be compared; else 0."""
    mine, theirs = _words(one), _words(other)
    least = min(len(mine), len(theirs))
    return len(mine & theirs) / least if least >= _LEAST else 0.0


def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in map(str.lower, _WORD.findall(paired(text))) if word not in _COMMON)
