"""When somebody is reminded of a question, and what is said of its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes.snapshots import snapshot
from workflows.definition import Wait, WaitFor
from workflows.engine.questions import approval, due_reminder, from_step, unanswered
from workflows.store.records import Question, StepRun
from workflows.values import ApprovalRules, Options, StepStatus

DAY = 24 * 3600.0
HERE = StepRun("r1", 0, 1, 1, "approval", StepStatus.RUNNING)
WAIT = Wait("approval", "Ask", question=lambda state: "Well?", expires=timedelta(days=10))


def asked(rules: ApprovalRules | None = None) -> Question:
    run = snapshot(options=Options(approval=rules or ApprovalRules())).run
    return approval(run, HERE, WAIT, 0.0)


def test_the_workflow_says_how_long_it_waits_where_the_repository_does_not() -> None:
    assert (asked().expires_at, asked().default_action) == (10 * DAY, "abort")
    configured = asked(ApprovalRules(days=2, unanswered="approve"))
    assert (configured.expires_at, configured.default_action) == (2 * DAY, "approve")


@pytest.mark.parametrize(("unanswered", "default"), [(None, "abort"), ("approve", "abort"), ("keep", "keep")])
def test_a_question_of_a_step_is_never_answered_by_itself(unanswered: str | None, default: str) -> None:
    rules = ApprovalRules(unanswered=unanswered)  # type: ignore[arg-type]
    run = snapshot(options=Options(approval=rules)).run
    question = from_step(run, HERE, WaitFor("Which?"), 0.0)
    assert (question.kind, question.expires_at, question.default_action) == ("question", 7 * DAY, default)


@pytest.mark.parametrize(
    ("days", "reminded", "due"),
    [
        (0.9, None, 0),
        (1.0, None, 1),
        (6.9, 1.0, 0),
        (7.0, 1.0, 2),
        (7.0, None, 2),  # the first was missed: one is enough
        (9.9, 7.0, 0),
        (10.0, None, 0),  # its time is over
    ],
)
def test_reminders_are_due_a_day_after_it_was_asked_and_three_days_before_its_end(
    days: float, reminded: float | None, due: int
) -> None:
    question = replace(asked(), reminded_at=None if reminded is None else reminded * DAY)
    assert due_reminder(question, ApprovalRules(), days * DAY) == due
    assert due_reminder(question, ApprovalRules(remind=False), days * DAY) == 0
    assert due_reminder(replace(question, expires_at=None), ApprovalRules(), days * DAY) == 0


def test_a_short_wait_has_fewer_reminders() -> None:
    for days in (2, 3.5, 4):
        short = asked(ApprovalRules(days=days))
        assert [due_reminder(short, ApprovalRules(), at * DAY) for at in (0.6, 1.5, days - 0.1)] == [0, 1, 1]
    assert due_reminder(asked(ApprovalRules(days=0.5)), ApprovalRules(), 0.4 * DAY) == 0


def test_what_is_done_without_an_answer_is_said() -> None:
    question = replace(asked(), expires_at=1_800_000_000.0)
    assert unanswered(question) == "Without an answer by 2027-01-15 08:00 UTC, this run is aborted."
    assert "the plan counts as approved" in unanswered(replace(question, default_action="approve"))
    assert unanswered(replace(question, default_action="keep")) == ""
