"""Steps that run at once: each with its own attempts and retries, and one end for all of them."""

import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.toy_workflow import PAIR, FileTrees
from tests.fakes.walking import ME, Desk
from workflows.cluster.shutdown import Gate
from workflows.errors import RunError
from workflows.store.cluster import pauses
from workflows.store.records import Run, StepRun
from workflows.store.run_rows import runs, steps, transitions, waits
from workflows.store.run_rows.passages import PASSAGE
from workflows.values import FailureRules, Options, StepStatus, Then


@pytest.fixture
def desk(tmp_path: Path):
    desk = Desk(tmp_path)
    yield desk
    desk.walker.store.close()


def tell(desk: Desk, *what: str) -> None:
    for one in what:
        (desk.folder / one).touch()


def forget(desk: Desk, *what: str) -> None:
    for one in what:
        (desk.folder / one).unlink()


async def rows(desk: Desk, run: Run) -> list[tuple[str, int, str]]:
    """(key, attempt, status) of what was made of the members, in the order of their places."""
    found = await desk.walker.store.read(steps.steps_of, run.id)
    return [(row.key, row.attempt, row.status.value) for row in found if row.key in ("left", "right")]


def rules(**of: Then) -> Options:
    return Options(failure=FailureRules(steps=dict(of), retries=1, pause=1.0))


async def until(desk: Desk, line: str, times: int = 1) -> None:
    """Until something was written into the log so often."""
    async with asyncio.timeout(20):
        while desk.log.count(line) < times:
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def walking(desk: Desk, options: Options | None = None):
    """A run whose members are at work, walked beside the test."""
    tell(desk, "left.hold", "right.hold")
    task = asyncio.create_task(desk.start("pair", options=options))
    async with asyncio.timeout(20):
        while not (desk.folder / "log").exists():
            await asyncio.sleep(0.01)
    await until(desk, "left 1")
    await until(desk, "right 1")
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_both_are_at_work_at_once_and_the_run_goes_on_when_both_have_ended(desk: Desk) -> None:
    async with walking(desk) as task:
        run_id = desk.engine.asked[-1][0]
        assert (await desk.run(run_id)).current_step == "both"
        forget(desk, "right.hold")
        await until(desk, "right is done")
        assert "last" not in desk.log
        forget(desk, "left.hold")
        run = await task
    assert (run.status, run.state["left"], run.state["right"]) == ("completed", 1, 1)
    assert await rows(desk, run) == [("left", 1, "completed"), ("right", 1, "completed")]
    found = await desk.walker.store.read(steps.steps_of, run.id)
    assert [(row.key, row.ordinal) for row in found] == [("first", 0), ("left", 1), ("right", 2), ("last", 3)]
    assert {row.mark_before for row in found if row.key in ("left", "right")} == {"1"}


async def test_a_place_that_was_walked_already_says_the_same_again_and_does_nothing(desk: Desk) -> None:
    run = await desk.start("pair")
    await desk.walker.store.write(runs.update_run, run.id, status="running")
    before = desk.log
    assert await desk.walker.take(run.id, 0, 1, "both") == {"next": "last", "places": 2}
    assert desk.log == before


async def test_only_the_member_that_met_a_busy_service_is_tried_again(desk: Desk) -> None:
    tell(desk, "left.busy")
    run = await desk.start("pair")
    assert run.status == "completed"
    assert await rows(desk, run) == [("left", 1, "failed"), ("left", 2, "completed"), ("right", 1, "completed")]


async def test_a_member_is_tried_again_as_it_is_configured_and_only_it(desk: Desk) -> None:
    tell(desk, "left.fail")
    run = await desk.start("pair", options=rules(left=Then.RETRY))
    assert (run.status, run.current_step, run.error_text) == ("failed", "left", "left did not work")
    assert await rows(desk, run) == [("left", 1, "failed"), ("left", 2, "failed"), ("right", 1, "completed")]


async def test_a_member_that_fails_lets_its_sibling_end_and_the_run_stands_at_it(desk: Desk) -> None:
    async with walking(desk) as task:
        tell(desk, "left.fail")
        forget(desk, "left.hold")
        run_id = desk.engine.asked[-1][0]
        async with asyncio.timeout(20):
            while ("left", 1, "failed") not in await rows(desk, await desk.run(run_id)):
                await asyncio.sleep(0.01)
        assert (await desk.run(run_id)).status == "running"
        forget(desk, "right.hold")
        run = await task
    assert (run.status, run.current_step, run.error_text) == ("failed", "left", "left did not work")
    assert run.advice == ("retry left",)
    assert run.state["right"] == 1


async def test_two_that_fail_are_both_told(desk: Desk) -> None:
    tell(desk, "left.fail", "right.fail")
    run = await desk.start("pair")
    assert (run.status, run.current_step) == ("failed", "left")
    assert run.error_text == "left did not work Step right failed, too: right did not work"


async def test_a_member_can_be_left_out_by_itself(desk: Desk) -> None:
    tell(desk, "right.fail")
    run = await desk.start("pair", options=rules(right=Then.SKIP))
    assert (run.status, run.state["right"]) == ("completed", None)
    assert await rows(desk, run) == [("left", 1, "completed"), ("right", 1, "skipped")]


@pytest.mark.parametrize("then", [Then.ABORT, Then.ROLLBACK_HARD])
async def test_a_member_whose_failure_ends_the_run_stops_its_siblings(desk: Desk, then: Then) -> None:
    taken: list[tuple[str, str]] = []

    async def take_back(run: Run, here: StepRun, mode: object) -> None:
        taken.append((here.key, str(mode)))
        await desk.walker.store.write(runs.update_run, run.id, status="rolled_back")

    desk.walker = replace(desk.walker, take_back=take_back)
    async with walking(desk, rules(right=then)) as task:
        tell(desk, "right.fail")
        forget(desk, "right.hold")
        run = await task
    assert run.status == ("aborted" if then is Then.ABORT else "rolled_back")
    assert taken == ([] if then is Then.ABORT else [("right", "hard")])
    assert await rows(desk, run) == [("left", 1, "aborted"), ("right", 1, "failed")]
    assert not await desk.walker.store.read(steps.still_stopping, run.id)


async def test_a_resumed_run_makes_only_what_has_not_ended(desk: Desk) -> None:
    tell(desk, "left.fail")
    run = await desk.start("pair")
    forget(desk, "left.fail")
    await desk.runs.resume(run.id, asker=ME)
    assert desk.engine.asked[-1] == (run.id, 1, "left")
    run = await desk.walk()
    assert (run.status, run.state["left"], run.state["right"]) == ("completed", 1, 1)
    assert await rows(desk, run) == [("left", 1, "failed"), ("right", 1, "completed"), ("left", 1, "completed")]


async def test_a_run_that_was_aborted_in_their_midst_goes_on_with_what_has_not_ended(desk: Desk) -> None:
    async with walking(desk) as task:
        run_id = desk.engine.asked[-1][0]
        forget(desk, "right.hold")
        await until(desk, "right is done")
        async with asyncio.timeout(20):
            while ("right", 1, "completed") not in await rows(desk, await desk.run(run_id)):
                await asyncio.sleep(0.01)
        await desk.runs.abort(run_id, asker=ME)
        task.cancel()  # as the engine does
        await asyncio.gather(task, return_exceptions=True)
        assert await rows(desk, await desk.run(run_id)) == [("left", 1, "aborted"), ("right", 1, "completed")]
        assert not await desk.walker.store.read(steps.still_stopping, run_id)
        forget(desk, "left.hold")
        await desk.runs.resume(run_id, asker=ME)
        run = await desk.walk()
    assert (run.status, desk.log.count("right 1"), desk.log.count("left 1")) == ("completed", 1, 2)


async def test_an_abort_reaches_all_members(desk: Desk) -> None:
    async with walking(desk) as task:
        run_id = desk.engine.asked[-1][0]
        await desk.runs.abort(run_id, asker=ME)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await rows(desk, await desk.run(run_id)) == [("left", 1, "aborted"), ("right", 1, "aborted")]
        assert not await desk.walker.store.read(steps.still_stopping, run_id)
        forget(desk, "left.hold", "right.hold")
        await desk.runs.resume(run_id, asker=ME)
        assert desk.engine.asked[-1][2] == "both"
        assert (await desk.walk()).status == "completed"


async def test_a_retry_of_one_member_makes_that_one_and_what_is_behind_all(desk: Desk) -> None:
    run = await desk.start("pair")
    await desk.runs.retry(run.id, "right", asker=ME)
    assert desk.engine.asked[-1][2] == "right"
    run = await desk.walk()
    assert (run.status, run.state["left"]) == ("completed", 1)
    assert [desk.log.count(line) for line in ("left 1", "right 1", "last")] == [1, 2, 2]


async def test_a_retry_of_all_makes_each_of_them(desk: Desk) -> None:
    run = await desk.start("pair")
    await desk.runs.retry(run.id, "both", asker=ME)
    assert (await desk.walk()).status == "completed"
    assert [desk.log.count(line) for line in ("left 1", "right 1", "last")] == [2, 2, 2]


@pytest.mark.parametrize("key", ["left", "both"])
async def test_a_retry_begins_with_the_tree_that_they_began_with_and_not_with_what_was_done_behind(
    desk: Desk, key: str
) -> None:
    run = await desk.start("pair")
    assert desk.tree == "14"
    await desk.runs.retry(run.id, key, asker=ME)
    await desk.walk()
    assert desk.tree == "14", "the last step is done once over what it was done over before"


async def test_a_retry_before_them_makes_all_again(desk: Desk) -> None:
    run = await desk.start("pair")
    await desk.runs.retry(run.id, "first", asker=ME)
    assert (await desk.walk()).status == "completed"
    assert [desk.log.count(line) for line in ("first", "left 1", "right 1", "last")] == [2, 2, 2, 2]


async def test_one_of_two_that_failed_can_be_skipped_and_the_other_is_made_again(desk: Desk) -> None:
    tell(desk, "left.fail", "right.fail")
    run = await desk.start("pair")
    with pytest.raises(RunError, match="cannot do without step left"):
        await desk.runs.skip(run.id, asker=ME)
    with pytest.raises(RunError, match=r"did not fail at step 'first'\. It failed at left, right"):
        await desk.runs.skip(run.id, "first", asker=ME)
    forget(desk, "left.fail")
    await desk.runs.skip(run.id, "right", asker=ME)
    run = await desk.walk()
    assert (run.status, run.state["left"], run.state["right"]) == ("completed", 1, None)
    assert desk.log.count("right 1") == 1


async def test_the_only_one_that_failed_is_skipped_and_the_run_goes_on_behind_all(desk: Desk) -> None:
    tell(desk, "right.fail")
    run = await desk.start("pair")
    await desk.runs.skip(run.id, asker=ME)
    assert desk.engine.asked[-1] == (run.id, 1, "last")


async def test_what_was_skipped_stays_so_when_its_sibling_is_made_again(desk: Desk) -> None:
    tell(desk, "right.fail")
    run = await desk.start("pair")
    await desk.runs.skip(run.id, asker=ME)
    run = await desk.walk()
    assert await rows(desk, run) == [("left", 1, "completed"), ("right", 1, "skipped")]
    (row,) = [one for one in await desk.walker.store.read(steps.steps_of, run.id) if one.key == "right"]
    assert row.reason == "It failed and was left out: right did not work"
    await desk.runs.retry(run.id, "left", asker=ME)
    run = await desk.walk()
    assert (run.status, run.state["right"], desk.log.count("right 1")) == ("completed", None, 1)
    forget(desk, "right.fail")
    await desk.runs.retry(run.id, "right", asker=ME)
    run = await desk.walk()
    assert (run.status, run.state["right"]) == ("completed", 1)


async def test_of_a_run_that_was_given_up_in_their_midst_each_that_had_not_ended_can_be_skipped(desk: Desk) -> None:
    async with walking(desk) as task:
        run_id = desk.engine.asked[-1][0]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await desk.walker.store.write(transitions.give_up, await desk.run(run_id), "ERROR")
    with pytest.raises(RunError, match=r"failed at left, right\. Name the one"):
        await desk.runs.skip(run_id, asker=ME)
    forget(desk, "left.hold")
    await desk.runs.skip(run_id, "right", asker=ME)
    assert (await desk.walk()).status == "completed"


class PlaceGoes(FileTrees):
    """Trees of a run that loses its place in the moment in which a member is to begin."""

    desk: Desk

    async def mark(self, run: Run) -> str:
        if PASSAGE in run.state:
            await self.desk.walker.store.write(runs.update_run, run.id, admitted=-1)
        return await super().mark(run)


async def test_a_run_that_loses_its_place_as_they_begin_does_not_go_on_without_them(desk: Desk) -> None:
    trees, whole = PlaceGoes(desk.folder), desk.walker
    trees.desk, desk.walker = desk, replace(whole, trees=trees)
    with pytest.raises(asyncio.CancelledError):
        await desk.start("pair")
    assert desk.log == ["first"]
    run_id, segment, _ = desk.engine.asked[-1]
    await desk.walker.store.write(runs.update_run, run_id, admitted=segment)
    with pytest.raises(asyncio.CancelledError, match="left at a boundary"):
        await desk.walker.take(run_id, segment, 1, "both")
    desk.walker = whole
    await desk.walker.store.write(runs.update_run, run_id, admitted=segment)
    assert await desk.walker.take(run_id, segment, 1, "both") == {"next": "last", "places": 2}
    assert sorted(desk.log) == ["first", "left 1", "left is done", "right 1", "right is done"]


async def test_a_member_may_ask_and_gets_its_answer_alone(desk: Desk) -> None:
    tell(desk, "left.ask", "right.ask")
    run = await desk.start("pair")
    assert (run.status, run.current_step) == ("waiting", "left")
    question = await desk.walker.store.read(waits.open_question, run.id)
    assert question is not None
    assert (question.step, question.question) == ("left", "left: which one?")
    await desk.runs.answer(run.id, "this", asker=ME)
    run = await desk.walk()
    assert (run.status, run.current_step, run.state["left"]) == ("waiting", "right", "this")
    await desk.runs.answer(run.id, "that", asker=ME)
    run = await desk.walk()
    assert (run.status, run.state["left"], run.state["right"]) == ("completed", "this", "that")


async def test_a_member_that_goes_on_has_its_own_answer_and_not_that_of_its_sibling(desk: Desk) -> None:
    tell(desk, "left.ask", "right.ask")
    run = await desk.start("pair")
    tell(desk, "left.fail")
    await desk.runs.answer(run.id, "this", asker=ME)
    run = await desk.walk()
    assert (run.status, run.current_step) == ("failed", "left")
    forget(desk, "left.fail")
    await desk.runs.resume(run.id, asker=ME)
    run = await desk.walk()
    assert (run.status, run.current_step, run.state["left"]) == ("waiting", "right", "this")
    await desk.runs.answer(run.id, "that", asker=ME)
    run = await desk.walk()
    assert (run.status, run.state["left"], run.state["right"]) == ("completed", "this", "that")
    await desk.runs.retry(run.id, "both", asker=ME)
    assert (await desk.walk()).status == "waiting", "who begins anew asks anew"


async def test_what_a_member_writes_beyond_what_it_gives_is_an_error_of_ours(desk: Desk) -> None:
    tell(desk, "left.beyond")
    run = await desk.start("pair")
    assert run.status == "failed"
    assert run.error_text.startswith("Pullwright itself failed at this step")
    assert "first" not in run.state


async def test_a_run_that_was_paused_before_them_makes_all_once_it_has_a_place_again(desk: Desk) -> None:
    run = await desk.start("pair")
    await desk.runs.retry(run.id, "both", asker=ME)
    await desk.walker.store.write(pauses.begin, "r", ME, "")
    with pytest.raises(asyncio.CancelledError):
        await desk.walk()
    assert (await desk.run(run.id)).in_line
    await desk.walker.store.write(pauses.end, "r", ME)
    await desk.runs.admit()
    assert (await desk.walk()).status == "completed"


async def test_the_place_of_a_paused_run_is_given_up_only_when_no_member_is_at_work(desk: Desk) -> None:
    async with walking(desk) as task:
        run_id = desk.engine.asked[-1][0]
        tell(desk, "left.busy")
        await desk.walker.store.write(pauses.begin, "r", ME, "")
        forget(desk, "left.hold")  # it is tried again only once the pause is over
        async with asyncio.timeout(20):
            while ("left", 1, "failed") not in await rows(desk, await desk.run(run_id)):
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        assert (await desk.run(run_id)).has_place
        forget(desk, "right.hold")
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (await desk.run(run_id)).in_line
    await desk.walker.store.write(pauses.end, "r", ME)
    await desk.runs.admit()
    run = await desk.walk()
    assert run.status == "completed"
    assert await rows(desk, run) == [("left", 1, "failed"), ("left", 2, "completed"), ("right", 1, "completed")]


async def test_where_the_process_is_to_end_each_is_handed_over(desk: Desk) -> None:
    async with walking(desk) as task:
        run_id = desk.engine.asked[-1][0]
        desk.walker.gate.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert {status for _, _, status in await rows(desk, await desk.run(run_id))} == {"handed_over"}
    forget(desk, "left.hold", "right.hold")
    desk.walker = replace(desk.walker, gate=Gate())
    run = await desk.walk()
    assert run.status == "completed"
    assert [key for key, _, status in await rows(desk, run) if status == "completed"] == ["left", "right"]


async def test_a_member_that_had_ended_when_the_process_died_is_not_made_again(desk: Desk) -> None:
    tell(desk, "right.hold")
    task = asyncio.create_task(desk.start("pair"))
    async with asyncio.timeout(20):
        while not (desk.folder / "log").exists() or "left is done" not in desk.log:
            await asyncio.sleep(0.01)
    run_id = desk.engine.asked[-1][0]
    await asyncio.sleep(0.2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)  # nothing is written of a run that nobody aborted: as a death
    assert ("right", 1, "running") in await rows(desk, await desk.run(run_id))
    forget(desk, "right.hold")
    run = await desk.walk()
    assert (run.status, desk.log.count("left 1"), desk.log.count("right 2")) == ("completed", 1, 1)
    assert (await rows(desk, run))[1:] == [("right", 1, StepStatus.INTERRUPTED), ("right", 2, StepStatus.COMPLETED)]


async def test_the_passage_stands_in_the_state_as_plain_json(desk: Desk) -> None:
    run = await desk.start("pair")
    told = run.state[PASSAGE]
    assert told == {"segment": 0, "ordinal": 1, "members": ["left", "right"], "make": ["left", "right"], "asked": ""}
    assert PAIR.keys == ("first", "both", "left", "right", "last")
