"""What a script of a refutation shows, and what it does not: by what it did on both sides."""

from __future__ import annotations

import pytest

from workflows.agent.questions import Unreadable
from workflows.checks.ran import Ran
from workflows.review_pr.diff.placing import PlacedFinding
from workflows.review_pr.findings import Finding
from workflows.review_pr.refuting import Refutation, _verdict, _with_what_was_tried
from workflows.review_pr.report import comment
from workflows.review_pr.trying import ScriptRun, _seen
from workflows.values import CheckRun, from_json, to_json

ASSERTED = "E       assert 2 == 3\nAssertionError: assert 2 == 3\n"


def ran(exit_code: int, tail: str = "", killed: str = "") -> Ran:
    return Ran(CheckRun(exit_code, 0.1, tail=tail, killed=killed))


@pytest.mark.parametrize(
    ("head", "base", "why"),
    [
        (ran(1, ASSERTED), ran(0), ""),
        (ran(1, "wrong: 2\n"), ran(0), ""),
        (ran(1, ASSERTED), ran(1, "ImportError: cannot import name 'half' from 'shares' (shares.py)"), ""),
        (ran(0), ran(0), "it does not fail"),
        (ran(1, ASSERTED), ran(1, ASSERTED), "it fails the same way before the change"),
        (ran(2, "x.sh: line 1: syntax error near unexpected token"), ran(0), "it exits with 2, and not with 1"),
        (ran(127, "x.sh: line 2: jq: command not found"), ran(0), "jq: command not found"),
        (ran(-9, "", "timeout"), ran(0), "it was stopped (timeout)"),
        (ran(1, "OSError: [Errno 101] Network is unreachable"), ran(0), "for want of its surroundings (network)"),
        (ran(1, "ModuleNotFoundError: No module named 'requests'"), ran(0), "for want of its surroundings"),
    ],
)
def test_only_a_failure_of_the_code_that_is_not_there_before_shows_something(head: Ran, base: Ran, why: str) -> None:
    found = _seen("exit 1", head, base)
    assert found.shows is (not why)
    assert why in found.why


def test_a_judgement_is_kept_as_it_is_with_what_was_run() -> None:
    said = Refutation(True, "It happens.", _seen("exit 1", ran(1, ASSERTED), ran(0)))
    assert from_json(Refutation, to_json(said)) == said


def test_a_proof_by_a_script_is_told_with_script_output_and_base() -> None:
    shown = ScriptRun("a\nb </details> @all", "it exits with 1", "two <b>", "it exits with 0", "", shows=True)
    text = comment(
        PlacedFinding(_with_what_was_tried(Finding("a.py", "q", "T", "R"), Refutation(True, "W", shown)), None)
    )
    assert "Shown by running a script that the model wrote, on the head" in text
    assert "On the base it exits with 0. On the head it printed:" in text
    assert "```text\na\nb " in text


@pytest.mark.parametrize("data", [{"run": 1}, {"run": " "}, {"run": "x" * 5_000}, {"stands": "yes"}, [], None, {}])
def test_what_is_no_answer_is_unreadable(data: object) -> None:
    with pytest.raises(Unreadable, match="stands"):
        _verdict(data)
