"""Steering a run by comment: what each command does, refuses in the wrong state, and writes down; each once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from inline_snapshot import snapshot as expected

from bot.app import DEFINITIONS
from bot.commands import steering
from sandbox.trees.rollback import Mode
from tests.fakes.finished_run import BRANCH, RUN, finished_run
from tests.fakes.real_repository import commit, git
from tests.fakes.wheel import Wheel
from workflows.errors import RunError, TransientError
from workflows.runs.control import record_of
from workflows.runs.undoing.rollback import plan_undoing
from workflows.store.audit import Asker
from workflows.store.records import Question, StepRun
from workflows.store.run_rows import definition_rows, runs, steps, waits
from workflows.store.run_rows.line.run_lock import held
from workflows.values import Bounds, Options, RunStatus, StepStatus


@pytest.fixture
def wheel(tmp_path: Path) -> Iterator[Wheel]:
    with finished_run(tmp_path) as done:
        yield Wheel(done)


# --- which run is meant ----------------------------------------------------------------------------

OTHER = "261120-bbbbb"


def another(wheel: Wheel, status: RunStatus, kind: str = "", workflow: str = "explain") -> None:
    """A second run on the same issue, of another workflow, that may ask something."""
    made = replace(wheel.run, id=OTHER, workflow=workflow, status=status, active_key=None, state={})
    wheel.done.store.write_now(definition_rows.define, record_of(DEFINITIONS[workflow]))
    wheel.done.store.write_now(runs.insert_run, made)
    if kind:
        key = "approval" if kind == "approval" else "implement"
        asked = Question(OTHER, made.segment, key, kind, "Well?", "b", "abort", time.time())
        wheel.done.store.write_now(waits.ask, asked)


def status_of(wheel: Wheel, run_id: str) -> RunStatus:
    return wheel.done.store.read_now(runs.get_run, run_id).status


async def test_of_several_runs_the_one_that_is_alive_is_aborted_unless_another_is_named(wheel: Wheel) -> None:
    wheel.is_at(RunStatus.COMPLETED, "summary")
    another(wheel, RunStatus.RUNNING)
    assert f"run {RUN}" in (await wheel.say("/abort issue_to_pr")).lower()
    assert status_of(wheel, OTHER) is RunStatus.RUNNING
    assert await wheel.say("/abort explain to me why this runs at all") == ""
    assert status_of(wheel, OTHER) is RunStatus.ABORTED


@pytest.mark.parametrize("said", ["/abort explain", "/abort explain: it takes too long"])
async def test_a_command_with_words_of_its_own_names_the_workflow_before_them(wheel: Wheel, said: str) -> None:
    wheel.is_at(RunStatus.RUNNING)
    another(wheel, RunStatus.RUNNING)
    assert await wheel.say(said) == ""
    assert (status_of(wheel, RUN), status_of(wheel, OTHER)) == (RunStatus.RUNNING, RunStatus.ABORTED)


async def test_of_several_runs_the_one_that_waits_for_a_yes_gets_it(wheel: Wheel) -> None:
    wheel.asks()
    another(wheel, RunStatus.RUNNING, workflow="issue_to_pr")
    assert await wheel.say("/approve") == ""
    assert (status_of(wheel, RUN), status_of(wheel, OTHER)) == (RunStatus.PENDING, RunStatus.RUNNING)


async def test_a_yes_that_is_handled_twice_is_not_given_to_the_next_run_that_waits(wheel: Wheel) -> None:
    wheel.asks()
    assert await wheel.say("/approve", reference="comment 1") == ""
    another(wheel, RunStatus.WAITING, "approval", "issue_to_pr")
    assert await wheel.say("/approve", reference="comment 1") == ""
    assert (status_of(wheel, RUN), status_of(wheel, OTHER)) == (RunStatus.PENDING, RunStatus.WAITING)
    assert await wheel.say("/reject too broad", reference="comment 2") == ""
    assert status_of(wheel, OTHER) is RunStatus.PENDING


async def test_words_answer_the_run_that_asks_and_no_other_when_they_are_handled_twice(wheel: Wheel) -> None:
    wheel.is_at(RunStatus.COMPLETED, "summary")
    another(wheel, RunStatus.WAITING, "question", "issue_to_pr")
    desk = replace(wheel.desk("alice", "The second."), reference="comment 3")
    assert await steering.answer_question("The second.", desk)
    assert status_of(wheel, OTHER) is RunStatus.PENDING
    wheel.asks("question", "implement", "")
    assert await steering.answer_question("The second.", desk)
    assert wheel.run.status is RunStatus.WAITING


async def test_status_tells_of_all_that_is_alive_and_taking_back_means_what_opened_the_pull_request(
    wheel: Wheel,
) -> None:
    wheel.is_at(RunStatus.COMPLETED, "summary")
    another(wheel, RunStatus.RUNNING)
    told = await wheel.say("/status")
    assert RUN in told
    assert OTHER in told
    await wheel.say("/rollback soft")
    assert wheel.audit() == [("alice", "github", "rollback:soft")]
    assert status_of(wheel, OTHER) is RunStatus.RUNNING


# --- approving and answering -----------------------------------------------------------------------


async def test_a_plan_is_approved_and_the_run_goes_on_behind_the_question(wheel: Wheel) -> None:
    wheel.asks()
    assert await wheel.say("/approve") == ""
    assert (wheel.queue.asked, wheel.run.status) == ([(1, "reproduce")], RunStatus.PENDING)
    assert wheel.audit() == [("alice", "github", "answer:approve")]


async def test_what_is_not_asked_cannot_be_approved(wheel: Wheel) -> None:
    wheel.is_at(RunStatus.RUNNING, "verify")
    assert await wheel.say("/approve") == expected(
        "**Nothing was done.** Nothing to approve: run 261120-aaaaa is running at step verify."
    )
    wheel.asks("question", "implement")
    assert "asks a question" in await wheel.say("/approve")
    assert wheel.queue.asked == []


async def test_a_plan_that_is_newer_than_the_comment_is_not_approved_by_it(wheel: Wheel) -> None:
    wheel.asks()
    for text in ("/approve", "/reject too broad"):
        assert "after this comment was written" in await wheel.say(text, written_at=time.time() - 60)
    assert wheel.run.status is RunStatus.WAITING
    await wheel.say("/reject too broad", written_at=time.time() - 3)
    wheel.asks()
    assert "after this comment was written" in await wheel.say("/approve", written_at=time.time() - 3)
    assert await wheel.say("/approve", written_at=time.time() - 0.5) == "", "this one is of the second plan"


async def test_an_edited_issue_voids_the_plan_for_it(wheel: Wheel) -> None:
    wheel.asks()
    assert "The issue was edited" in await wheel.say("/approve", digest="another")
    assert wheel.run.status is RunStatus.WAITING
    assert "Write /approve on the issue, #7" in await wheel.say("/approve", digest=""), (
        "on a pull request it is not known"
    )
    assert wheel.run.status is RunStatus.WAITING
    assert await wheel.say("/approve") == ""


async def test_a_rejection_takes_its_reason_to_the_planner(wheel: Wheel) -> None:
    wheel.asks()
    assert "with a reason" in await wheel.say("/reject")
    assert await wheel.say("/reject too <!-- hidden --> broad") == ""
    assert wheel.queue.asked == [(1, "plan")]
    assert wheel.run.state["rejection"] == "too  broad"


async def test_a_question_is_answered_in_words_once_and_not_by_what_was_said_before(wheel: Wheel) -> None:
    wheel.asks("question", "implement", "")
    early = wheel.desk("alice", "x", written_at=time.time() - 60)
    assert not await steering.answer_question("x", early)
    assert await steering.answer_question("The <!-- x -->second.", wheel.desk("alice", "y"))
    assert wheel.run.state["answer"] == "The second."
    assert wheel.queue.asked == [(1, "implement")]
    assert not await steering.answer_question("The third.", wheel.desk("alice", "z"))


# --- abort, retry, skip ----------------------------------------------------------------------------


async def test_abort_stops_the_run_and_says_why(wheel: Wheel) -> None:
    wheel.is_at(RunStatus.RUNNING)
    assert await wheel.say("/abort wrong issue") == ""
    assert (wheel.run.status, wheel.run.error_text) == (RunStatus.ABORTED, "Aborted by alice: wrong issue")
    assert wheel.queue.cancelled == [0]
    assert "Nothing to abort" in await wheel.say("/abort")
    assert wheel.audit() == [("alice", "github", "abort")]


async def test_retry_goes_on_where_the_run_stopped_or_from_a_step(wheel: Wheel) -> None:
    wheel.is_at(RunStatus.FAILED, "commit")
    await wheel.say("/retry")
    assert wheel.queue.asked == [(1, "commit")]
    assert "at work" in await wheel.say("/retry implement")
    wheel.is_at(RunStatus.FAILED, "commit")
    await wheel.say("/retry implement")
    assert wheel.queue.asked[1:] == [(2, "implement")]
    assert wheel.run.generation == 2, "it begins anew"


async def test_retry_refuses_what_is_no_step_or_has_no_end(wheel: Wheel) -> None:
    assert "Nothing to resume" in await wheel.say("/retry")
    assert "no step 'nowhere'" in await wheel.say("/retry nowhere")
    assert "Did you mean implement?" in await wheel.say("/retry Implment")
    assert "has not come to step 'verify' yet" in await wheel.say("/retry verify")
    assert "more than one step" in await wheel.say("/retry plan implement")
    assert wheel.queue.asked == []


async def test_retry_with_a_larger_budget_raises_every_bound_alike(wheel: Wheel) -> None:
    options = Options(bounds=Bounds(usd=2.0, tokens=None, turns=100, minutes=60.0))
    wheel.is_at(RunStatus.FAILED)
    wheel.done.store.write_now(runs.set_options, RUN, options)
    assert await wheel.say("/retry budget=$5") == ""
    assert wheel.run.options.bounds == Bounds(usd=5.0, tokens=None, turns=250, minutes=150.0)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("budget=2", "is $2 already"),
        ("budget=11", "can be raised to $10"),
        ("budget=1e9", "can be raised to $10"),
        *((f"budget={odd}", "no number of dollars") for odd in ("much", "nan", "inf", "-1", "0", "5€", "5,5", "")),
        ("budget=5 budget=6", "more than one"),
    ],
)
async def test_a_budget_that_cannot_be_is_refused(wheel: Wheel, given: str, why: str) -> None:
    wheel.is_at(RunStatus.FAILED)
    assert why in (await wheel.say(f"/retry {given}")).replace("\\", "")
    assert wheel.queue.asked == []


async def test_skip_goes_on_behind_the_step_that_failed(wheel: Wheel) -> None:
    assert "Nothing to skip" in await wheel.say("/skip")
    wheel.is_at(RunStatus.FAILED, "update")
    assert await wheel.say("/skip") == ""
    assert wheel.queue.asked == [(1, "pull")]


async def test_a_command_that_is_handled_again_after_a_crash_does_nothing_more(wheel: Wheel) -> None:
    wheel.is_at(RunStatus.FAILED, "commit")
    await wheel.say("/retry", reference="delivery 1")
    wheel.is_at(RunStatus.FAILED, "commit", segment=1)
    assert await wheel.say("/retry", reference="delivery 1") == ""
    assert wheel.run.status is RunStatus.FAILED
    await wheel.say("/retry", reference="delivery 2")
    assert wheel.queue.asked == [(1, "commit"), (2, "commit")]


async def test_what_a_crash_lost_between_the_row_and_the_queue_is_asked_for_again(wheel: Wheel) -> None:
    wheel.is_at(RunStatus.FAILED, "commit")
    await wheel.say("/retry", reference="delivery 1")
    wheel.queue.asked.clear()
    await wheel.say("/retry", reference="delivery 1")
    assert wheel.queue.asked == [(1, "commit")]


async def test_where_no_run_has_been_there_is_nothing_to_steer(wheel: Wheel) -> None:
    said = [await wheel.say(f"/{name}", number=8) for name in ("approve", "reject x", "abort", "retry", "skip")]
    assert all("No run has worked on this issue yet" in one for one in said)


@pytest.mark.parametrize("text", ["/approve", "/reject x", "/abort", "/retry", "/skip", "/rollback soft"])
async def test_whoever_may_not_write_steers_nothing(wheel: Wheel, text: str) -> None:
    assert "takes the role *write*" in await wheel.say(text, "tom")
    assert (wheel.queue.asked, wheel.audit()) == ([], [])
    await wheel.say(text, "tom")
    assert wheel.refused() == [("tom", text.partition(" ")[0], "it takes the role write")], "kept once"


# --- rolling back ----------------------------------------------------------------------------------


async def test_a_hard_rollback_takes_all_of_it_back_and_takes_a_maintainer(wheel: Wheel) -> None:
    assert "takes the role *maintain*" in await wheel.say("/rollback hard")
    assert wheel.done.head() == wheel.done.commit
    assert await wheel.say("/rollback hard", "max") == expected("""\
Run `261120-aaaaa` is taken back. Undone:

- `open pull fix/issue-7`
- `push fix/issue-7`
- `create branch fix/issue-7`
- `deleted old.txt`
- `created new.txt`
- `modified adder.py`

`/fix` starts a new run.\
""")
    assert wheel.done.refs() == f"refs/heads/main {wheel.done.base}"
    assert wheel.done.tree == {}
    assert wheel.run.status is RunStatus.ROLLED_BACK
    assert wheel.audit() == [("max", "github", "rollback:hard")]
    assert "is taken back already" in await wheel.say("/rollback 1")
    assert "nothing to go on with" in await wheel.say("/rollback soft")
    assert "Nothing was left to undo" in await wheel.say("/rollback hard", "max")
    assert wheel.run.status is RunStatus.ROLLED_BACK


async def test_a_soft_rollback_hands_the_work_over(wheel: Wheel) -> None:
    assert await wheel.say("/rollback soft") == expected("""\
It is yours: `fix/issue-7` stays as it is.
An open pull request is a draft now, or says in its title whose it is where there are no drafts. To go on by hand:

```text
git fetch origin fix/issue-7
git switch fix/issue-7
```

`/rollback hard` still takes all of it back, as long as nobody built on it.\
""")
    assert wheel.done.head() == wheel.done.commit
    git(wheel.done.repository, "branch", "-D", BRANCH)
    assert "nothing to go on with by hand" in await wheel.say("/rollback soft"), "no commands that would fail"


async def test_the_last_steps_alone_are_taken_back(wheel: Wheel) -> None:
    assert "The last 2 steps of run" in await wheel.say("/rollback 2")
    assert (wheel.run.status, wheel.run.current_step) == (RunStatus.ABORTED, "pull")
    assert git(wheel.done.repository, "rev-parse", f"{BRANCH}^") == wheel.done.commit
    assert git(wheel.done.repository, "diff", "main", BRANCH) == ""


@pytest.mark.parametrize("text", ["/rollback 2", "/rollback soft", "/rollback hard"])
async def test_a_rollback_whose_answer_was_lost_is_told_again_and_not_done_again(wheel: Wheel, text: str) -> None:
    told = await wheel.say(text, "max", reference="delivery 1")
    refs, audit = wheel.done.refs(), wheel.audit()
    assert await wheel.say(text, "max", reference="delivery 1") == told != ""
    assert (wheel.done.refs(), wheel.audit()) == (refs, audit)


async def test_a_dry_run_of_a_rollback_only_tells(wheel: Wheel) -> None:
    assert "- `open pull fix/issue-7`" in await wheel.say("/rollback hard --dry-run", "max")
    assert "takes the role *maintain*" in await wheel.say("/rollback hard --dry-run")
    assert "Rollback hard takes the role maintain in" in await wheel.say("/rollback --dry-run hard"), "in any order"
    assert (wheel.done.head(), wheel.audit()) == (wheel.done.commit, [])


async def test_a_rollback_refuses_what_it_does_not_understand_and_a_run_at_work(wheel: Wheel) -> None:
    for text in ("/rollback", "/rollback softly", "/rollback hard 2", "/rollback -1", "/rollback 0", "/rollback 99"):
        assert "Nothing was done" in await wheel.say(text, "max"), text
    wheel.is_at(RunStatus.RUNNING, "verify")
    assert "/abort it first" in await wheel.say("/rollback hard", "max")
    assert (wheel.done.head(), wheel.audit()) == (wheel.done.commit, [])


async def test_where_a_person_built_on_the_branch_nothing_is_undone(wheel: Wheel) -> None:
    git(wheel.done.repository, "switch", "-q", BRANCH)
    theirs = commit(wheel.done.repository, {"mine.txt": "mine"})
    git(wheel.done.repository, "switch", "-q", "main")
    wheel.asks()
    assert f"{theirs[:12]}, which is not a commit of this run" in await wheel.say("/rollback hard", "max")
    assert wheel.done.head() == theirs
    assert wheel.run.status is RunStatus.WAITING, "it is not even aborted"


async def test_while_a_run_is_taken_back_it_does_not_go_on_and_what_was_planned_before_it_moved_is_not_done(
    wheel: Wheel,
) -> None:
    wheel.is_at(RunStatus.FAILED, "update")
    planned = await plan_undoing(wheel.done.services, wheel.run, Mode.HARD)
    async with held(wheel.done.store, RUN):
        for text in ("/retry", "/retry implement", "/skip"):
            assert "is being taken back at this moment" in await wheel.say(text)
        with pytest.raises(TransientError, match="is being taken back"):  # its delivery is put off
            await wheel.say("/rollback hard", "max")
    assert await wheel.say("/retry implement") == ""
    with pytest.raises(RunError, match="at work"):
        await planned.carry_out(Asker("max", "github"))
    assert await wheel.say("/abort") == ""
    with pytest.raises(RunError, match="has moved on meanwhile"):
        await planned.carry_out(Asker("max", "github"))
    assert wheel.done.head() == wheel.done.commit


async def test_a_rollback_waits_until_what_was_aborted_just_now_has_stopped(wheel: Wheel) -> None:
    wheel.is_at(RunStatus.RUNNING)
    attempt = StepRun(RUN, 0, 9, 1, "implement", StepStatus.RUNNING)
    wheel.done.store.write_now(steps.begin_step, attempt)
    await wheel.say("/abort")
    rollback = asyncio.create_task(wheel.say("/rollback hard", "max"))
    await asyncio.sleep(0.3)
    assert (rollback.done(), wheel.done.head()) == (False, wheel.done.commit)
    wheel.done.store.write_now(steps.stopped, attempt)
    assert "is taken back" in await rollback


async def test_a_run_that_waits_is_ended_by_its_rollback(wheel: Wheel) -> None:
    wheel.asks()
    await wheel.say("/rollback hard", "max")
    assert wheel.run.status is RunStatus.ROLLED_BACK
    assert wheel.done.store.read_now(waits.open_question, RUN) is None
