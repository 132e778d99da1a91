"""Where a step is done again from, after parts of a run were taken back, and with which tree a segment begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.tables import make_tables
from workflows.store.database import Store
from workflows.store.records import DefinitionRecord, Run, StepRun
from workflows.store.run_rows import beginnings, definition_rows, runs, steps
from workflows.store.run_rows.passages import Passage
from workflows.values import Options, RunStatus, StepStatus


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
    make_tables(store)
    store.write_now(definition_rows.define, DefinitionRecord("w", 1, "W", (("a", "A"),)))
    store.write_now(runs.insert_run, Run("r", "w", 1, RunStatus.PENDING, "r", "t", {}, Options(), {}, "a", 0, 0))
    yield store
    store.close()


@pytest.mark.parametrize(
    ("way", "key", "found"),
    [
        ("work check", "check", 1),
        ("work check move check", "check", 3),
        ("work check move -check", "check", 3),  # the run stands right before it
        ("work check -move -check", "move", 2),
        ("work check -move -check", "check", 1),  # the first one still counts
        ("work -check -move -check", "move", None),
        ("work -check -check", "check", 1),  # attempts at one place
        ("work -check work check", "check", 3),
        ("work", "check", None),
    ],
)
def test_a_step_begins_again_where_its_newest_attempt_that_counts_began_or_where_the_run_stands(
    store: Store, way: str, key: str, found: int | None
) -> None:
    for ordinal, word in enumerate(way.split()):
        reason = steps.ROLLED_BACK if word.startswith("-") else ""
        row = StepRun("r", 0, ordinal, 1, word.lstrip("-"), StepStatus.COMPLETED, reason=reason)
        store.write_now(steps.begin_step, row)
    beginning = store.read_now(beginnings.beginning_of, "r", key)
    assert (beginning.ordinal if beginning else None) == found


BOTH = Passage(0, 1, ("left", "right"), ("left", "right")).in_state
AGAIN = Passage(1, 0, ("left", "right"), ("left",)).in_state


def made(store: Store, *rows: StepRun) -> None:
    for row in rows:
        store.write_now(steps.begin_step, row)


def attempt(place: str, key: str, why: str = "", number: int = 1, **state: object) -> StepRun:
    segment, ordinal = map(int, place.split("."))
    mark = f"{place}/{number}"
    return StepRun(
        "r", segment, ordinal, number, key, StepStatus.COMPLETED, reason=why, state_before=state, mark_before=mark
    )


def test_what_was_tried_several_times_at_one_place_begins_again_as_it_did_the_first_time(store: Store) -> None:
    made(store, attempt("0.0", "work"), attempt("0.0", "work", number=2, half="done"), attempt("0.1", "check"))
    beginning = store.read_now(beginnings.beginning_of, "r", "work")
    assert beginning is not None
    assert (beginning.mark_before, beginning.state_before) == ("0.0/1", {})


def test_what_was_resumed_begins_again_as_it_did_before_it_had_stopped(store: Store) -> None:
    stopped = replace(attempt("0.1", "work"), status=StepStatus.ABORTED)
    asked = replace(attempt("1.0", "work", resumed=1), status=StepStatus.WAITING)
    made(store, attempt("0.0", "first"), stopped, asked, attempt("2.0", "work", resumed=1, answer="this"))
    beginning = store.read_now(beginnings.beginning_of, "r", "work")
    assert beginning is not None
    assert (beginning.mark_before, beginning.state_before) == ("0.1/1", {})
    made(store, attempt("3.0", "work", resumed=1, again=True))  # which somebody had begin anew
    beginning = store.read_now(beginnings.beginning_of, "r", "work")
    assert beginning is not None
    assert beginning.mark_before == "3.0/1"


def test_a_member_that_was_taken_back_begins_again_though_a_sibling_stands_beside_it(store: Store) -> None:
    back = steps.ROLLED_BACK
    made(
        store,
        attempt("0.0", "first"),
        attempt("0.1", "left", back, **BOTH),
        attempt("0.2", "right", **BOTH),
        attempt("0.3", "last", back, **BOTH),
        attempt("1.0", "left", back, **AGAIN),
        attempt("1.2", "last", back, **AGAIN),
    )
    for key, found in (("left", "0.1/1"), ("right", "0.2/1"), ("last", None), ("first", "0.0/1")):
        beginning = store.read_now(beginnings.beginning_of, "r", key)
        assert (beginning.mark_before if beginning else None) == found, key


def test_each_of_those_that_were_taken_back_at_once_can_be_begun_again(store: Store) -> None:
    back = steps.ROLLED_BACK
    made(store, attempt("0.0", "first"), *(attempt(f"0.{at}", key, back, **BOTH) for at, key in enumerate(PAIR, 1)))
    for key, found in (("left", "0.1/1"), ("right", "0.2/1")):
        beginning = store.read_now(beginnings.beginning_of, "r", key)
        assert beginning is not None
        assert beginning.mark_before == found


PAIR = ("left", "right")
