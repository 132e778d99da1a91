"""What can be done with a run from outside, over a real database: what comes next stands in its row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.toy_workflow import TOY
from workflows.definition import Wait
from workflows.errors import RunError
from workflows.runs.control import Asker, Runs
from workflows.store.records import Question, Run
from workflows.store.run_rows import runs, waits
from workflows.values import Options, RunStatus

ME = Asker("me", "test", "comment 1")


async def started(control: Runs, **about: Any) -> Run:
    more = {"repository": "r", "title": "t", "inputs": {}, "options": Options(), "asker": Asker("me", "test"), **about}
    return await control.start("toy", **more)


async def put(control: Runs, run: Run, **columns: Any) -> Run:
    await control.store.write(runs.update_run, run.id, **columns)
    return await control.store.read(runs.get_run, run.id)


async def waiting(control: Runs, kind: str, step: str) -> Run:
    run = await started(control)
    question = Question(run.id, 0, step, kind, "which?", "b1", "keep", 0.0)
    await control.store.write(waits.ask, question)
    return await put(control, run, status=RunStatus.WAITING, current_step=step)


async def test_a_run_begins_at_its_first_step_and_the_engine_hears_of_it(control: Runs) -> None:
    run = await started(control, inputs={"a": 1})
    kept = await control.store.read(runs.get_run, run.id)
    assert (kept.status, kept.current_step, kept.segment, kept.inputs) == (RunStatus.PENDING, TOY.keys[0], 0, {"a": 1})
    assert control.engine.asked == [f"{run.id}-0"]  # type: ignore[attr-defined]
    assert control.reporter.calls == [("changed", run.id)]  # type: ignore[attr-defined]


async def test_who_asks_for_the_same_gets_the_one_that_is_there_until_it_is_over(control: Runs) -> None:
    one = await started(control, active_key="issue 7")
    assert (await started(control, active_key="issue 7")).id == one.id
    assert (await started(control, active_key="issue 8")).id != one.id
    await control.abort(one.id, asker=ME)
    assert (await started(control, active_key="issue 7")).id != one.id


async def test_a_question_is_answered_in_words_and_the_step_is_made_with_them(control: Runs) -> None:
    run = await waiting(control, "question", "shaky")
    after = await control.answer(run.id, "this one", asker=ME)
    assert (after.status, after.current_step, after.segment, after.state["answer"]) == (
        RunStatus.PENDING,
        "shaky",
        1,
        "this one",
    )
    with pytest.raises(RunError, match="Nothing to answer"):
        await control.answer(run.id, "again", asker=ME)


async def test_an_answer_to_what_was_shown_before_does_not_count(control: Runs) -> None:
    run = await waiting(control, "question", "shaky")
    with pytest.raises(RunError, match="something newer"):
        await control.answer(run.id, "this one", asker=ME, binding="b0")
    assert (await control.store.read(runs.get_run, run.id)).status is RunStatus.WAITING
    await control.answer(run.id, "this one", asker=ME, binding="b1")


async def test_what_asks_for_yes_or_no_takes_no_other_word(control: Runs) -> None:
    run = await waiting(control, "approval", "approval")
    with pytest.raises(RunError, match="asks for a yes or a no"):
        await control.answer(run.id, "perhaps", asker=ME)
    after = await control.answer(run.id, "approve", asker=ME)
    assert after.current_step == TOY.after("approval")


async def test_a_no_goes_back_with_its_reason_and_a_run_that_cannot_go_back_ends(control: Runs) -> None:
    run = await waiting(control, "approval", "approval")
    after = await control.answer(run.id, "reject", asker=ME, reason="not so")
    assert (after.status, after.current_step, after.state["rejection"]) == (RunStatus.PENDING, "shaky", "not so")
    ends = replace(TOY, items=tuple(replace(i, rejected="") if isinstance(i, Wait) else i for i in TOY.items))
    stubborn = replace(control, definitions={"toy": ends})
    run = await waiting(stubborn, "approval", "approval")
    after = await stubborn.answer(run.id, "reject", asker=ME)
    assert after.status is RunStatus.ABORTED


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda c, i: c.answer(i, "x", asker=ME), "Nothing to answer"),
        (lambda c, i: c.resume(i, asker=ME), "Nothing to resume"),
        (lambda c, i: c.retry(i, "first", asker=ME), "is at work at step"),
        (lambda c, i: c.skip(i, asker=ME), "Nothing to skip"),
    ],
)
async def test_what_does_not_fit_a_run_at_work_is_refused_and_changes_nothing(
    control: Runs, act: Any, words: str
) -> None:
    run = await put(control, await started(control), status=RunStatus.RUNNING)
    with pytest.raises(RunError, match=words):
        await act(control, run.id)
    assert await control.store.read(runs.get_run, run.id) == run


async def test_a_run_that_failed_goes_on_where_it_stopped_with_what_it_had(control: Runs) -> None:
    run = await started(control)
    run = await put(control, run, status=RunStatus.FAILED, current_step="shaky", state={"a": 1}, error_text="It broke.")
    after = await control.resume(run.id, asker=ME)
    assert (after.status, after.current_step, after.segment, after.error_text) == (RunStatus.PENDING, "shaky", 1, "")
    assert (after.state["a"], after.state["resumed"]) == (1, 1)
    assert control.engine.asked[-1] == f"{run.id}-1"  # type: ignore[attr-defined]


async def test_a_step_that_is_not_there_or_was_not_come_to_is_not_made_again(control: Runs) -> None:
    run = await put(control, await started(control), status=RunStatus.FAILED, current_step="shaky")
    with pytest.raises(Exception, match="'nothing'"):
        await control.retry(run.id, "nothing", asker=ME)
    with pytest.raises(RunError, match="has not come to step 'last'"):
        await control.retry(run.id, TOY.keys[-1], asker=ME)


async def test_a_run_whose_records_are_gone_cannot_go_on(control: Runs) -> None:
    run = await put(control, await started(control), status=RunStatus.FAILED, cleaned_at=1.0)
    for act in (
        control.resume(run.id, asker=ME),
        control.retry(run.id, "first", asker=ME),
        control.skip(run.id, asker=ME),
    ):
        with pytest.raises(RunError, match="were cleaned up on 1970-01-01"):
            await act


async def test_an_aborted_run_is_told_as_ended_and_only_one_at_work_is_cancelled(control: Runs) -> None:
    run = await started(control)
    after = await control.abort(run.id, asker=ME, reason="no more")
    assert after.status is RunStatus.ABORTED
    assert control.engine.cancelled == [f"{run.id}-0"]  # type: ignore[attr-defined]
    assert control.reporter.calls[-1] == ("ended", run.id)  # type: ignore[attr-defined]


async def test_what_was_done_before_a_crash_is_not_done_again_and_what_was_lost_is_asked_for_again(
    control: Runs,
) -> None:
    run = await put(control, await started(control), status=RunStatus.FAILED, current_step="shaky")
    assert not await control.carried_out(run.id, ME)
    await control.resume(run.id, asker=ME)
    control.engine.asked.clear()  # type: ignore[attr-defined]
    assert await control.carried_out(run.id, ME)
    assert control.engine.asked == [f"{run.id}-1"]  # type: ignore[attr-defined]
    assert not await control.carried_out(run.id, Asker("me", "test", "comment 2"))


async def test_a_run_that_is_not_there_is_said_not_to_be(control: Runs) -> None:
    for act in (control.resume("261120-zzzzz", asker=ME), control.abort("x' OR 1=1 --", asker=ME)):
        with pytest.raises(Exception, match=r"261120-zzzzz|OR 1=1"):
            await act
