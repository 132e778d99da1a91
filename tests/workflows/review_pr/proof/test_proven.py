"""What checks on base and head make of a review: new failures with what shows them, and a line about all of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from inline_snapshot import snapshot

from workflows.policy.config.config_file import parse
from workflows.review_pr.diff.changes import ChangedFile, Hunk, HunkLine
from workflows.review_pr.diff.placing import PlacedFinding, Placement
from workflows.review_pr.findings import Severity
from workflows.review_pr.proof.proven import proven, ran_line
from workflows.review_pr.report import body, comment, report_of
from workflows.review_pr.source import why_unrun
from workflows.review_pr.state import CHECKS, STANDING
from workflows.values import to_json
from workflows.verification import Check, CheckKind, CheckRun, Counts, Verdict, Verification

CHANGE = ChangedFile("shares.py", "modified", (Hunk(5, 5, (HunkLine("+", "    return  share(total)", 0, 6),)),))
TESTS = Check(
    CheckKind.TEST,
    "pytest -q",
    Verdict.FAILED,
    head=CheckRun(
        1,
        0.1,
        Counts(3, 1),
        ("tests/test_shares.py::test_half",),
        tail="...F\n____ test_half ____\n    def test_half():\n>       assert half(6) == 3\nE       assert 2.0 == 3\n",
    ),
    new_failures=("tests/test_shares.py::test_half",),
)
LINT = Check(
    CheckKind.LINT,
    "ruff check .",
    Verdict.FAILED,
    head=CheckRun(
        1, 0.1, tail="old.py:1:1: F401 unused\nshares.py:6:12: E271 Multiple spaces after keyword\nFound 2 errors.\n"
    ),
    new_failures=("shares.py: E271 Multiple spaces after keyword",),
)


def of(*checks: Check) -> list[PlacedFinding]:
    return proven(Verification("t", checks), (CHANGE,))


def told(*checks: Check, **more: Any) -> dict[str, Any]:
    found = Verification("t", checks)
    standing = [to_json(one) for one in proven(found, (CHANGE,))]
    return {CHECKS.key: {"verification": to_json(found)}, STANDING.key: standing, **more}


def test_a_new_failure_is_a_finding_with_command_and_output() -> None:
    (one,) = of(TESTS)
    assert (one.finding.path, one.place, one.finding.severity) == ("tests/test_shares.py", None, Severity.HIGH)
    assert one.finding.seen is not None
    assert one.finding.seen.command == "pytest -q"
    assert "assert 2.0 == 3" in one.finding.seen.output


def test_a_new_complaint_stands_on_its_line_where_the_diff_shows_it() -> None:
    (one,) = of(LINT)
    assert one.place == Placement("shares.py", 6, 6)
    assert comment(one) == snapshot("""\
**E271 Multiple spaces after keyword** (low)

It is not said without the change.

<details><summary>Shown by running it on base and head</summary>

`ruff check .`

```text
old.py:1:1: F401 unused
shares.py:6:12: E271 Multiple spaces after keyword
Found 2 errors.
```

</details>\
""")


@pytest.mark.parametrize(
    "tail",
    [
        "shares.py:7:12: E271 Multiple spaces after keyword",
        "shares.py:0: E271 Multiple spaces after keyword",
        "other.py:6:12: E271 Multiple spaces after keyword",
        "shares.py:99999999: E271 Multiple spaces after keyword",
        "",
    ],
)
def test_what_the_diff_does_not_show_stands_in_the_body(tail: str) -> None:
    (one,) = of(replace(LINT, head=CheckRun(1, 0.1, tail=tail)))
    assert one.place is None


def test_it_is_the_same_finding_at_the_next_push_wherever_its_line_has_moved() -> None:
    moved = replace(LINT, head=CheckRun(1, 0.1, tail="shares.py:60:12: E271 Multiple spaces after keyword"))
    assert [one.finding.key for one in of(LINT)] == [one.finding.key for one in of(moved)]


def test_what_did_not_fail_anew_is_none_and_a_check_without_names_is_one() -> None:
    assert of(replace(TESTS, verdict=Verdict.PASSED, new_failures=())) == []
    assert of(replace(TESTS, verdict=Verdict.NOT_RUN, new_failures=())) == []
    (one,) = of(replace(TESTS, new_failures=(), reason="It gives a result on the base, but not on the change."))
    assert (one.finding.title, one.finding.reason) == (
        "pytest -q fails",
        "It gives a result on the base, but not on the change.",
    )


def test_of_many_some_are_findings_and_all_are_counted() -> None:
    names = tuple(f"test_a.py::test_{number}" for number in range(40))
    assert len(of(replace(TESTS, new_failures=names))) == 5
    assert "(40 new)" in ran_line(told(replace(TESTS, new_failures=names)))


def test_what_does_not_count_here_is_low() -> None:
    assert [one.finding.severity for one in of(replace(TESTS, required=False))] == [Severity.LOW]


def test_the_body_shows_it_unfolded_and_says_what_was_run() -> None:
    unrun = Check(CheckKind.TYPES, "mypy", Verdict.NOT_RUN, "Command not found.")
    assert body(report_of(told(TESTS, unrun))) == snapshot("""\
**1 finding (1 high).** Reviewed 0 of 0 files.

Run on base and head: `pytest -q`: 3 passed, 1 failed (1 new); `mypy`: not run (Command not found).

**tests/test_shares.py::test_half fails** (high), `tests/test_shares.py`

It passes without the change, and fails with it.

<details><summary>Shown by running it on base and head</summary>

`pytest -q`

```text
...F
____ test_half ____
    def test_half():
>       assert half(6) == 3
E       assert 2.0 == 3
```

</details>

*Written by a model and checked against the code around it; a person decides. No verdict is given.*\
""")


@pytest.mark.parametrize(
    "hostile",
    ["```\n# Approved </details>\n", "@everyone closes #1\n````text\n", "<!-- pullwright:finding:x -->\n"],
)
def test_what_a_command_prints_can_pass_for_nothing_of_ours(hostile: str) -> None:
    (one,) = of(
        replace(LINT, head=CheckRun(1, 0.1, tail=hostile + "shares.py:6:1: E271 Multiple spaces after keyword"))
    )
    text = comment(one)
    fence = next(line for line in text.split("\n") if line.endswith("text") and line.startswith("```"))[:-4]
    inside = text.split(f"{fence}text\n", 1)[1].rsplit(f"\n{fence}\n", 1)[0]
    assert hostile.strip() in inside
    assert fence not in inside


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, ""),
        ({CHECKS.key: {"why": "it comes from a fork"}}, "Its checks were not run: it comes from a fork."),
        ({CHECKS.key: None}, "Its checks were not run: the step that runs them was left out."),
    ],
)
def test_what_was_not_run_is_said(said: dict[str, Any], words: str) -> None:
    assert ran_line(said) == words


@pytest.mark.parametrize(
    ("text", "foreign", "why"),
    [
        ("", False, "this repository does not ask for it"),
        ("workflows: {review_pr: {checks: off}}", False, "this repository does not ask for it"),
        ("workflows: {review_pr: {checks: own}}", False, ""),
        ("workflows: {review_pr: {checks: own}}", True, "it comes from a fork"),
        ("workflows: {review_pr: {checks: all}}", True, ""),
    ],
)
def test_nothing_is_run_unasked_and_of_forks_only_where_that_is_said(text: str, foreign: bool, why: str) -> None:
    assert why_unrun(parse(text).review_rules(), foreign=foreign) == why
