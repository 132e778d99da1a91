"""The way of a run from the rows of its attempts: what counts, what took whose place, and what came since when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.errors import RollbackRefused
from sandbox.journal import Effect, JournalEntry, Where
from workflows.runs.undoing.history import back_to, last_places, way_of
from workflows.store.records import StepRun
from workflows.store.run_rows.passages import Passage
from workflows.store.run_rows.steps import ROLLED_BACK
from workflows.values import StepStatus

DONE, FAILED, ABORTED = StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.ABORTED


def row(
    place: str, key: str, status: StepStatus = DONE, *, attempt: int = 1, at: float = 0.0, why: str = ""
) -> StepRun:
    """An attempt at a place "segment.ordinal", which is the name of the tree before it as well."""
    segment, ordinal = map(int, place.split("."))
    mark = f"{place}/{attempt}"
    return StepRun("r1", segment, ordinal, attempt, key, status, reason=why, mark_before=mark, started_at=at)


def effect(seq: int, step: str, at: float) -> JournalEntry:
    return JournalEntry(seq, Where("r1", step), at, effect=Effect("push", "fix/1"))


def keys(rows: list[StepRun]) -> list[str]:
    return [place.key for place in way_of(rows)]


def test_a_loop_within_a_segment_adds_to_the_way() -> None:
    rows = [row("0.0", "plan"), row("0.1", "work"), row("0.2", "check"), row("0.3", "work"), row("0.4", "check")]
    assert keys(rows) == ["plan", "work", "check", "work", "check"]
    assert last_places(way_of(rows), 2)[0].first.mark_before == "0.3/1"


def test_a_segment_that_begins_at_an_earlier_step_takes_the_place_of_all_behind_it() -> None:
    rows = [
        row("0.0", "plan"),
        row("0.1", "work"),
        row("0.2", "check", FAILED),
        row("1.0", "work"),
        row("1.1", "check"),
    ]
    way = way_of(rows)
    assert [place.key for place in way] == ["plan", "work", "check"]
    assert [one.mark_before for one in way[1].attempts] == ["0.1/1", "0.2/1", "1.0/1"], "undone together"
    assert last_places(way, 2)[0].first.mark_before == "0.1/1"


def test_a_step_that_is_gone_on_with_is_one_step_and_begins_where_it_first_did() -> None:
    rows = [
        row("0.0", "plan"),
        row("0.1", "work", ABORTED),
        row("1.0", "work", attempt=1),
        row("1.0", "work", attempt=2),
    ]
    (last,) = last_places(way_of(rows), 1)
    assert (last.key, last.first.mark_before) == ("work", "0.1/1")


def test_what_was_taken_back_is_not_on_the_way_and_what_was_aborted_is_not_counted() -> None:
    rows = [row("0.0", "plan"), row("0.1", "work", why=ROLLED_BACK), row("1.0", "work", ABORTED)]
    way = way_of(rows)
    assert [place.key for place in way] == ["plan", "work"]
    assert [place.key for place in last_places(way, 1)] == ["plan", "work"], "it goes with the step before it"
    with pytest.raises(RollbackRefused, match="Give 1 to 1"):
        last_places(way, 2)
    with pytest.raises(RollbackRefused, match="has done nothing yet"):
        last_places((), 1)


def test_effects_belong_to_the_side_of_their_step_whatever_the_clocks_say() -> None:
    way = way_of([row("0.0", "branch", at=10), row("0.1", "pull", at=20)])
    undone = last_places(way, 1)
    back = back_to(way, undone, [effect(1, "branch", 99), effect(2, "pull", 1), effect(3, "rollback", 99)])
    assert (back.steps, back.mark, back.effects) == (("pull",), "0.1/1", frozenset({2}))


def test_effects_of_a_step_on_both_sides_belong_where_their_time_says() -> None:
    way = way_of([row("0.0", "pull", at=10), row("0.1", "update", at=20), row("0.2", "pull", at=30)])
    back = back_to(way, last_places(way, 1), [effect(1, "pull", 11), effect(2, "pull", 31)])
    assert back.effects == {2}


def test_effects_of_a_step_that_was_aborted_go_with_the_last_one_that_ended() -> None:
    way = way_of([row("0.0", "commit", at=10), row("0.1", "pull", ABORTED, at=20)])
    back = back_to(way, last_places(way, 1), [effect(1, "pull", 21)])
    assert (back.steps, back.effects) == (("commit",), frozenset({1}))


# --- steps that ran at once ------------------------------------------------------------------

BOTH = Passage(0, 1, ("left", "right"), ("left", "right"))


def member(place: str, key: str, passage: Passage, status: StepStatus = DONE) -> StepRun:
    return replace(row(place, key, status), state_before=passage.in_state)


def test_where_one_of_those_that_ran_at_once_is_made_again_its_sibling_stands() -> None:
    left = replace(BOTH, segment=1, ordinal=0, make=("left",))
    rows = [
        row("0.0", "first"),
        member("0.1", "left", BOTH, FAILED),
        member("0.2", "right", BOTH),
        member("1.0", "left", left),
        row("1.2", "last"),
    ]
    way = way_of(rows)
    assert [place.key for place in way] == ["first", "right", "left", "last"]
    assert [one.mark_before for one in way[2].attempts] == ["0.1/1", "1.0/1"]
    assert [place.key for place in last_places(way, 2)] == ["left", "last"]


def test_where_all_that_ran_at_once_are_made_again_each_takes_its_own_place() -> None:
    both = replace(BOTH, segment=1, ordinal=0)
    rows = [
        row("0.0", "first"),
        member("0.1", "left", BOTH),
        member("0.2", "right", BOTH),
        row("0.3", "last"),
        member("1.0", "left", both),
        member("1.1", "right", both),
    ]
    way = way_of(rows)
    assert [(place.key, len(place.attempts)) for place in way] == [("first", 1), ("left", 3), ("right", 2)]


# --- a step that was skipped -----------------------------------------------------------------

PLACES = (("plan",), ("work",), ("check",), ("move",))


def test_a_segment_that_goes_on_behind_a_skipped_step_does_not_take_the_place_of_an_earlier_round() -> None:
    rows = [
        row("0.0", "plan"),
        row("0.1", "work"),
        row("0.2", "check"),
        row("0.3", "work", FAILED),
        row("1.0", "check"),
    ]
    assert [place.key for place in way_of(rows, PLACES)] == ["plan", "work", "check", "work", "check"]
    back = [*rows[:-1], replace(rows[-1], mark_before=rows[2].mark_before)]
    assert [place.key for place in way_of(back, PLACES)] == ["plan", "work", "check"], "it went back to the first round"
