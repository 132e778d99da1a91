"""What people do with runs: who may, by what they have read, and each once. Faces are in tests/bot/test_actions.py."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.workflows.runs.test_control import put, waiting
from workflows.errors import NotAllowed, RunError
from workflows.runs import actions
from workflows.runs.actions import Wanted
from workflows.runs.approval import Seen
from workflows.runs.control import Runs
from workflows.runs.principal import Principal, Role
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.values import Issue, Options, RunStatus, to_json

HERE = "github.com/octo/adder"
ISSUE = Issue(7, "add() subtracts", "It does.")
ALICE = Principal("alice", "github", Role.WRITE, HERE, "comment 1", account=11)
STRANGER = replace(ALICE, name="mallory", role=Role.NONE)
OPERATOR = Principal("you", "cli", operator=True)
READ = Seen(0.0, ISSUE.digest)


async def start(control: Runs, who: Principal = ALICE, **about: Any) -> tuple[Run, int]:
    """The run, and how often it was made ready."""
    made = 0

    async def make() -> Wanted:
        nonlocal made
        made += 1
        inputs = {"forge": "github", "repository": "octo/adder", "issue": to_json(ISSUE), **about.pop("inputs", {})}
        return Wanted("toy", ISSUE.title, inputs, Options(), active_key="issue 7")

    run = await actions.start(control, who, HERE, make, workflow="toy", **about)
    return run, made


async def asking(control: Runs, kind: str, step: str) -> Run:
    run = await waiting(control, kind, step)
    return await put(control, run, repository=HERE, inputs={"forge": "github", "issue": to_json(ISSUE)})


async def test_a_run_knows_who_asked_for_it(control: Runs) -> None:
    run, _ = await start(control)
    assert run.inputs["asked"] == to_json(ALICE.party)


async def test_who_asks_for_an_issue_that_is_worked_on_gets_that_run_and_nothing_is_made_ready(control: Runs) -> None:
    first, made = await start(control, number=7)
    again, made_again = await start(control, number=7)
    assert (again.id, made, made_again) == (first.id, 1, 0)
    await put(control, first, status=RunStatus.FAILED, active_key=None)
    other, made = await start(control, number=7)
    assert (other.id != first.id, made) == (True, 1)


async def test_who_may_not_start_has_nothing_made_ready(control: Runs) -> None:
    for who in (STRANGER, replace(ALICE, repository="github.com/octo/other")):
        with pytest.raises(NotAllowed):
            await start(control, who)
    assert await control.store.read(runs.of_number, HERE, 7) == []


@pytest.mark.parametrize(
    "act",
    [
        lambda c, i, who: actions.approve(c, i, who, READ),
        lambda c, i, who: actions.reject(c, i, who, READ, "no"),
        lambda c, i, who: actions.abort(c, i, who),
        lambda c, i, who: actions.retry(c, i, who),
        lambda c, i, who: actions.skip(c, i, who),
    ],
)
async def test_who_may_nothing_changes_nothing(control: Runs, act: Any) -> None:
    run = await asking(control, "approval", "approval")
    with pytest.raises(NotAllowed):
        await act(control, run.id, STRANGER)
    assert await control.store.read(runs.get_run, run.id) == run


async def test_a_plan_that_was_read_is_approved_once(control: Runs) -> None:
    run = await asking(control, "approval", "approval")
    after = await actions.approve(control, run.id, ALICE, READ)
    assert after.current_step == "last"
    assert await actions.approve(control, run.id, ALICE, READ) == after, "handled twice, as after a crash"
    with pytest.raises(RunError, match="Nothing to approve"):
        await actions.approve(control, run.id, replace(ALICE, reference="comment 2"), READ)


async def test_a_plan_that_took_the_place_of_what_was_read_is_not_approved(control: Runs) -> None:
    run = await asking(control, "approval", "approval")
    with pytest.raises(RunError, match="something newer"):
        await actions.approve(control, run.id, ALICE, Seen(0.0, ISSUE.digest, "b0"))


async def test_a_plan_is_rejected_with_a_reason_but_for_the_operator(control: Runs) -> None:
    run = await asking(control, "approval", "approval")
    for empty in ("", " \n", "\u200b"):
        with pytest.raises(RunError, match="rejected with a reason"):
            await actions.reject(control, run.id, ALICE, READ, empty)
    after = await actions.reject(control, run.id, OPERATOR, READ, "")
    assert after.state["rejection"] == "no reason was given"


async def test_words_from_outside_are_cleaned_and_cut_and_the_operators_are_their_own(control: Runs) -> None:
    words = "blue\u202e\0 " + "x" * 20_000
    run = await asking(control, "question", "shaky")
    answer = (await actions.answer(control, run.id, ALICE, READ, words)).state["answer"]
    assert answer.startswith("blue")
    assert "\u202e" not in answer
    assert "\0" not in answer
    assert len(answer) < 10_200
    mine = await asking(control, "question", "shaky")
    assert (await actions.answer(control, mine.id, OPERATOR, READ, "blue \u202e")).state["answer"] == "blue \u202e"


async def test_an_answer_in_words_is_none_to_a_plan_and_a_yes_is_none_to_a_question(control: Runs) -> None:
    plan, question = await asking(control, "approval", "approval"), await asking(control, "question", "shaky")
    with pytest.raises(RunError, match="asks for a yes or a no"):
        await actions.answer(control, plan.id, ALICE, READ, "fine")
    with pytest.raises(RunError, match="asks a question at step shaky"):
        await actions.approve(control, question.id, ALICE, READ)


async def test_the_status_is_of_the_run_that_is_meant_and_of_those_that_are_not_over(control: Runs) -> None:
    first, _ = await start(control, number=7)
    shown = await actions.status(control, ALICE, HERE, 7)
    assert [one.run.id for one in shown] == [first.id]
    assert await actions.status(control, ALICE, HERE, 8) == []
    with pytest.raises(NotAllowed):
        await actions.status(control, replace(ALICE, repository="github.com/octo/other"), HERE, 7)


async def test_an_aborted_run_keeps_a_reason_on_one_line_and_is_aborted_once(control: Runs) -> None:
    run, _ = await start(control)
    later = replace(ALICE, reference="comment 2")
    after = await actions.abort(control, run.id, later, "no\nmore")
    assert after.status is RunStatus.ABORTED
    assert "\n" not in after.error_text
    assert await actions.abort(control, run.id, later, "no more") == after


async def test_a_retry_that_changes_options_is_the_operators(control: Runs) -> None:
    run = await put(control, (await start(control))[0], status=RunStatus.FAILED, current_step="shaky")
    with pytest.raises(AssertionError):
        await actions.retry(control, run.id, ALICE, change=lambda options: options)
    after = await actions.retry(control, run.id, OPERATOR, change=lambda options: replace(options, model="other"))
    assert (after.options.model, after.current_step) == ("other", "shaky")
