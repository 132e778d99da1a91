"""A run goes on with what it was begun with, or says plainly why it cannot; nothing of it is lost over a deploy."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.toy_workflow import RENAMED, TOY, ToyContext
from tests.fakes.walking import ME, Desk
from workflows.definition import Definition, Done, Exit, Item, Result, Slot, Step, Wait
from workflows.engine.stored_definition import OtherDefinition, begins_at, definition_for, record_of, rewired
from workflows.errors import DefinitionError, RunError
from workflows.store.database import Store
from workflows.store.records import DefinitionRecord
from workflows.store.run_rows import definition_rows, runs, steps, waits
from workflows.values import Then

ROOT = Path(__file__).parents[3]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.walker.store.close()


def deployed(desk: Desk, *items: Item[ToyContext], **changes: Any) -> None:
    """Another version of the program takes the place of this one."""
    newer = {"toy": replace(TOY, items=items or TOY.items, **changes)}
    desk.walker, desk.runs = replace(desk.walker, definitions=newer), replace(desk.runs, definitions=newer)


def changed(key: str, **changes: Any) -> tuple[Item[ToyContext], ...]:
    return tuple(replace(item, **changes) if item.key == key else item for item in TOY.items)


def item(key: str) -> Item[ToyContext]:
    return TOY.item(key)


async def nothing(ctx: ToyContext) -> Result:
    ctx.did(ctx.here.key)
    return Done()


async def leaves(ctx: ToyContext) -> Result:
    ctx.did("leaves")
    return Exit("once more", {"looped": True}) if not ctx.run.state.get("looped") else Done()


# --- what it goes on with ---------------------------------------------------------------------------


async def test_a_title_that_was_changed_stays_as_it_was_for_runs_of_before(desk: Desk) -> None:
    run = await desk.start(approve=True)
    deployed(desk, *changed("last", title="Finish"))
    await desk.runs.answer(run.id, "approve", asker=ME)
    assert (await desk.walk()).status == "completed"
    assert dict(desk.walker.store.read_now(runs.snapshot, run.id).definition.steps)["last"] == "End"
    desk.engine.asked.clear()
    later = await desk.runs.start("toy", repository="r", title="t", inputs={}, options=run.options, asker=ME)
    assert dict(desk.walker.store.read_now(runs.snapshot, later.id).definition.steps)["last"] == "Finish"


@pytest.mark.parametrize("where", ["behind", "at the end"])
async def test_a_step_that_was_put_in_is_made_by_new_runs_only(desk: Desk, where: str) -> None:
    run = await desk.start(approve=True)
    new = Step("new", "New", nothing)
    deployed(desk, *(TOY.items[:-1] if where == "behind" else TOY.items), new, *TOY.items[-1:][: where == "behind"])
    await desk.runs.answer(run.id, "approve", asker=ME)
    assert (await desk.walk()).status == "completed"
    assert "new" not in desk.log
    assert (await desk.start()).status == "completed"
    assert "new" in desk.log


async def test_an_exit_leads_where_it_led_then(desk: Desk) -> None:
    run = await desk.start(approve=True)
    deployed(desk, *(replace(one, exits={"once more": "last"}) if one.key == "again" else one for one in TOY.items))
    (desk.folder / "loop").touch()
    await desk.runs.retry(run.id, "again", asker=ME)
    await desk.walk()
    assert desk.log == ["first", "shaky 1", "again", "again", "shaky 1", "again"]


async def test_a_wait_leads_on_and_back_and_lasts_as_it_did_then(desk: Desk) -> None:
    run = await desk.start(approve=True)
    deployed(desk, *changed("approval", rejected="first", expires=timedelta(days=9), default="approve"))
    there = await definition_for(desk.walker.store, desk.walker.definitions, run, "approval")
    wait = there.item("approval")
    assert isinstance(wait, Wait)
    assert (wait.rejected, wait.expires, wait.default) == ("shaky", timedelta(hours=1), "abort")
    await desk.runs.answer(run.id, "reject", reason="no", asker=ME)
    assert desk.engine.asked[-1] == (run.id, 1, "shaky")


async def test_what_a_failure_leads_to_is_as_it_was_then(desk: Desk) -> None:
    run = await desk.start(approve=True)
    deployed(desk, on_failure=Then.ABORT)
    (desk.folder / "fail").touch()
    await desk.runs.retry(run.id, "shaky", asker=ME)
    assert (await desk.walk()).status == "failed"


async def test_a_step_that_is_behind_a_run_may_be_gone(desk: Desk) -> None:
    items = (item("first"), item("shaky"), replace(item("again"), exits={}), *TOY.items[3:4], item("last"))
    without = replace(items[3], rejected="")
    deployed(desk, *items[:3], without, items[4])
    run = await desk.start(approve=True)
    deployed(desk, *items[1:3], without, items[4])
    await desk.runs.answer(run.id, "approve", asker=ME)
    assert (await desk.walk()).status == "completed"
    with pytest.raises(RunError, match="begun by another version"):
        await desk.runs.retry(run.id, "first", asker=ME)


async def test_an_older_version_that_is_kept_is_what_its_runs_go_on_with(desk: Desk) -> None:
    run = await desk.start(approve=True)
    both = {"toy": RENAMED, "toy@1": TOY}
    desk.walker, desk.runs = replace(desk.walker, definitions=both), replace(desk.runs, definitions=both)
    await desk.runs.answer(run.id, "approve", asker=ME)
    assert (await desk.walk()).status == "completed"


# --- what it cannot go on with ------------------------------------------------------------------------

WHOLE = Slot("whole", str)
CANNOT = [
    (RENAMED.items, "in it there is no step 'again'"),
    (
        changed("shaky", run=leaves, exits={"once more": "first"}),
        "step 'shaky' may leave by 'once more', which led nowhere then",
    ),
    ((*TOY.items[:3], Step("approval", "Ask", nothing), *TOY.items[4:]), "'approval' is no wait in it"),
    (
        (replace(item("first"), gives=(WHOLE,)), *TOY.items[1:-1], replace(item("last"), needs=(WHOLE,))),
        "Step 'last' of workflow toy needs 'whole' (str)",
    ),
]


@pytest.mark.parametrize(("items", "difference"), CANNOT)
async def test_what_it_cannot_go_on_with_is_said_with_the_difference_and_nothing_is_lost(
    desk: Desk, items: tuple[Item[ToyContext], ...], difference: str
) -> None:
    run = await desk.start(approve=True)
    before = await desk.run(run.id)
    deployed(desk, *items)
    await desk.runs.answer(run.id, "reject", reason="no", asker=ME)
    after = await desk.walk()
    assert (after.status, after.current_step) == ("failed", "approval")
    assert difference in after.error_text
    assert "Roll it back, retry a step that was made before and is there still, or start anew." in after.error_text
    assert "rollback" in after.advice
    assert dict(before.state) | {"rejection": "no"} == after.state
    assert await desk.walker.store.read(waits.open_question, run.id) is None
    assert desk.log == ["first", "shaky 1", "again"], "no step was made by half"
    deployed(desk)
    await desk.runs.resume(run.id, asker=ME)
    assert (await desk.walk()).status == "waiting", "with the version of before it goes on"


async def test_a_run_at_a_workflow_that_is_gone_says_so(desk: Desk) -> None:
    run = await desk.start(approve=True)
    gone = {"other": replace(TOY, name="other")}
    desk.walker = replace(desk.walker, definitions=gone)
    await desk.runs.answer(run.id, "approve", asker=ME)
    assert "it has no workflow 'toy'" in (await desk.walk()).error_text
    desk.runs = replace(desk.runs, definitions=gone)
    for act in (desk.runs.retry(run.id, "first", asker=ME), desk.runs.skip(run.id, asker=ME)):
        with pytest.raises(RunError, match="has no workflow 'toy'"):
            await act


async def test_one_that_was_stopped_so_can_be_done_again_with_the_steps_that_there_are(desk: Desk) -> None:
    run = await desk.start(approve=True)
    deployed(desk, *RENAMED.items, version=2)
    await desk.runs.answer(run.id, "reject", reason="no", asker=ME)
    stopped = await desk.walk()
    assert stopped.advice == ("retry approval", "rollback")
    await desk.runs.retry(run.id, "shaky", asker=ME)
    done = await desk.walk()
    assert (done.status, done.version, done.definition) == ("waiting", 2, record_of(RENAMED).digest)
    assert [one.key for one in await desk.walker.store.read(steps.steps_of, run.id)][-2:] == ["firm", "approval"]
    assert await desk.walker.store.read(waits.open_question, run.id)


async def test_one_is_not_done_again_where_its_state_does_not_suffice(desk: Desk) -> None:
    run = await desk.start(approve=True)
    first = replace(item("first"), gives=(WHOLE,))
    deployed(desk, first, replace(item("shaky"), needs=(WHOLE,)), *TOY.items[2:])
    for _ in range(2):
        with pytest.raises(OtherDefinition, match="needs 'whole'"):
            await desk.runs.retry(run.id, "shaky", asker=ME)
    assert (await desk.run(run.id)).status == "waiting"
    await desk.runs.retry(run.id, "first", asker=ME)
    assert desk.engine.asked[-1] == (run.id, 1, "first")


@pytest.mark.parametrize(
    ("state", "can"), [({"whole": "a"}, True), ({"whole": None}, True), ({"whole": 1}, False), ({}, False)]
)
def test_what_a_state_suffices_for(state: dict[str, Any], can: bool) -> None:
    first = Step("first", "First", nothing, gives=(WHOLE,))
    there: Definition[Any] = Definition("w", "W", (first, Step("second", "Second", nothing, needs=(WHOLE,))))
    assert begins_at(there, "second", state) is can
    assert begins_at(there, "first", state)
    assert not begins_at(there, "third", state)


# --- what is kept ---------------------------------------------------------------------------------------


async def test_the_whole_definition_is_kept_beside_its_runs_once(desk: Desk) -> None:
    run = await desk.start()
    await desk.start()
    kept = desk.walker.store.read_now(definition_rows.definition_of, run)
    assert kept == record_of(TOY)
    assert (run.version, run.definition) == (1, kept.digest)
    assert [one.kind for one in kept.items] == ["step", "step", "step", "wait", "step"]
    assert kept.items[2].exits == {"once more": "shaky"}
    assert (kept.items[1].optional, kept.items[3].expires, kept.items[3].conditional) == (True, 3600.0, True)
    count = "SELECT count(*) FROM workflows"
    assert desk.walker.store.read_now(lambda db: db.exec_driver_sql(count).scalar()) == 1


async def test_two_shapes_of_one_version_do_not_take_each_other_s_place(desk: Desk) -> None:
    run = await desk.start(approve=True)
    deployed(desk, *changed("last", title="Finish"))
    later = await desk.runs.start("toy", repository="q", title="t", inputs={}, options=run.options, asker=ME)
    assert (run.version, later.version) == (1, 1)
    titles = [
        dict(desk.walker.store.read_now(definition_rows.definition_of, one).steps)["last"] for one in (run, later)
    ]
    assert titles == ["End", "Finish"]


def test_of_one_that_was_kept_before_the_order_and_the_titles_count() -> None:
    old = DefinitionRecord("toy", 1, "A toy", tuple((one.key, f"Old {one.key}") for one in TOY.items))
    assert old.digest == ""
    there = rewired(old, TOY, "shaky", {})
    assert there.keys == ("shaky", "again", "approval", "last")
    assert there.item("again").title == "Old again"
    with pytest.raises(DefinitionError, match="there is no step 'again'"):
        rewired(old, RENAMED, "shaky", {})
    with pytest.raises(DefinitionError, match="there was no step 'firm' then"):
        rewired(old, RENAMED, "firm", {})


# --- a real death and a real restart --------------------------------------------------------------------


def test_a_process_that_comes_back_with_a_renamed_step_says_so_and_goes_on_from_one_it_knows(tmp_path: Path) -> None:
    (tmp_path / "die").touch()
    words = [sys.executable, "-m", "tests.fakes.toy_workflow", str(tmp_path)]
    first = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert first.returncode == -signal.SIGKILL
    run_id = first.stdout.strip()
    (tmp_path / "renamed").touch()
    again = subprocess.run([*words, run_id], cwd=ROOT, capture_output=True, text=True, timeout=60, env=dict(os.environ))
    assert again.returncode == 0, again.stderr
    store = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
    run = store.read_now(runs.get_run, run_id)
    attempts = store.read_now(steps.steps_of, run_id)
    store.close()
    assert run.status == "failed"
    assert "in it there is no step 'again'" in run.error_text
    assert (run.version, run.state["seen"]) == (1, ["first"])
    assert [(one.key, one.status) for one in attempts] == [("first", "completed"), ("shaky", "interrupted")]
    assert run.advice == ("retry shaky", "rollback")
