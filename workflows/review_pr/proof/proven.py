"""What checks on base and head make of a review: what fails anew, as findings that say what shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from workflows.reports.formats import complaints
from workflows.review_pr.diff.changes import ChangedFile
from workflows.review_pr.diff.placing import PlacedFinding, Placement, is_valid
from workflows.review_pr.findings import Finding, SeenRunning, Severity
from workflows.review_pr.state import CHECKS
from workflows.text.escape import code, visible
from workflows.values import from_json
from workflows.verification import Check, CheckKind, Verdict, Verification

_MOST_OF_ONE = 5
"""Findings of one check; the line about it says how many more there are."""
_MOST_NAMED = 5
_MOST_OUTPUT = 1_500
_BEFORE, _BEHIND = 2, 12
_SEVERITY = {CheckKind.TEST: Severity.HIGH, CheckKind.TYPES: Severity.MEDIUM, CheckKind.LINT: Severity.LOW}
_AT = re.compile(r"(?P<path>[^\s:()]{1,300}\.[A-Za-z]\w{0,9})(?::|\()(?P<line>\d{1,7})\b")


def checked(state: Mapping[str, Any]) -> Verification | None:
    """What the checks said; None where they were not run."""
    said = (state.get(CHECKS.key) or {}).get("verification")
    return from_json(Verification, said) if said else None


def any_failed(found: Verification | None) -> bool:
    """Whether something fails anew: then there is a review, whatever a model says."""
    return found is not None and any(one.verdict is Verdict.FAILED for one in found.checks)


def ran_line(state: Mapping[str, Any]) -> str:
    """One line about what was run, or why nothing was; "" where it is not known yet."""
    if (found := checked(state)) is not None:
        named = ", ".join(code(one, 160) for one in found.steering[:_MOST_NAMED])
        more = f" and {len(found.steering) - _MOST_NAMED} more" if found.steering[_MOST_NAMED:] else ""
        steers = f" The change itself decides how they run: {named}{more}." if named else ""
        return f"Run on base and head: {said_of(found)}.{steers}"
    if CHECKS.key not in state:
        return ""
    why = (state.get(CHECKS.key) or {}).get("why") or "the step that runs them was left out"
    return f"Its checks were not run: {why}."


def said_of(found: Verification) -> str:
    """The checks in one line: `pytest`: 41 passed, 1 failed (1 new); `mypy`: not run (why)."""
    return "; ".join(f"{code(one.command, 80)}: {_said(one)}" for one in found.checks)


def proven(found: Verification | None, changes: Sequence[ChangedFile]) -> list[PlacedFinding]:
    """What fails on the head and not on the base, on its line where the diff shows that."""
    return [] if found is None else [one for check in found.checks for one in _of(check, changes)]


def _said(check: Check) -> str:
    if check.verdict is Verdict.NOT_RUN:
        return f"not run ({visible(check.reason).strip().rstrip('.')[:200] or 'no reason is known'})"
    counts = check.head.counts if check.head else None
    numbers = str(counts) if check.kind is CheckKind.TEST and counts is not None else check.result
    return f"{numbers} ({len(check.new_failures)} new)" if check.new_failures else numbers


def _of(check: Check, changes: Sequence[ChangedFile]) -> Iterator[PlacedFinding]:
    if check.verdict is not Verdict.FAILED:
        return
    output = check.head.tail if check.head else ""
    if not check.new_failures:
        yield PlacedFinding(_finding(check, "", check.command, check.reason, output[-_MOST_OUTPUT:]), None)
    for name in check.new_failures[:_MOST_OF_ONE]:
        path, line, said = _where(check.kind, name, output)
        change = next((one for one in changes if one.path == path), None)
        at = Placement(path, line, line)
        placed = at if line and change is not None and is_valid(at, change) else None
        yield PlacedFinding(_finding(check, path, name, "", said, line), placed)


def _finding(check: Check, path: str, name: str, reason: str, output: str, line: int = 0) -> Finding:
    """It is known by what fails: the same failure at the next push is the same finding."""
    tests = check.kind is CheckKind.TEST
    title = f"{name} fails" if tests and path else name.removeprefix(f"{path}: ")
    if not path:
        title = f"{check.command} fails"
    said = "It passes without the change, and fails with it." if tests else "It is not said without the change."
    return Finding(
        path=path,
        quote=f"{check.command}: {name}",
        title=visible(title)[:120],
        reason=visible(reason or said)[:1_000],
        severity=_SEVERITY.get(check.kind, Severity.MEDIUM) if check.required else Severity.LOW,
        line=line,
        seen=SeenRunning(check.command, visible(output)),
    )


def _where(kind: CheckKind, name: str, output: str) -> tuple[str, int, str]:
    """The file and the line that a failure is about, and what was printed of it; "" and 0 where that is not known."""
    rows = output.split("\n")
    if kind is CheckKind.TEST:
        path = name.partition("::")[0] if "::" in name else ""
        at = next((number for number, row in enumerate(rows) if name.rpartition("::")[2] in row), -1)
        return path, 0, _around(rows, at)
    path = name.partition(": ")[0]
    for number, row in enumerate(rows):
        if (found := _AT.search(row)) and name in (*(said := complaints.parse(row)).errors, *said.warnings):
            return path, int(found["line"]), _around(rows, number, 1)
    return path, 0, _around(rows, -1)


def _around(rows: Sequence[str], at: int, behind: int = _BEHIND) -> str:
    """The rows around one, or the last ones."""
    shown = rows[max(0, at - _BEFORE) : at + 1 + behind] if at >= 0 else rows[-_BEHIND - _BEFORE :]
    return "\n".join(shown)[-_MOST_OUTPUT:]
