"""The report of `node --test` as TAP: tests by their names within those that hold them, and files that ran none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sandbox.backend import WORK
from workflows.reports.formats import summaries
from workflows.reports.values import Report, Tally
from workflows.verification import Counts

_SUBTEST = re.compile(r"^( *)# Subtest: (.*)$")
_POINT = re.compile(r"^( *)(not )?ok \d+ - (.*?)(?: # (SKIP|TODO)\b.*)?$")
_FILE = re.compile(r"(?:/.*|\S*)\.[cm]?[jt]sx?")
_INDENT = 4
_DEEPEST = 50
_MOST_LINES = 500
"""Of what is said about one point."""


@dataclass(frozen=True, slots=True)
class _Point:
    """One result, with the names of what it stands in and what is said below it."""

    path: tuple[str, ...]
    failed: bool
    left_out: bool
    said: str

    @property
    def counts(self) -> bool:
        """Whether it is a test of its own: a suite whose tests failed says nothing more."""
        suite = re.search(r"^ *type: 'suite'", self.said, re.MULTILINE)
        return not suite or (self.failed and "failureType: 'subtestsFailed'" not in self.said)


def parse(data: bytes) -> Report | None:
    """None where it is no such report, was cut short, or others have written into it."""
    if written_into(data):
        return None
    text = data.decode("utf-8", "replace")
    lines = text.splitlines()
    end = max((at for at, line in enumerate(lines) if re.fullmatch(r"1\.\.\d+", line)), default=-1)
    counts = summaries.parse("\n".join(lines[end + 1 :])).counts if end >= 0 else None
    if counts is None:
        return None
    tally, holders, bare = Tally(), set[tuple[str, ...]](), set[str]()
    points = list(_points(lines[:end]))
    for point in points:
        holders.add(point.path[:-1])
    for point in points:
        name = " > ".join(point.path)
        alone = len(point.path) == 1 and point.path not in holders
        if alone and not point.failed and _FILE.fullmatch(name):
            bare.add(name.removeprefix(f"{WORK}/"))
        elif point.counts:
            status = "skipped" if point.left_out else "failed" if point.failed else "passed"
            tally.add(name.removeprefix(f"{WORK}/"), status, point.said)
    return replace(tally.report(), counts=_sound(counts, tally.report()), bare=frozenset(bare))


def written_into(data: bytes) -> bool:
    """Whether there is more than one report, or more results at the top than the runner says that there are."""
    points = len(re.findall(rb"^(?:not )?ok \d{1,9}\b", data, re.MULTILINE))
    plans = [int(number) for number in re.findall(rb"^1\.\.(\d{1,9})\r?$", data, re.MULTILINE)]
    return len(re.findall(rb"^TAP version ", data, re.MULTILINE)) > 1 or bool(plans and points > plans[-1])


def _sound(told: Counts, found: Report) -> Counts | None:
    """The numbers that stand below the tests; none where a test failed and they know of no failure."""
    return None if found.failures and not told.failed else told


def _points(lines: list[str]) -> Iterator[_Point]:
    above: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if found := _SUBTEST.match(line):
            level = min(len(found[1]) // _INDENT, _DEEPEST)
            above[level:] = [_plain(found[2])]
        elif found := _POINT.match(line):
            level = min(len(found[1]) // _INDENT, _DEEPEST)
            said = _below(lines, at)
            at += len(said)
            path = (*above[:level], _plain(found[3]))
            yield _Point(path, bool(found[2]) and not found[4], bool(found[4]), "\n".join(said[:_MOST_LINES]))


def _below(lines: list[str], at: int) -> list[str]:
    """What is said below a point, between its dashes and its dots."""
    if at >= len(lines) or lines[at].strip() != "---":
        return []
    end = next((number for number in range(at, len(lines)) if lines[number].strip() == "..."), len(lines))
    return lines[at:end]


def _plain(name: str) -> str:
    return re.sub(r"\\(.)", r"\1", name)
