"""What reproduced an issue is run on a pull request that says it mends it, and told there where it shows something."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot

from tests.fakes.real_repository import commit, git
from tests.fakes.steps_by_hand import ByHand, by_hand
from workflows.definition import Done
from workflows.services import StepContext
from workflows.store.records import StepRun
from workflows.store.run_rows import runs
from workflows.store.run_rows.reproduced import REPRODUCTION
from workflows.subject import Subject, SubjectKind
from workflows.triage.fix_check.outcome import outcome_of
from workflows.triage.fix_check.running import run_it
from workflows.triage.fix_check.state import BASE, HEAD, SEEN
from workflows.triage.fix_check.telling import words
from workflows.triage.reproduction.attempt import Reproduction, Tried, known_by
from workflows.values import RunStatus, StepStatus, to_json

SCRIPT = (
    '[ "$1" = control ] || { [ "$(sh add.sh 1 2)" = 3 ] || { echo "AssertionError: $(sh add.sh 1 2) != 3"; exit 1; }; }'
)
KEPT = Reproduction(
    Tried.REPRODUCED,
    "the report gives -1 and 3",
    tests={"pullwright-reproduce.sh": "AssertionError: -1 != 3"},
    script=SCRIPT,
    signature=known_by("AssertionError: -1 != 3"),
)


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[ByHand]:
    with by_hand(tmp_path, {"add.sh": "echo $(($1 - $2))\n", ".github/pullwright.yml": "setup: false\n"}) as made:
        yield made


def seen(hand: ByHand, text: str, kept: Reproduction | None = KEPT) -> dict[str, Any]:
    """What the step says of a change of `add.sh`."""
    base = hand.head("main")
    git(hand.repository, "switch", "-q", "-c", "change")
    head = commit(hand.repository, {"add.sh": text})
    hand.services.workspaces.repository(hand.run).fetch(str(hand.repository), {})
    about = to_json(Subject(SubjectKind.ISSUE, "", "", 0, 7))
    state = {REPRODUCTION: to_json(kept)} if kept else {}
    row = replace(hand.run, id="261120-ccccc", workflow="triage", status=RunStatus.COMPLETED, state=state)
    hand.store.write_now(runs.insert_run, replace(row, inputs={**row.inputs, "subject": about}))
    state = {BASE.key: base, HEAD.key: head, "fix_rules": base}
    run = replace(hand.run, id="261120-ddddd", workflow="fix_check", state=state)
    run = replace(run, inputs={**run.inputs, "hint": "7"})
    hand.store.write_now(runs.insert_run, run)
    here = StepRun(run.id, 0, 1, 1, "run", StepStatus.RUNNING, mark_before="")
    result = asyncio.run(run_it(StepContext(run, here, hand.services)))
    assert isinstance(result, Done)
    found: dict[str, Any] = result.state[SEEN.key]
    assert outcome_of(replace(run, state=dict(result.state))).exit_code == (0 if found.get("head") == "passes" else 2)
    return found


def test_a_change_that_mends_it_is_told_with_what_was_run(hand: ByHand) -> None:
    found = seen(hand, "echo $(($1 + $2))\n")
    assert (found["base"], found["head"]) == ("fails alike", "passes")
    assert words(7, found) == snapshot("""\
What reproduced #7 passes with this change, and fails without it.

<details><summary>What was run, without network, and what came</summary>

`bash pullwright-reproduce.sh`

It printed nothing.

</details>\
""")


def test_one_that_does_not_is_told_as_well(hand: ByHand) -> None:
    found = seen(hand, "echo $(($1 - $2))  # mended\n")
    assert (found["base"], found["head"]) == ("fails alike", "fails alike")
    assert words(7, found).startswith("What reproduced #7 still fails with this change, as it was reported.")
    assert "AssertionError: -1 != 3" in words(7, found)


def test_one_that_breaks_it_otherwise_is_told_as_such(hand: ByHand) -> None:
    found = seen(hand, "echo is nothing at all\n")
    assert (found["base"], found["head"]) == ("fails alike", "fails otherwise")


def test_where_nothing_is_kept_nothing_is_run(hand: ByHand) -> None:
    assert seen(hand, "echo 3\n", None) == {"why": "no triage has reproduced it"}


@pytest.mark.parametrize(
    "found",
    [
        {"base": "passes", "head": "passes"},
        {"base": "could not be run", "head": "passes"},
        {"base": "fails alike", "head": "could not be run"},
        {"base": "fails otherwise", "head": "passes"},
        {"why": "no sandbox"},
    ],
)
def test_what_shows_nothing_of_the_change_is_not_told(found: dict[str, str]) -> None:
    assert words(7, found) == ""


@pytest.mark.parametrize("path", ["add.sh/test_add.sh", "tests"])
def test_one_that_has_no_place_any_more_is_not_run_and_why_is_said(hand: ByHand, path: str) -> None:
    commit(hand.repository, {"tests/old.sh": "true\n"})
    found = seen(hand, "echo $(($1 + $2))\n", replace(KEPT, files={path: "exit 1\n"}))
    assert f"something else stands where {path} would lie" in found["why"]
