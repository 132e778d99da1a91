"""Summaries that span several lines: unittest, Jest, Mocha, TAP and node:test, AVA, Go, CTest."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import replace
from itertools import takewhile

from workflows.reports.formats.said_below import said_below
from workflows.reports.values import MAX_MESSAGES, Report, Tally, ends, name_of
from workflows.verification import Counts

MAX_FAILURES = 5_000
_UNITTEST_FAILED, _UNITTEST_END = re.compile(r"(?:FAIL|ERROR): (.+)"), re.compile(r"Ran \d{1,9} tests? in ")
_AVA_TEST = re.compile(
    r"  (?:(✔) |([✘✖]) (?:\[fail\]: )?|(- )\[(?:skip|todo)\] )(\S.*?)(?: \(\d[\d.]*(?:ms|s|m)(?: [\d.]+s)?\))?$"
)
_AVA_END = re.compile(
    r"  (\d{1,9}) (?:tests? (passed|failed)|known failures?|hooks? failed"
    r"|(?:uncaught exception|unhandled rejection)s?)$"
)
_AVA_RULE = "  \N{BOX DRAWINGS LIGHT HORIZONTAL}"
_MOST_WORDS = 60
"""Of a title."""
_AVA_CODE = re.compile(r" {2,8}\d{1,6}: ")
_AVA_ERROR = re.compile(r"^(\w{1,100}) \{\n {2}message: '(.*)',$", re.MULTILINE)
_CTEST_TEST = re.compile(r"(?: *\d+/\d+ Test +#\d+: (?:(\S+) \.* *\*\*\*)?| +Start +\d+: |\d+% tests passed)")
_TAP_QUIET = re.compile(r"\s*(?:ok\b|# Subtest|\d+\.\.\d+\s*$|$)")
"""Lines of TAP that tell of no failure."""
_TAP_SUITE = re.compile(r"  type: 'suite'$")
"""Said by node:test of a point that is no test of its own."""
_PROVE = re.compile(r"Files=\d{1,9}, Tests=(\d{1,9}),")


def unittest(lines: Sequence[str]) -> Report:
    """`Ran 3 tests in 0.1s`, then `OK` or `FAILED (failures=1, errors=1, skipped=1)`; Django prints the same."""
    ran = bad = skipped = 0
    seen = False
    for line in lines:
        if match := re.match(r"Ran (\d{1,9}) tests? in ", line):
            seen, ran = True, ran + int(match.group(1))
        elif seen and re.match(r"(?:OK|FAILED|NO TESTS RAN)\b", line):
            numbers = {word: int(number) for word, number in re.findall(r"\b([a-z]+(?: [a-z]+)?)=(\d{1,9})", line)}
            bad += sum(numbers.get(key, 0) for key in ("failures", "errors", "unexpected successes"))
            skipped += sum(numbers.get(key, 0) for key in ("skipped", "expected failures"))
    if not seen:
        return Report()
    failures = _named(lines, _UNITTEST_FAILED.pattern)
    told = said_below(lines, _UNITTEST_FAILED, _UNITTEST_END)
    return Report(Counts(max(0, ran - bad - skipped), bad, skipped), failures, messages=told)


def jest(lines: Sequence[str]) -> Report:
    """`Tests: 1 failed, 5 passed, 6 total`, once for each package; a suite that could not run is named by its file."""
    counts: Counts | None = None
    failures: dict[str, None] = {}
    file = ""
    for line in lines:
        if match := re.match(r"Tests: +(\d.*\btotal)", line):
            numbers = {word: int(number) for number, word in re.findall(r"(\d{1,9}) (\w+)", match.group(1))}
            left_out = numbers.get("skipped", 0) + numbers.get("todo", 0)
            before = counts or Counts()
            counts = Counts(
                before.passed + numbers.get("passed", 0),
                before.failed + numbers.get("failed", 0),
                before.skipped + left_out,
            )
        elif match := re.match(r"FAIL +(?:\S+ +)??(\S+\.\w+)", line):
            file = match.group(1)
        elif (match := re.match(r" *● (.+)", line)) and len(failures) < MAX_FAILURES:
            title = match.group(1)
            if title == "Test suite failed to run":
                failures[file or title] = None
            elif title != "Console":
                failures[name_of(title)] = None
    return Report(counts, tuple(failures)) if counts else Report()


def mocha(lines: Sequence[str]) -> Report:
    """`5 passing`, `1 failing`, then each failure as its suites and title on lines of their own."""
    numbers: dict[str, int] = {}
    failures: dict[str, None] = {}
    name: list[str] = []
    for line in lines:
        if match := re.match(r" +(\d{1,9}) (passing|failing|pending)\b", line):
            numbers[match.group(2)] = numbers.get(match.group(2), 0) + int(match.group(1))
        elif "failing" in numbers and (match := re.match(r" +\d{1,6}\) (.+)", line)):
            name = [match.group(1)]
        elif name and line.strip():
            name.append(line.strip())
        if name and (name[-1].endswith(":") or len(name) > 12):
            if len(failures) < MAX_FAILURES:
                failures[name_of(" ".join(name).rstrip(":"))] = None
            name = []
    if "passing" not in numbers:
        return Report()
    return Report(
        Counts(numbers["passing"], numbers.get("failing", 0), numbers.get("pending", 0)),
        tuple(failures),
    )


def node(lines: Sequence[str]) -> Report:
    """node:test, whose numbers stand on lines of their own, in spec style or as TAP comments."""
    numbers: dict[str, int] = {}
    for line in lines:
        if match := re.match(r"(?:ℹ|#) (tests|pass|fail|skipped|cancelled|todo) (\d{1,9})$", line):
            numbers[match.group(1)] = numbers.get(match.group(1), 0) + int(match.group(2))
    if not {"pass", "fail"} <= numbers.keys():
        return Report()
    failures = _named(lines, r" *(?:✖ (.+?) \([\d.]+ms\)|not ok \d+ - (.+?))(?: # .*)?$", unless=r"# (?:TODO|SKIP)")
    counts = Counts(
        numbers["pass"],
        numbers["fail"] + numbers.get("cancelled", 0),
        numbers.get("skipped", 0) + numbers.get("todo", 0),
    )
    return Report(counts, failures)


def tap(lines: Sequence[str]) -> Report:
    """Plain TAP (node-tap, tape, ava): the `ok` and `not ok` lines that are not nested.

    Why a test failed is what is nested before and behind it.
    """
    if not any(re.match(r"(?:TAP version \d+|1\.\.\d+)\s*$", line) for line in lines):
        return Report()
    if not node(lines).empty or any(map(_PROVE.match, lines)):
        return Report()
    tally = Tally()
    nested: list[str] = []
    failing = ""
    said: list[str] = []

    def close() -> None:
        if failing:
            tally.add(failing, "failed", "\n".join([*said, *nested]))

    for number, line in enumerate(lines):
        match = re.match(r"(not )?ok\b ?\d*(?: -)? ?([^#]*)(# ?(?:skip|todo)\b)?", line, re.IGNORECASE)
        if match is None and line[:1] in (" ", "\t", ""):
            if not _TAP_QUIET.match(line):
                nested.append(line)
            continue
        close()
        failing, said = "", []
        if match is None:
            nested = []
            continue
        if match.group(1) and not match.group(3):
            failing, said = match.group(2) or " ", [*nested, line]
        elif not _is_suite(lines[number + 1 : number + 6]):
            tally.add(match.group(2), "skipped" if match.group(3) else "passed")
        nested = []
    close()
    return tally.report()


def _is_suite(behind: Sequence[str]) -> bool:
    """Whether that is said of a point in what is nested behind it, which is all where another runner ended the process
    before node:test had told its numbers."""
    return any(map(_TAP_SUITE.match, takewhile(lambda line: line.startswith(" "), behind)))


def ava(lines: Sequence[str]) -> Report:
    """A line for each test, and behind them `  1 test failed`, where passed tests are not counted any more."""
    ends = [found for line in lines if (found := _AVA_END.match(line))]
    if not ends:
        return Report()
    tally = Tally()
    tests = [found for line in lines if (found := _AVA_TEST.match(line))]
    failed = [found[4].rstrip() for found in tests if found[2]]
    said = _said_by_ava(lines, failed)
    for found in tests:
        if found[2]:
            name = _title_of(found[4].rstrip(), said)
            tally.add(name, "failed", said.get(name, ""))
        else:
            tally.add(found[4], "passed" if found[1] else "skipped")
    broken = sum(int(found[1]) for found in ends if "passed" not in found[0] and "known" not in found[0])
    report = tally.report()
    counts = report.counts or Counts()
    told = sum(int(found[1]) for found in ends if found[2] == "passed")
    counted = Counts(max(counts.passed, told), max(counts.failed, broken), counts.skipped)
    return replace(report, counts=counted)


def _said_by_ava(lines: Sequence[str], failed: Sequence[str]) -> dict[str, str]:
    """What is said of failed tests behind the list of all, by their titles: each begins behind empty lines or a rule.

    Code that is shown of a test may speak of anything, and is left out.
    """
    starts = {name[:at] for name in failed[:MAX_MESSAGES] for at in _ends_of_words(name)}
    said: dict[str, list[str]] = {}
    title, empty, behind = "", 0, False
    for line in lines:
        if line == _AVA_RULE or not line.strip():
            behind, empty = behind or line == _AVA_RULE, empty + 1 + (line == _AVA_RULE)
        elif behind:
            if empty > 1 and line[2:].rstrip() in starts and line[2:].rstrip() not in said:
                title = line[2:].rstrip()
                said[title] = []
            elif title and not _AVA_CODE.match(line):
                said[title].append(line[2:])
            empty = 0
    return {name: _AVA_ERROR.sub(r"\1: \2", "\n".join(rows)) for name, rows in said.items()}


def _ends_of_words(name: str) -> list[int]:
    return [*[at for at, letter in enumerate(name) if letter == " "][:_MOST_WORDS], len(name)]


def _title_of(listed: str, said: Container[str]) -> str:
    """A title without what AVA says behind it in the list: `adds Error thrown in test`."""
    return next((listed[:at] for at in reversed(_ends_of_words(listed)) if listed[:at] in said), listed)


def go(lines: Sequence[str]) -> Report:
    """`go test` without -json: names of failures, and numbers only where it ran with -v or ran nothing."""
    packages = [line for line in lines if re.match(r"(?:ok|FAIL|\?) *\t", line)]
    if not packages:
        return Report()
    tally = Tally()
    states = {"PASS": "passed", "FAIL": "failed", "SKIP": "skipped"}
    for line in lines:
        if match := re.match(r" *--- (PASS|FAIL|SKIP): (\S+)", line):
            tally.add(match.group(2), states[match.group(1)])
    for line in packages:
        if match := re.match(r"FAIL\t(\S+) \[(?:build|setup) failed\]", line):
            tally.add(match.group(1), "failed")
    report = tally.report()
    nothing_ran = all(
        re.search(r"\[(?:no test(?:s to run| files)|(?:build|setup) failed)\]", line) for line in packages
    )
    counted = nothing_ran or any(re.match(r" *--- PASS: |=== RUN ", line) for line in lines)
    return Report(report.counts if counted else None, report.failures)


def ctest(lines: Sequence[str]) -> Report:
    """`90% tests passed, 1 tests failed out of 10`. What a test printed stands behind its own line."""
    said: dict[str, list[str]] = {}
    name = ""
    total = bad = 0
    seen = False
    for line in lines:
        if found := _CTEST_TEST.match(line):
            name = name_of(found[1]) if found[1] and len(said) < MAX_MESSAGES else ""
        elif name:
            said.setdefault(name, []).append(line)
        if match := re.match(r"\d+% tests passed, (\d{1,9}) tests? failed out of (\d{1,9})", line):
            seen, bad, total = True, bad + int(match.group(1)), total + int(match.group(2))
        seen = seen or line.startswith("No tests were found!!!")
    if not seen:
        return Report()
    failed = _named(lines, r"\t *\d+ - (.+?) \(")
    told = {name: ends("\n".join(said[name])) for name in failed if name in said}
    return Report(Counts(max(0, total - bad), bad), failed, messages=told)


def prove(lines: Sequence[str]) -> Report:
    """Perl's harness: `Files=3, Tests=40, ...`, and above it the files that failed, each with its numbers."""
    totals = [int(match.group(1)) for line in lines if (match := _PROVE.match(line))]
    if not totals:
        return Report()
    bad = [re.match(r"(\S+) +\(Wstat: .{1,60}Tests: \d{1,9} Failed: (\d{1,9})\)", one) for one in lines]
    files = {found[1]: max(1, int(found[2])) for found in bad if found}
    failed = sum(files.values())
    return Report(Counts(max(0, sum(totals) - failed), failed), tuple(files)[:MAX_FAILURES])


READERS: tuple[Callable[[Sequence[str]], Report], ...] = (unittest, jest, mocha, node, tap, ava, go, ctest, prove)


def _named(lines: Iterable[str], pattern: str, *, unless: str = "") -> tuple[str, ...]:
    names: dict[str, None] = {}
    for line in lines:
        match = re.match(pattern, line)
        if match and len(names) < MAX_FAILURES and not (unless and re.search(unless, line)):
            names[name_of(next(group for group in match.groups() if group))] = None
    return tuple(names)
