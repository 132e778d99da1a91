"""The repository's own checks on both sides of a change, really run, in trees that are there for that alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.real_repository import commit, git
from tests.fakes.steps_by_hand import ByHand, by_hand
from workflows.definition import Done, Failed
from workflows.review_pr.diff.changes import read_changes
from workflows.review_pr.proof.proven import checked, proven, ran_line
from workflows.review_pr.proof.running import run_checks
from workflows.review_pr.reading import read
from workflows.review_pr.refuting import refute
from workflows.review_pr.source import look
from workflows.review_pr.state import BASE, CHECKS, HEAD, RULES, UNRUN
from workflows.services import StepContext
from workflows.store.records import StepRun
from workflows.store.run_rows import runs
from workflows.values import StepStatus

CONFIG = "setup: false\nlint: sh lint.sh\nchecks: {docs: test -e README.md}\n"
LINT = "grep -n TODO *.py | while IFS=: read n rest; do echo a.py:$n:1: T1 a to-do; done; ! grep -q TODO *.py\n"


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[ByHand]:
    files = {"a.py": "x = 1\n", "lint.sh": LINT, "README.md": "A.\n", ".github/pullwright.yml": CONFIG}
    with by_hand(tmp_path, files) as made:
        yield made


def reviewed(hand: ByHand, files: Mapping[str, str | None], **state: Any) -> dict[str, Any]:
    """The state that the step leaves, where somebody changes these files (None: takes them away)."""
    base = hand.head("main")
    git(hand.repository, "switch", "-q", "-c", "change")
    for path in (name for name, text in files.items() if text is None):
        git(hand.repository, "rm", "-q", path)
    head = commit(hand.repository, {name: text for name, text in files.items() if text is not None})
    mirror = hand.services.workspaces.repository(hand.run)
    mirror.fetch(str(hand.repository), {})
    run = replace(hand.run, id="261120-ccccc", state={BASE.key: base, HEAD.key: head, RULES.key: base, **state})
    hand.store.write_now(runs.insert_run, run)
    here = StepRun(run.id, 0, 1, 1, "checks", StepStatus.RUNNING, mark_before="")
    result = asyncio.run(run_checks(StepContext(run, here, hand.services)))
    assert isinstance(result, Done)
    assert [one.name for one in (hand.services.data / "workspaces").iterdir()] == [hand.id], "its tree is gone again"
    assert state or mirror.pinned()[run.id] == head
    return {**run.state, **result.state}


def test_what_fails_anew_is_found_by_the_rules_of_the_base(hand: ByHand) -> None:
    looser = {"lint.sh": "true\n", ".github/pullwright.yml": "lint: false\nchecks: {docs: 'true'}\n", "README.md": None}
    state = reviewed(hand, looser)
    said = ran_line(state)
    assert said.startswith("Run on base and head: `sh lint.sh`: passed; `test -e README.md`: failed.")
    assert "The change itself decides how they run" in said
    assert "`lint.sh: is called by the checks`" in said
    changes = read_changes(hand.services.workspaces.repository(hand.run), state[BASE.key], state[HEAD.key])
    (one,) = proven(checked(state), changes)
    assert one.finding.title == "test -e README.md fails"


def test_a_complaint_of_the_change_is_found_on_its_line(hand: ByHand) -> None:
    state = reviewed(hand, {"a.py": "x = 1\ny = 2  # TODO\n"})
    changes = read_changes(hand.services.workspaces.repository(hand.run), state[BASE.key], state[HEAD.key])
    (one,) = proven(checked(state), changes)
    assert (one.finding.title, one.place and one.place.start) == ("T1 a to-do", 2)


def test_what_the_base_says_is_kept_for_other_runs(hand: ByHand) -> None:
    reviewed(hand, {"a.py": "x = 2\n"})
    assert list((hand.services.data / "base-results").glob("*/*.json"))


def test_nothing_is_run_where_that_is_not_allowed(hand: ByHand) -> None:
    state = reviewed(hand, {"a.py": "TODO\n"}, **{UNRUN: "it comes from a fork"})
    assert state[CHECKS.key] == {"why": "it comes from a fork"}


def test_where_nothing_checks_anything_that_is_said(tmp_path: Path) -> None:
    with by_hand(tmp_path, {"a.txt": "a\n"}) as hand:
        state = reviewed(hand, {"a.txt": "b\n"})
    assert state[CHECKS.key] == {"why": "no command was found that checks anything here"}


@pytest.mark.parametrize(("text", "kind"), [("x = 1  # TODO\n", Done), ("x = 2\n", Failed)])
def test_what_fails_is_reviewed_without_a_model_too(hand: ByHand, text: str, kind: type) -> None:
    """The run may ask nothing: its budget has no turns."""
    state = reviewed(hand, {"a.py": text})
    run = replace(hand.store.read_now(runs.get_run, "261120-ccccc"), state=state)
    for step in (look, read, refute):
        here = StepRun(run.id, 0, 2, 1, step.__name__, StepStatus.RUNNING, mark_before="")
        result = asyncio.run(step(StepContext(run, here, hand.services)))
        run = replace(run, state={**run.state, **result.state})
    assert isinstance(result, kind)
    if kind is Done:
        assert run.state["review_skipped"] == [{"path": "a.py", "why": "the budget was spent"}]
