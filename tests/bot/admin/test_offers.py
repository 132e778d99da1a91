"""What can be done with a run now: by its state, and by who looks at it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.admin.offers import may_roll_back, offers
from tests.fakes.snapshots import asks, snapshot
from workflows.runs.permission import Action
from workflows.runs.principal import Principal, Role
from workflows.values import RunStatus

WRITER = Principal("alice", "page", Role.WRITE, "/repo")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (RunStatus.PENDING, [Action.ABORT]),
        (RunStatus.RUNNING, [Action.ABORT]),
        (RunStatus.FAILED, [Action.RETRY]),
        (RunStatus.ABORTED, [Action.RETRY]),
        (RunStatus.COMPLETED, []),
        (RunStatus.ROLLED_BACK, []),
    ],
)
def test_what_is_offered_goes_by_the_state(status: RunStatus, expected: list[Action]) -> None:
    told = offers(snapshot(status=status, current="second"), WRITER)
    assert [one.action for one in told if one.action is not Action.SKIP] == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("approval", [Action.APPROVE, Action.REJECT, Action.ABORT]), ("question", [Action.ANSWER, Action.ABORT])],
)
def test_a_question_is_offered_its_answers_first(kind: str, expected: list[Action]) -> None:
    told = offers(snapshot(status=RunStatus.WAITING, question=asks(kind)), WRITER)
    assert [one.action for one in told] == expected
    assert [one.must for one in told if one.action in (Action.REJECT, Action.ANSWER)] == [True]


def test_who_may_not_sees_why_and_no_field() -> None:
    told = offers(snapshot(status=RunStatus.RUNNING), replace(WRITER, role=Role.READ))
    assert [(one.allowed, one.asks, one.needs) for one in told] == [(False, "", "takes the role write.")]


def test_what_is_cleaned_up_offers_nothing_and_what_is_at_work_is_not_rolled_back() -> None:
    told = snapshot(status=RunStatus.FAILED)
    gone = replace(told, run=replace(told.run, cleaned_at=1.0))
    assert (offers(gone, WRITER), may_roll_back(gone), may_roll_back(told)) == ([], False, True)
    assert not may_roll_back(snapshot(status=RunStatus.RUNNING))
    assert not may_roll_back(snapshot(status=RunStatus.ROLLED_BACK))
