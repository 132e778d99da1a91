"""The tests that pytest finds in a run of its own, to be held against what a later report says it ran.

Whatever runs in the tests' process can write its report. It does not easily write one that names just what another
process, in a tree and home of its own, has found to be there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workflows.verification import Counts

FLAGS = "--collect-only --verbosity=-1"
"""At the end of a command, where they win over what stands before them."""
_ID = re.compile(r"^(?P<id>[^\s:][^:\n]*\.py::\S[^\n]*)$", re.MULTILINE)
_TOTAL = re.compile(r"^(?:=+ )?(?:(?P<kept>\d{1,9})/)?(?P<all>\d{1,9}) tests? collected\b", re.MULTILINE)
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Collected:
    """How many tests were found in all, and by the name of their function: a report may know another file for it."""

    total: int
    functions: Mapping[str, int]
    ids: tuple[str, ...] = ()


def parse(output: str) -> Collected | None:
    """What `pytest` printed with FLAGS; None where that was something else, or where a file could not be read."""
    totals = _TOTAL.findall(output)
    ids = [found["id"] for found in _ID.finditer(output)]
    if len(totals) != 1:
        return None
    kept, every = totals[0]
    # Where a plugin hides ids, or they are of another kind, the two numbers differ, and nothing is known.
    return Collected(len(ids), _by_function(ids), tuple(ids)) if len(ids) == int(kept or every) else None


def disagreement(collected: Collected, counts: Counts, passed: Iterable[str]) -> str:
    """What a report without failures says against the tests that were found, as a sentence; "" if nothing.

    `passed` are the ids of its passed tests. More results than tests are no contradiction: subtests, and files that
    are skipped as a whole, have results too.
    """
    more = _by_function(passed) - Counter(collected.functions)
    if more:
        named = ", ".join(sorted(more)[:_NAMED]) + (", ..." if len(more) > _NAMED else "")
        return f"Its report has tests that are not there when they are collected in a run of their own: {named}."
    if counts.total < collected.total:
        return f"{collected.total} tests are there when they are collected, and its report has {counts.total}."
    return ""


def _by_function(ids: Iterable[str]) -> Counter[str]:
    return Counter(one.partition("[")[0].rpartition("::")[2] for one in ids)
