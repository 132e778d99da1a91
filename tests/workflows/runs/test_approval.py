"""Who may answer what a run asks, and by what they have read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workflows.errors import RunError
from workflows.runs.approval import (
    ASKED,
    CLOCKS_SECONDS,
    Seen,
    asked_by,
    is_older,
    need_agreement,
    why_not_yes,
)
from workflows.runs.principal import Party, Principal, Role
from workflows.store.records import Question, Run
from workflows.values import ApprovalRules, Issue, Options, RunStatus, to_json

HERE = "github.com/octo/adder"
ISSUE = Issue(7, "add() subtracts", "It does.")
QUESTION = Question("r", 0, "approve", "approval", "?", "b", "keep", 1000.0)
READ = Seen(0.0, ISSUE.digest)
ALICE, BOB = (Principal(n, "github", Role.WRITE, HERE, account=a) for n, a in (("alice", 11), ("bob", 12)))
OPERATOR = Principal("you", "cli", operator=True)


def run(*, asked: object = None, forge: str = "github", dry: bool = False, **rules: object) -> Run:
    inputs = {"forge": forge, "issue": to_json(ISSUE), **({} if asked is None else {ASKED: asked})}
    options = Options(dry_run=dry, approval=ApprovalRules(**rules))  # type: ignore[arg-type]
    return Run("r", "issue_to_pr", 1, RunStatus.WAITING, HERE, "t", inputs, options, {}, "approve", 0, 0)


@pytest.mark.parametrize(
    ("written", "follows", "older"),
    [
        (0.0, False, False),
        (0.0, True, False),
        (1000.0, False, False),
        (1000.0 - CLOCKS_SECONDS, False, False),
        (1000.0 - CLOCKS_SECONDS - 0.1, False, True),
        (999.0, True, False),
        (998.9, True, True),
        (2000.0, True, False),
    ],
)
def test_what_was_written_before_the_question_is_older_but_for_how_clocks_differ(
    written: float, follows: bool, older: bool
) -> None:
    assert is_older(written, QUESTION, follows) is older


@pytest.mark.parametrize(
    ("needed", "role", "may"),
    [
        ("write", Role.WRITE, True),
        ("write", Role.TRIAGE, False),
        ("maintain", Role.WRITE, False),
        ("admin", Role.ADMIN, True),
    ],
)
def test_a_plan_takes_the_role_of_the_runs_start(needed: str, role: Role, may: bool) -> None:
    why = why_not_yes(run(role=needed), replace(ALICE, role=role))
    assert (why == "") is may
    assert may or f"takes the role {needed} here" in why


def test_a_role_elsewhere_is_none_and_the_operator_needs_none() -> None:
    assert why_not_yes(run(), replace(ALICE, repository="github.com/octo/other"))
    assert why_not_yes(run(role="admin"), OPERATOR) == ""


@pytest.mark.parametrize(
    ("asked", "who", "may"),
    [
        (Party("alice", 11), ALICE, False),
        (Party("alice", 11), replace(ALICE, name="alicia"), False),
        (Party("alice", 11), replace(BOB, name="alice"), True),
        (Party("alice", 11), BOB, True),
        (Party("alice"), ALICE, False),
        (Party("alice", 11), replace(BOB, machine=True), False),
        (Party(), BOB, True),
    ],
)
def test_whoever_asked_does_not_say_yes_where_the_rules_want_other_eyes(
    asked: Party, who: Principal, may: bool
) -> None:
    assert (why_not_yes(run(asked=to_json(asked), not_requester=True), who) == "") is may
    assert why_not_yes(run(asked=to_json(asked)), who) == ""


def test_a_run_at_home_or_that_writes_nothing_is_the_operators_alone() -> None:
    mine = to_json(OPERATOR.party)
    assert why_not_yes(run(asked=mine, not_requester=True, forge="local"), OPERATOR) == ""
    assert why_not_yes(run(asked=mine, not_requester=True, dry=True), OPERATOR) == ""


def test_of_a_run_of_before_it_counts_whom_its_commits_name() -> None:
    old = replace(run(), inputs={"requester": {"login": "alice", "id": 11}})
    assert asked_by(old) == Party("alice", 11)
    assert asked_by(replace(run(), inputs={})) == Party("", 0)
    assert asked_by(replace(run(), inputs={"requester": None})) == Party("", 0)


def test_a_yes_is_for_the_issue_as_it_is() -> None:
    need_agreement(run(), ALICE, READ)
    need_agreement(run(), OPERATOR, Seen(0.0, ""))
    with pytest.raises(RunError, match="issue was edited after this run took it up"):
        need_agreement(run(), ALICE, Seen(0.0, "another"))
    with pytest.raises(RunError, match="Write /approve on the issue, #7"):
        need_agreement(run(), ALICE, Seen(0.0, ""))


def test_an_edited_issue_does_not_make_up_for_one_s_own_yes() -> None:
    with pytest.raises(RunError, match="waits for somebody else"):
        need_agreement(run(asked=to_json(ALICE.party), not_requester=True), ALICE, READ)
