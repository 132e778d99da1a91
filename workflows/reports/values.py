"""What a report says: numbers, the tests that failed, and where the format tells, those that passed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from workflows.verification import Counts

MAX_NAME = 300
"""A test's id is cut here: some runners put whole parameters into it."""

MAX_MESSAGES = 300
"""Failures of which it is kept what was said about them."""
MAX_MESSAGE = 3_000

_ALIKE = 100
"""Names that look alike, and are told apart by more than their number."""
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{4,16}\b")
_UUID = re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b")
_MOMENT = re.compile(r"\b\d{4}-\d\d-\d\d[T _]\d\d:\d\d:\d\d\.\d{3,9}\b")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Report:
    """`counts` is None where no number could be read; `passed` is None where only failures have names."""

    counts: Counts | None = None
    failures: tuple[str, ...] = ()
    passed: frozenset[str] | None = None
    reported: bool = False
    """It was written for a machine to read, and not taken from what was printed."""
    printed: Counts | None = None
    """The numbers of the summary that was printed beside the report."""
    bare: frozenset[str] = frozenset()
    """Files that ended well and ran no test, where the runner tells of such."""
    garbled: bool = False
    """What stands in place of a report is none: cut short, or more than one document."""
    messages: Mapping[str, str] = field(default_factory=dict)
    """What was said about a failure, by the test's name: its beginning and its end."""

    @property
    def empty(self) -> bool:
        return self.counts is None and not self.failures


def name_of(text: str) -> str:
    """A test's id in the one form that base and head share: one line, bounded, without what is another each time
    (memory addresses, UUIDs, moments)."""
    settled = _MOMENT.sub("TIME", _UUID.sub("UUID", _ADDRESS.sub("0x", text)))
    return _SPACE.sub(" ", settled).strip()[:MAX_NAME]


class Tally:
    """Collects results one by one; a test that fails once has failed."""

    def __init__(self) -> None:
        self._failed: dict[str, None] = {}
        self._passed: set[str] = set()
        self._ids: dict[str, list[str]] = {}
        self._counts = {"passed": 0, "failed": 0, "skipped": 0}
        self._messages: dict[str, str] = {}

    def add(self, name: str, status: str, message: str = "") -> None:
        """`status` is "passed", "failed" or "skipped"; any other is not counted."""
        if status not in self._counts:
            return
        self._counts[status] += 1
        if status == "failed":
            known = self._name(name)
            self._failed[known] = None
            if message.strip() and len(self._messages) < MAX_MESSAGES:
                self._messages.setdefault(known, ends(message))
        elif status == "passed":
            self._passed.add(self._name(name))

    def _name(self, name: str) -> str:
        """The one form of a name; names that are the same in it only are numbered in their order."""
        short = name_of(name)
        alike = self._ids.setdefault(short, [])
        if name not in alike[:_ALIKE]:
            alike.append(name)
        number = alike.index(name) if name in alike[:_ALIKE] else len(alike) - 1
        return f"{short} ({number + 1})" if number else short

    def report(self) -> Report:
        passed = frozenset(self._passed - self._failed.keys())
        return Report(Counts(**self._counts), tuple(self._failed), passed, messages=self._messages)


def ends(message: str) -> str:
    """The beginning and the end of what was said about a failure: what it is stands in one of them."""
    half = MAX_MESSAGE // 2
    return message if len(message) <= MAX_MESSAGE else f"{message[:half]}\n[...]\n{message[-half:]}"


def merge(reports: Iterable[Report]) -> Report:
    """Several reports of one command as one; names of passed tests survive only if all have them."""
    found = [report for report in reports if not report.empty]
    counts = [report.counts for report in found if report.counts is not None]
    total = Counts(sum(c.passed for c in counts), sum(c.failed for c in counts), sum(c.skipped for c in counts))
    failures = dict.fromkeys(name for report in found for name in report.failures)
    passed: frozenset[str] | None = None
    if found and all(report.passed is not None for report in found):
        passed = frozenset(set().union(*(report.passed or () for report in found)) - failures.keys())
    messages = {name: text for report in reversed(found) for name, text in report.messages.items()}
    bare = frozenset(name for report in found for name in report.bare)
    return Report(total if counts else None, tuple(failures), passed, bare=bare, messages=messages)
