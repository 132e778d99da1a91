"""What test runners print at their end, for commands that leave no report behind.

Most runners are one row in `STYLES`: how their line with the numbers looks, and how a failed
test is named. The rest, whose summaries span lines, are functions in `spanning`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from workflows.reports.formats import spanning
from workflows.reports.formats.said_below import said_below
from workflows.reports.values import Report, merge, name_of
from workflows.verification import Counts

MAX_LINE = 2_000
MAX_FAILURES = 5_000
MAX_LINES = 100_000
"""Lines that are looked at: two million short ones took ten seconds."""

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?")

_WORDS = {
    "passed": "passed passing pass succeeded xpassed",
    "failed": "failed failure failures fail failing error errors unexpected",
    "skipped": "skipped skip skips pending ignored todo xfailed excluded incomplete omissions pendings",
    "total": "tests test runs run examples example total doctest doctests property properties completed",
}
_MEANING = {word: meaning for meaning, words in _WORDS.items() for word in words.split()}
_PREFIX = re.compile(
    r"(?:\[[\w@/:.-]{1,80}\]:? |[\w@/.-]{1,80} [\w:.-]{1,40}: |[\w@/.-]{1,80}:(?:[\w:.-]{1,40}:)? "
    r"|[\w.-]{1,60} {1,20}\| )"
)
"""How pnpm, turbo, lerna, yarn, npm-run-all, concurrently and compose begin the lines of a package or service."""
_AT_LINE = re.compile(r" \(line \d{1,9}\)")
_NUMBER_WORD = re.compile(r"(\d{1,9}) ([A-Za-z]+)")
_WORD_NUMBER = re.compile(r"(?<![A-Za-z])([A-Za-z]+): +(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Style:
    """One runner's summary. `summary` finds its line (its first group holds the numbers), `failure` a failed test."""

    name: str
    summary: str
    failure: str = ""
    word_first: bool = False
    """The numbers stand behind their words ("Failures: 1") instead of before ("1 failed")."""
    passing: str = ""
    """How a passed test is named, where each is."""
    below: bool = False
    """What was said about a failed test stands below its name, or below the names of all that failed alike."""


STYLES = (
    Style(
        "pytest",
        r"^(?:=+ )?((?:\d+ [a-z]+, )*(?:\d+ [a-z]+|no tests ran)) in \d[\d.]*s",
        r"^(?:FAILED|ERROR) (?:\[[\d%. ]+\] )?(\S+?(?:::.+?|\.py))(?: - .*)?$",
    ),
    Style(
        "vitest",
        r"^\s*Tests  ?(\d.*|no tests)$",
        r"^\s*FAIL  ?(?:\|[^|]+\| )?(\S.*? > .+|\S+) *(?:\[.*\])?$",
        below=True,
    ),
    Style(
        "cargo",
        r"^test result: \w+\. (.*)",
        r"^test (.+) \.\.\. FAILED",
        passing=r"^test (.+) \.\.\. ok$",
    ),
    Style(
        "nextest",
        r"^\s*Summary \[.*\] (.*)",
        r"^\s*(?:FAIL|SIGABRT|TIMEOUT) \[[^\]]*\] (?:\([^)]*\) )?(\S.*)",
        passing=r"^\s*PASS \[[^\]]*\] (?:\([^)]*\) )?(\S.*)",
    ),
    Style("rspec", r"^(\d+ examples?, \d+ failures?.*)", r"^rspec \S+ # (.+)"),
    Style("minitest", r"^(\d+ (?:runs|tests), \d+ assertions, .*)", r"^([A-Z][\w:]*#\S+)(?: \[.*\])?:?$", below=True),
    Style(
        "mix",
        r"^((?:\d+ doctests?, )?(?:\d+ propert\w+, )?\d+ tests?, \d+ failures?.*)",
        r"^ +\d+\) (.+ \([^()]+\))$",
        below=True,
    ),
    Style("gradle", r"^(\d+ tests? completed, \d+ failed.*)", r"^(\w\S* > .+) FAILED$"),
    Style("bun", r"^ *(\d+ (?:pass|fail|skip))$", r"^\(fail\) (.+?)(?: \[[\d.]+ms\])?$"),
    Style("pest", r"^ *Tests: +(\d.*\(\d+ assertions?\))", r"^ +FAILED +(\S.* > .+?)(?: {2,}.*)?$"),
    Style("phpunit", r"^(Tests: \d+, Assertions: .*)", r"^\d+\) ([\w\\]+::.+)", word_first=True, below=True),
    Style("phpunit ok", r"^OK(?:, but .*)? \((\d+ tests?), "),
    Style("phpunit none", r"^(No tests executed)!"),
    Style(
        "maven", r"^(?:\[\w+\] )?(Tests run: \d+, Failures: \d+, Errors: \d+, Skipped: \d+)\s*$", "", word_first=True
    ),
    Style("dotnet", r"^\w+!  - (Failed: .*)", r"^  Failed (\S.*?)(?: \[[^\[\]]*\])?$", word_first=True),
)


def parse(text: str) -> Report:
    """All summaries found in a command's output, summed; an empty report where there is none."""
    lines = [line[:MAX_LINE] for line in _ANSI.sub("", text).replace("\r\n", "\n").split("\n")]
    if len(lines) > MAX_LINES:  # summaries stand at the end; of the rest the beginning says most
        lines = [*lines[: MAX_LINES // 4], *lines[-(MAX_LINES - MAX_LINES // 4) :]]
    found = _read(lines)
    if found.empty and any(map(_PREFIX.match, lines)):  # what runs the scripts of several packages names them in front
        found = _read([_PREFIX.sub("", line, count=1) for line in lines])
    return found


def _read(lines: list[str]) -> Report:
    found = [_apply(style, lines) for style in _COMPILED]
    return merge([*found, *(read(lines) for read in spanning.READERS)])


@dataclass(frozen=True, slots=True)
class _Compiled:
    summary: re.Pattern[str]
    failure: re.Pattern[str] | None
    word_first: bool
    passing: re.Pattern[str] | None
    below: bool


_COMPILED = tuple(
    _Compiled(
        re.compile(s.summary),
        re.compile(s.failure) if s.failure else None,
        s.word_first,
        re.compile(s.passing) if s.passing else None,
        s.below,
    )
    for s in STYLES
)


def _apply(style: _Compiled, lines: list[str]) -> Report:
    numbers = [match.group(1) for line in lines if (match := style.summary.match(line))]
    if not numbers:
        return Report()
    failures: dict[str, None] = {}
    if style.failure is not None:
        for line in lines:
            if (match := style.failure.match(line)) and len(failures) < MAX_FAILURES:
                failures[_called(match.group(1))] = None
    counts = _sum(numbers, style.word_first)
    told = said_below(lines, style.failure, style.summary) if style.below and style.failure is not None else {}
    return Report(counts, tuple(failures), _passed(style.passing, lines, counts), messages=told)


def _passed(passing: re.Pattern[str] | None, lines: list[str], counts: Counts) -> frozenset[str] | None:
    """The names of passed tests; None where fewer are told than were counted."""
    if passing is None or counts.passed > MAX_FAILURES:
        return None
    found = [_called(match.group(1)) for line in lines if (match := passing.match(line))]
    return frozenset(found) if len(found) == counts.passed else None


def _called(name: str) -> str:
    """A test's name without the line in which the example of a document stands."""
    return _AT_LINE.sub("", name_of(name))


def _sum(summaries: list[str], word_first: bool) -> Counts:
    passed = failed = skipped = 0
    for text in summaries:
        found: dict[str, int] = {}
        pairs = _WORD_NUMBER.findall(text) if word_first else [(word, n) for n, word in _NUMBER_WORD.findall(text)]
        for word, number in pairs:
            meaning = _MEANING.get(word.lower())
            if meaning:
                found[meaning] = found.get(meaning, 0) + int(number)
        bad, left_out = found.get("failed", 0), found.get("skipped", 0)
        passed += found.get("passed", max(0, found.get("total", 0) - bad - left_out))
        failed += bad
        skipped += left_out
    return Counts(passed, failed, skipped)
