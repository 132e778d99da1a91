"""A definition with steps that run at once is kept with its runs, and goes on over versions as any other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.toy_workflow import PAIR, TOY, ToyContext
from tests.fakes.walking import ME, Desk
from workflows.definition import Item, Parallel, Slot, Step, Touches
from workflows.engine.stored_definition import record_of, rewired
from workflows.errors import DefinitionError
from workflows.store.run_rows import definition_rows
from workflows.store.tables import workflows

FIRST, BOTH, LAST = PAIR.items
LEFT, RIGHT = BOTH.members if isinstance(BOTH, Parallel) else ()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.walker.store.close()


def deployed(desk: Desk, *items: Item[ToyContext], **changes: Any) -> None:
    """Another version of the program takes the place of this one."""
    newer = {"pair": replace(PAIR, items=items or PAIR.items, **changes)}
    desk.walker, desk.runs = replace(desk.walker, definitions=newer), replace(desk.runs, definitions=newer)


async def failed(desk: Desk) -> str:
    """A run that stands at `left`, while `right` has ended."""
    (desk.folder / "left.fail").touch()
    run = await desk.start("pair")
    (desk.folder / "left.fail").unlink()
    return run.id


def test_it_is_read_as_it_was_kept(desk: Desk) -> None:
    record = record_of(PAIR)
    desk.walker.store.write_now(definition_rows.define, record)
    run = desk.walker.store.read_now(lambda db: db.execute(workflows.select().where(workflows.c.name == "pair")).one())
    assert [item["key"] for item in run.items] == ["first", "both", "last"]
    assert [one["key"] for one in run.items[1]["members"]] == ["left", "right"]
    assert "members" not in run.items[0]
    assert [key for key, _ in record.steps] == ["first", "left", "right", "last"]
    assert record.places == (("first",), ("both", "left", "right"), ("last",))
    assert [record.title_of(key) for key in ("both", "left", "gone")] == ["Look at both", "Left", "gone"]
    assert [record.is_optional(key) for key in ("both", "left", "right")] == [False, False, True]


def test_what_does_not_run_at_once_is_known_by_the_digest_that_it_had_before_anything_could() -> None:
    assert record_of(TOY).digest == "32cc30fb93c81899"


async def test_a_run_goes_on_as_it_was_begun_where_its_steps_run_one_after_the_other_by_now(desk: Desk) -> None:
    run_id = await failed(desk)
    deployed(desk, FIRST, RIGHT, LEFT, LAST)
    await desk.runs.resume(run_id, asker=ME)
    assert (await desk.walk()).status == "completed"
    assert [desk.log.count(line) for line in ("left 1", "right 1", "last")] == [2, 1, 1]


async def test_a_run_of_before_makes_one_after_the_other_what_runs_at_once_by_now(desk: Desk) -> None:
    deployed(desk, FIRST, LEFT, RIGHT, LAST)
    run_id = await failed(desk)
    deployed(desk)
    await desk.runs.resume(run_id, asker=ME)
    run = await desk.walk()
    assert (run.status, run.state.get("passage")) == ("completed", None)
    assert [desk.log.count(line) for line in ("left 1", "right 1", "last")] == [2, 1, 1]


async def test_what_may_not_run_beside_others_any_more_stops_the_run_with_the_step_and_the_reason(desk: Desk) -> None:
    run_id = await failed(desk)
    deployed(desk, FIRST, RIGHT, replace(LEFT, touches=Touches.OUTSIDE), LAST)
    await desk.runs.resume(run_id, asker=ME)
    run = await desk.walk()
    assert run.status == "failed"
    assert "Step 'left'" in run.error_text
    assert "it changes something outside" in run.error_text


async def test_a_member_that_is_gone_stops_the_run_and_a_retry_before_it_goes_on_with_this_version(desk: Desk) -> None:
    run_id = await failed(desk)
    other = replace(RIGHT, key="other", gives=(Slot("other", object),), skipped=None)
    deployed(desk, FIRST, replace(BOTH, members=(LEFT, other)), replace(LAST, needs=()))
    await desk.runs.resume(run_id, asker=ME)
    run = await desk.walk()
    assert (run.status, "there is no step 'right'" in run.error_text) == ("failed", True)
    await desk.runs.retry(run_id, "first", asker=ME)
    run = await desk.walk()
    assert (run.status, run.state["other"]) == ("completed", 1)


def test_a_member_of_then_can_be_begun_at_alone_and_with_the_others() -> None:
    for at in ("both", "right"):
        again = rewired(record_of(PAIR), PAIR, at, {"left": 1, "right": 1})
        assert [type(item) for item in again.items] == [Parallel, Step]
    with pytest.raises(DefinitionError, match="there was no step 'none' then"):
        rewired(record_of(PAIR), PAIR, "none", {})
