"""What came of trying a report, as a value, and what counts as having reproduced it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from workflows.reports.reasons import SURROUNDINGS, Reason, ReasonKind, reason
from workflows.store.run_rows.reproduced import REPRODUCED
from workflows.triage.reproduction.signatures import alike, ends_of, signature_of


class Tried(StrEnum):
    """The values stand in texts that people read."""

    REPRODUCED = REPRODUCED
    OTHERWISE = "failed otherwise"
    NOT = "not reproduced"
    COULD_NOT = "could not try"


@dataclass(frozen=True, slots=True)
class Reproduction:
    """`why` says how it came to the verdict. `files` are those of the test, by path, and `tests` what fails of them.

    `command` was run and `output` is the end of what it printed. `tree` is the base's code with the test;
    `signature` is what each failure is known by. `quote` is the sentence of the report that asks for what it asserts.
    """

    verdict: Tried
    why: str
    tests: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    command: str = ""
    output: str = ""
    tree: str = ""
    signature: str = ""
    quote: str = ""
    at_version: str = ""
    """What it did at the version that the report names, in words."""
    script: str = ""
    """A script for bash instead of files of tests, where nothing runs those."""


@dataclass(frozen=True, slots=True)
class OneTry:
    """One run of the test. `failures` are what was said about each that failed, `passed` the names of others."""

    failures: Mapping[str, str] = field(default_factory=dict)
    passed: frozenset[str] = frozenset()
    stopped: str = ""
    """Why it says nothing at all."""


def judged(tries: Sequence[OneTry]) -> tuple[Tried, str, dict[str, Reason]]:
    """What the runs of a test come to: whether it failed each time alike and for no reason of its surroundings.

    Whether that is what was reported is another question (`matches`). A control, a test with that word in its name,
    has to pass each time: it shows that the rest of the test works.
    """
    if stopped := next((one.stopped for one in tries if one.stopped), ""):
        return Tried.COULD_NOT, stopped, {}
    if not any(one.failures for one in tries):
        return Tried.NOT, "the test passes on the code as it is", {}
    if not all(one.failures for one in tries):
        return Tried.NOT, "it does not fail each time", {}
    found: dict[str, Reason] = {}
    for name, said in tries[0].failures.items():
        first = reason(said)
        if first.kind in SURROUNDINGS or first.kind is ReasonKind.UNKNOWN:
            return Tried.OTHERWISE, f"it fails for another reason ({first.kind}): {first.said}", {}
        if "control" in name.lower():
            return Tried.OTHERWISE, f"its control fails, too: {first.said}", {}
        if any(known_by(one.failures.get(name, "")) != known_by(said) for one in tries):
            return Tried.NOT, "it does not fail alike each time", {}
        found[name] = first
    if not all(any("control" in name.lower() for name in one.passed) for one in tries):
        return Tried.COULD_NOT, "no control passes beside it", {}
    return Tried.REPRODUCED, "", found


def known_by(said: str) -> str:
    """What a failure is known by: its kind and its words, without what differs from run to run."""
    found = reason(said)
    return f"{found.kind}: {alike(found.said)}"


def matches(found: Reason, said: str, report: str, paths: Sequence[str] = ()) -> str:
    """By what a failure is the one that was reported, in words; "" where nothing tells that for sure.

    An error is the reported one by its kind, its message or its place; an assertion by the values on both sides.
    """
    ends = ends_of(paths)
    here, there = signature_of(said, ends), signature_of(report, ends)
    if found.kind is not ReasonKind.ASSERTION:
        if shared := here.shares(there):
            return shared
        named = [name for name in here.names if _stands_in(name, report)]
        return f"the report names {named[0]}" if named else ""
    if unraised := re.search(r"DID NOT (?:RAISE|WARN) (?:any of )?[(<]*(?:class )?'?(?:[\w.]*\.)?(\w+)", said):
        return f"the report names {unraised[1]}" if _stands_in(unraised[1], report) else ""
    given = _ARGUMENTS.sub("()", report)  # what was put in says nothing about what came out
    for left, right in _COMPARED.findall(found.said):
        values = [_values(side) for side in (left, right)]
        if all(values) and all(_stands_in(one, given) for side in values for one in side):
            return f"{GIVES} {' and '.join(side[0] for side in values)}"
    return ""


GIVES = "the report gives"
"""What it is matched by where it is by the values on both sides of an assertion."""
_COMPARED = re.compile(
    r"(?:assert |Error: |^)\s*(.{1,200}?) (?:==|!=|<=|>=|<|>|is not|is|not in|in) (.{1,200}?)(?: :.*)?$"
)
_ARGUMENTS = re.compile(r"(?<=\w)\([^()\n]{0,500}\)")
_VALUE = re.compile(r"'([^'\n]{1,200})'|\"([^\"\n]{1,200})\"|(?<![\w.])(-?\d+(?:\.\d+)?|None|True|False)(?![\w.])")


def _values(side: str) -> list[str]:
    return [next(filter(None, found)) for found in _VALUE.findall(side)]


def _stands_in(value: str, text: str) -> bool:
    """Whether a value is written in a text, as a whole."""
    return bool(re.search(rf"(?<![\w.-]){re.escape(value)}(?![\w-])(?!\.\d)", text))
