"""The walker: one step at a time, recorded, repeatable."""

import asyncio
import errno
import logging
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.commands.table import COMMANDS
from bot.view.progress import progress
from bot.view.run_view import view_of
from tests.fakes.toy_workflow import TOY
from tests.fakes.walking import ME, Desk
from workflows.engine import logged
from workflows.engine.tree_marks import RunTrees
from workflows.engine.walker import Told
from workflows.errors import NoRoom, StoreError, UserError
from workflows.store.cluster import pauses
from workflows.store.cluster.deaths import Death
from workflows.store.records import Run, StepRun
from workflows.store.run_rows import runs, steps, waits
from workflows.values import Options, StepStatus


@pytest.fixture
def desk(tmp_path: Path):
    desk = Desk(tmp_path)
    yield desk
    desk.walker.store.close()


async def test_a_place_that_was_walked_already_says_the_same_again_and_does_nothing(desk: Desk) -> None:
    run = await desk.start()
    await desk.walker.store.write(runs.update_run, run.id, status="running")
    assert await desk.walker.take(run.id, 0, 1, "shaky") == {"next": "again"}
    assert desk.log == ["first", "shaky 1", "again", "last"]


async def test_what_is_logged_in_a_step_names_its_run_and_step(desk: Desk) -> None:
    (desk.folder / "bug").touch()
    said: list[tuple[str, dict[str, str]]] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append((record.levelname, dict(logged.now())))

    heard, walkers = Listening(), logging.getLogger("workflows.engine.step_maker")
    walkers.addHandler(heard)
    try:
        run = await desk.start()
    finally:
        walkers.removeHandler(heard)
    assert said == [("ERROR", {"run": run.id, "step": "shaky"})]


@pytest.mark.parametrize(("kind", "status"), [("done", "completed"), ("failed", "failed"), ("asks", "waiting")])
async def test_a_text_that_no_database_takes_does_not_leave_a_run_at_its_step(
    desk: Desk, kind: str, status: str
) -> None:
    (desk.folder / "odd").write_text(kind)
    assert (await desk.start()).status == status


async def second_round(desk: Desk) -> Run:
    """A run that went back to a step once, and failed there in its second round."""
    (desk.folder / "loop").touch()
    (desk.folder / "hold").touch()
    walk = asyncio.create_task(desk.start())
    async with asyncio.timeout(20):
        while not (desk.folder / "log").exists() or "shaky 1" not in desk.log:
            await asyncio.sleep(0.01)
    run_id = desk.engine.asked[-1][0]
    walk.cancel()
    await asyncio.gather(walk, return_exceptions=True)
    (desk.folder / "hold").unlink()
    for ordinal, key in ((1, "shaky"), (2, "again")):
        await desk.walker.take(run_id, 0, ordinal, key)
    (desk.folder / "fail").touch()
    await desk.walker.take(run_id, 0, 3, "shaky")
    (desk.folder / "fail").unlink()
    return await desk.run(run_id)


async def test_a_run_that_skips_a_step_goes_on_with_the_tree_of_now_though_what_is_behind_was_done_before(
    desk: Desk,
) -> None:
    run = await second_round(desk)
    assert (run.status, desk.tree) == ("failed", "122")
    await desk.runs.skip(run.id, asker=ME)
    assert desk.engine.asked[-1][2] == "again"
    await desk.walk()
    assert desk.tree == "1224", "what the second round did is in it"


async def test_a_step_that_somebody_skips_is_written_down_as_skipped_with_why_it_had_failed(desk: Desk) -> None:
    run = await second_round(desk)
    await desk.runs.skip(run.id, asker=ME)
    await desk.walk()
    rows = await desk.walker.store.read(steps.steps_of, run.id)
    shaky = [row for row in rows if row.key == "shaky"]
    assert [row.status for row in shaky][-1] == "skipped"
    assert shaky[-1].reason.startswith("It failed and was left out: ")
    snapshot = await desk.walker.store.read(runs.snapshot, run.id)
    line = next(line for line in progress(view_of(snapshot, 0), COMMANDS).splitlines() if "It failed and" in line)
    assert line.startswith("- [x] ")
    assert "❌" not in line


async def test_a_skipped_step_whose_run_was_aborted_in_line_is_skipped_still_when_it_goes_on(desk: Desk) -> None:
    run = await second_round(desk)
    await desk.runs.skip(run.id, asker=ME)
    await desk.runs.abort(run.id, asker=ME)
    await desk.runs.resume(run.id, asker=ME)
    await desk.walk()
    assert desk.tree == "1224"


async def test_a_retry_of_a_step_behind_goes_back_to_the_tree_of_the_round_that_came_to_it(desk: Desk) -> None:
    run = await second_round(desk)
    (desk.folder / "loop").unlink()
    await desk.runs.retry(run.id, "again", asker=ME)
    await desk.walk()
    assert desk.tree == "124"


async def test_a_skipped_wait_is_written_down_as_skipped(desk: Desk) -> None:
    run = await desk.start()
    rows = await desk.walker.store.read(steps.steps_of, run.id)
    assert [(r.key, r.status) for r in rows][3] == ("approval", "skipped")
    assert desk.reporter.calls[-1] == ("ended", run.id)


async def test_a_goto_sends_the_walk_back_within_the_segment(desk: Desk) -> None:
    (desk.folder / "loop").touch()
    run = await desk.start()
    assert run.status == "completed"
    assert desk.log == ["first", "shaky 1", "again", "shaky 1", "again", "last"]


async def test_a_step_that_ends_the_process_again_and_again_is_not_tried_for_ever(desk: Desk) -> None:
    run = await desk.runs.start("toy", repository="r", title="t", inputs={}, options=Options(), asker=ME)
    await desk.walker.take(run.id, 0, 0, "first")
    row = StepRun(run.id, 0, 1, 1, "shaky", StepStatus.RUNNING, mark_before="1")
    for attempt in range(1, 6):
        dead = replace(row, attempt=attempt, status=StepStatus.INTERRUPTED, death=Death.ALONE)
        await desk.walker.store.write(steps.begin_step, dead)
    assert await desk.walker.take(run.id, 0, 1, "shaky") == {"next": None}
    assert "ended 5 times" in (await desk.run(run.id)).error_text
    assert desk.log == ["first"]


async def test_an_expected_failure_ends_the_run_with_its_advice_and_output(desk: Desk) -> None:
    (desk.folder / "fail").touch()
    run = await desk.start()
    assert (run.status, run.error_text, run.advice) == ("failed", "it did not work", ("retry shaky", "skip"))
    assert run.state["tried"] is True
    assert (await desk.walker.store.read(steps.steps_of, run.id))[-1].output == "the end"


async def test_what_the_user_can_mend_is_told_word_by_word(desk: Desk) -> None:
    (desk.folder / "refuse").touch()
    assert (await desk.start()).error_text == "It is refused. Remove the file."


async def test_a_bug_of_ours_fails_the_run_with_one_honest_sentence(desk: Desk) -> None:
    (desk.folder / "bug").touch()
    run = await desk.start()
    assert run.status == "failed"
    assert run.id in run.error_text
    assert "ZeroDivision" not in run.error_text


async def test_a_failed_run_resumes_at_its_step_and_a_finished_one_does_not(desk: Desk) -> None:
    (desk.folder / "fail").touch()
    run = await desk.start()
    (desk.folder / "fail").unlink()
    await desk.runs.resume(run.id, asker=ME)
    assert (await desk.walk()).status == "completed"
    assert desk.tree == "124"
    with pytest.raises(Exception, match="Nothing to resume"):
        await desk.runs.resume(run.id, asker=ME)


async def test_a_retry_starts_from_the_state_and_the_workspace_that_the_step_began_with(desk: Desk) -> None:
    run = await desk.start()
    assert desk.tree == "124"
    await desk.runs.retry(run.id, "shaky", asker=ME)
    run = await desk.walk()
    assert (run.status, run.state["seen"], desk.tree) == ("completed", ["first", "shaky", "again", "last"], "124")


async def test_a_retry_of_an_unknown_step_names_those_there_are(desk: Desk) -> None:
    run = await desk.start()
    with pytest.raises(Exception, match="first, shaky, again, approval, last"):
        await desk.runs.retry(run.id, "nonsense", asker=ME)


async def test_a_failed_step_can_be_left_out(desk: Desk) -> None:
    (desk.folder / "fail").touch()
    run = await desk.start()
    await desk.runs.skip(run.id, asker=ME)
    assert desk.engine.asked[-1] == (run.id, 1, "again")


async def test_an_approval_goes_on_behind_the_wait(desk: Desk) -> None:
    run = await desk.start(approve=True)
    assert run.status == "waiting"
    question = await desk.walker.store.read(waits.open_question, run.id)
    assert question is not None
    assert question.question == "All right?"
    await desk.runs.answer(run.id, "approve", asker=ME)
    assert (await desk.walk()).status == "completed"


async def test_a_rejection_goes_where_the_wait_says_with_its_reason(desk: Desk) -> None:
    run = await desk.start(approve=True)
    await desk.runs.answer(run.id, "reject", reason="too long", asker=ME)
    assert desk.engine.asked[-1] == (run.id, 1, "shaky")
    assert (await desk.run(run.id)).state["rejection"] == "too long"


async def test_an_answer_about_something_older_does_not_count(desk: Desk) -> None:
    run = await desk.start(approve=True)
    with pytest.raises(Exception, match="something newer"):
        await desk.runs.answer(run.id, "approve", asker=ME, binding="an old plan")
    assert (await desk.run(run.id)).status == "waiting"


async def test_a_second_answer_is_refused(desk: Desk) -> None:
    run = await desk.start(approve=True)
    await desk.runs.answer(run.id, "approve", asker=ME)
    with pytest.raises(Exception, match="Nothing to answer"):
        await desk.runs.answer(run.id, "approve", asker=ME)


async def test_a_step_that_asks_runs_again_with_the_answer(desk: Desk) -> None:
    (desk.folder / "ask").touch()
    run = await desk.start()
    assert run.status == "waiting"
    await desk.runs.answer(run.id, "the left one", asker=ME)
    run = await desk.walk()
    assert (run.status, run.state["answer"]) == ("completed", "the left one")


async def test_who_aborts_has_the_last_word_over_a_step_that_ends_in_the_same_moment(desk: Desk) -> None:
    run = await desk.runs.start("toy", repository="r", title="t", inputs={}, options=Options(), asker=ME)
    before = await desk.walker.take(run.id, 0, 0, "first")
    await desk.runs.abort(run.id, asker=ME, reason="no need")
    assert before == {"next": "shaky"}
    assert await desk.walker.take(run.id, 0, 1, "shaky") == {"next": None}
    assert (await desk.run(run.id)).status == "aborted"
    assert desk.engine.cancelled == [(run.id, 0)]


async def held(desk: Desk, run_id: str, attempt: int) -> asyncio.Task[Told]:
    """A walk that has come into the middle of the second step, and stays there while the file `hold` exists."""
    (desk.folder / "hold").touch()
    walk = asyncio.create_task(desk.walker.take(run_id, 0, 1, "shaky"))
    while f"shaky {attempt}" not in desk.log:
        await asyncio.sleep(0.01)
    return walk


async def test_a_step_that_was_aborted_in_the_middle_leaves_nothing_behind_when_it_ends(desk: Desk) -> None:
    run = await desk.runs.start("toy", repository="r", title="t", inputs={}, options=Options(), asker=ME)
    await desk.walker.take(run.id, 0, 0, "first")
    walk = await held(desk, run.id, 1)
    await desk.runs.abort(run.id, asker=ME)
    await desk.runs.resume(run.id, asker=ME)  # at once: the old walk is still there
    assert "again_in" in await desk.walker.take(run.id, 1, 0, "shaky")
    assert desk.log == ["first", "shaky 1"]
    (desk.folder / "hold").unlink()
    await walk
    run = await desk.run(run.id)
    assert (run.status, run.state["seen"]) == ("pending", ["first"])
    assert (await desk.walker.store.read(steps.steps_of, run.id))[-1].status is StepStatus.ABORTED
    assert (await desk.walk()).status == "completed"


async def test_of_two_walks_at_one_place_the_one_that_took_over_counts(desk: Desk) -> None:
    run = await desk.runs.start("toy", repository="r", title="t", inputs={}, options=Options(), asker=ME)
    await desk.walker.take(run.id, 0, 0, "first")
    walks = [await held(desk, run.id, attempt) for attempt in (1, 2)]
    (desk.folder / "hold").unlink()
    await asyncio.gather(*walks)
    attempts = await desk.walker.store.read(steps.attempts_at, run.id, 0, 1)
    assert [one.status for one in attempts] == [StepStatus.INTERRUPTED, StepStatus.COMPLETED]
    assert (await desk.run(run.id)).state["seen"] == ["first", "shaky"]


async def test_a_run_that_is_aborted_right_before_a_step_stays_aborted(desk: Desk) -> None:
    run = await desk.runs.start("toy", repository="r", title="t", inputs={}, options=Options(), asker=ME)
    await desk.walker.take(run.id, 0, 0, "first")
    mark = desk.walker.trees.mark

    class Late:
        """Somebody aborts the run after the walker has looked at it."""

        async def mark(self, run: Run) -> str:
            await desk.runs.abort(run.id, asker=ME)
            return await mark(run)

    walker = replace(desk.walker, trees=Late())  # type: ignore[arg-type]
    assert await walker.take(run.id, 0, 1, "shaky") == {"next": None}
    assert (await desk.run(run.id)).status == "aborted"
    assert desk.log == ["first"]


async def test_a_step_whose_tree_cannot_be_recorded_for_want_of_room_has_not_failed(desk: Desk) -> None:
    run = await desk.runs.start("toy", repository="r", title="t", inputs={}, options=Options(), asker=ME)
    trees = desk.walker.trees

    class Full:
        """The journal has no room, this once."""

        take_up, mark = trees.take_up, trees.mark

        async def record(self, run: Run, step: str, attempt: int) -> str:
            raise StoreError("The database cannot be used: database or disk is full.")

    walker = replace(desk.walker, trees=Full())  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        await walker.take(run.id, 0, 0, "first")
    assert (await desk.run(run.id)).status != "failed"
    assert (await desk.walk()).status == "completed"


@pytest.mark.parametrize("where", ["record", "mark"])
@pytest.mark.parametrize(
    ("error", "told"),
    [(ValueError("odd"), "Pullwright itself failed at"), (UserError("The tree is gone."), "The tree is gone.")],
)
async def test_a_step_that_cannot_be_begun_or_written_down_ends_the_run_with_its_reason(
    desk: Desk, where: str, error: Exception, told: str
) -> None:
    run = await desk.runs.start("toy", repository="r", title="t", inputs={}, options=Options(), asker=ME)

    async def fails(*_: object) -> str:
        raise error

    trees = SimpleNamespace(take_up=desk.walker.trees.take_up, mark=desk.walker.trees.mark, record=fails)
    setattr(trees, where, fails)
    walker = replace(desk.walker, trees=trees)  # type: ignore[arg-type]
    assert await walker.take(run.id, 0, 0, "first") == {"next": None}
    ended = await desk.run(run.id)
    assert (ended.status, ended.error_text.startswith(told)) == ("failed", True)
    rows = await desk.walker.store.read(steps.steps_of, run.id)
    assert not any(row.status is StepStatus.RUNNING for row in rows)
    await desk.runs.resume(run.id, asker=ME)
    assert (await desk.walk()).status == "completed"


async def test_what_the_engine_has_given_up_on_ends_without_a_new_start(desk: Desk) -> None:
    run = await desk.runs.start("toy", repository="r", title="t", inputs={}, options=Options(), asker=ME)
    desk.engine.says[f"{run.id}-0"] = "ERROR"
    assert await desk.runs.find_lost() == []
    ended = await desk.run(run.id)
    assert (ended.status, ended.error_text.startswith("The engine gave up on this run")) == ("failed", True)


@pytest.mark.parametrize("where", ["take_up", "record", "mark"])
async def test_a_step_that_finds_no_room_on_this_machine_waits_and_has_not_failed(desk: Desk, where: str) -> None:
    run = await desk.runs.start("toy", repository="r", title="t", inputs={}, options=Options(), asker=ME)
    trees = _Trees(desk.walker.trees, where)
    walker = replace(desk.walker, trees=trees)  # type: ignore[arg-type]
    for _ in range(20):  # more often than anything else is tried
        told = await walker.take(run.id, 0, 0, "first")
        assert told["again_in"] > 1
    here = await desk.run(run.id)
    assert here.status.active
    if where != "mark":  # which comes before the attempt
        attempts = await desk.walker.store.read(steps.attempts_at, run.id, 0, 0)
        assert "no room for it at the moment: No space left on device" in attempts[-1].reason
    assert (await desk.walk()).status == "completed"


async def test_what_a_step_came_to_while_the_disk_was_full_says_nothing(desk: Desk) -> None:
    run = await desk.runs.start("toy", repository="r", title="t", inputs={}, options=Options(), asker=ME)
    lacks = [None, NoRoom("No space left on device"), NoRoom("No space left on device"), None, None]
    walker = replace(desk.walker, lack=lambda: lacks.pop(0))
    assert "again_in" in await walker.take(run.id, 0, 0, "first")
    assert "again_in" in await walker.take(run.id, 0, 0, "first")
    assert desk.log == ["first"], "and none is begun meanwhile"
    assert await walker.take(run.id, 0, 0, "first") == {"next": "shaky"}


class _Trees:
    """Where one call meets a full disk, in words of ours."""

    def __init__(self, trees: RunTrees, where: str) -> None:
        self._trees = trees
        self._where = where

    async def mark(self, run: Run) -> str:
        self._meet("mark")
        return await self._trees.mark(run)

    async def take_up(self, run: Run, mark: str) -> None:
        self._meet("take_up")
        await self._trees.take_up(run, mark)

    async def record(self, run: Run, step: str, attempt: int) -> str:
        self._meet("record")
        return await self._trees.record(run, step, attempt)

    def _meet(self, here: str) -> None:
        if here != self._where:
            return
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as error:
            raise UserError("It cannot be written.") from error


async def test_two_triggers_for_one_thing_are_one_run_until_it_ends(desk: Desk) -> None:
    first = await desk.runs.start(
        "toy", repository="r", title="t", inputs={}, options=Options(), asker=ME, active_key="r#1"
    )
    second = await desk.runs.start(
        "toy", repository="r", title="t", inputs={}, options=Options(), asker=ME, active_key="r#1"
    )
    assert first.id == second.id
    assert len(desk.engine.asked) == 1
    await desk.walk()
    third = await desk.runs.start(
        "toy", repository="r", title="t", inputs={}, options=Options(), asker=ME, active_key="r#1"
    )
    assert third.id != first.id


async def test_mend_asks_again_for_what_the_queue_never_heard_of_and_ends_what_it_gave_up_on(desk: Desk) -> None:
    lost = await desk.runs.start("toy", repository="r", title="t", inputs={}, options=Options(), asker=ME)
    given_up = await desk.runs.start("toy", repository="r", title="t", inputs={}, options=Options(), asker=ME)
    desk.engine.asked.clear()
    desk.engine.says[f"{given_up.id}-0"] = "MAX_RECOVERY_ATTEMPTS_EXCEEDED"
    assert set(await desk.runs.mend()) == {lost.id, given_up.id}
    assert desk.engine.asked == [(lost.id, 0, "first")]
    assert (await desk.run(given_up.id)).status == "failed"


async def test_a_run_that_waited_over_a_deploy_at_a_step_that_is_gone_says_so_and_can_be_done_again(desk: Desk) -> None:
    run = await desk.start(approve=True)
    assert run.status == "waiting"
    newer = replace(TOY, items=tuple(item for item in TOY.items if item.key != "approval"))
    desk.walker = replace(desk.walker, definitions={"toy": newer})
    desk.runs = replace(desk.runs, definitions={"toy": newer})
    await desk.runs.answer(run.id, "approve", asker=ME)
    run = await desk.walk()
    assert (run.status, run.advice) == ("failed", ("retry again", "rollback"))
    assert "was begun by another version of Pullwright, and this one cannot go on with it" in run.error_text
    assert "in it there is no step 'approval'" in run.error_text
    assert desk.reporter.calls[-1] == ("ended", run.id)
    await desk.runs.resume(run.id, asker=ME)
    assert (await desk.walk()).error_text == run.error_text, "that is said as often as it is tried"
    await desk.runs.retry(run.id, "again", asker=ME)
    assert (await desk.walk()).status == "completed"


async def test_a_paused_run_begins_no_step_and_stands_in_line_again(desk: Desk) -> None:
    run = await desk.runs.start("toy", repository="r", title="t", inputs={}, options=Options(), asker=ME)
    await desk.walker.take(run.id, 0, 0, "first")
    await desk.walker.store.write(pauses.begin, "r", ME, "")
    with pytest.raises(asyncio.CancelledError):
        await desk.walker.take(run.id, 0, 1, "shaky")
    aside = await desk.run(run.id)
    assert (aside.in_line, aside.segment, desk.log) == (True, 0, ["first"])
    assert desk.walker.gate.is_aside(run.id)
    await desk.walker.store.write(pauses.end, "r", ME)
    assert await desk.runs.admit() == [run.id]
    assert (await desk.walk()).status == "completed"
    assert desk.log == ["first", "shaky 1", "again", "last"], "nothing is done twice"
