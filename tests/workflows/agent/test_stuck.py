"""Noticing circles."""

from __future__ import annotations

from workflows.agent.stuck import FORGIVEN, Watch


def watched(*seen: tuple[str, str, bool]) -> Watch:
    watch = Watch()
    for action, result, failed in seen:
        watch.see(action, result, failed=failed)
    return watch


SAME = ("ls", "a.py", False)
OTHER = ("cat a.py", "x", False)
FAILED = ("edit", "no match", True)


def test_the_same_call_with_the_same_result_four_times_is_a_circle() -> None:
    assert watched(SAME, SAME, SAME).trouble == ""
    assert watched(SAME, SAME, SAME, SAME).trouble == "the same call gave the same result 4 times"


def test_the_same_call_with_other_results_is_none() -> None:
    assert watched(*[("pytest", f"{number} failed", False) for number in range(9)]).trouble == ""


def test_durations_and_addresses_make_no_difference() -> None:
    results = [f"1 failed in {number}.{number}2s, <object at 0x7f00{number}abc>" for number in range(4)]
    assert watched(*[("pytest", result, False) for result in results]).trouble


def test_two_calls_to_and_fro_three_times_are_a_circle() -> None:
    assert watched(SAME, OTHER, SAME, OTHER, SAME).trouble == ""
    assert "alternate" in watched(SAME, OTHER, SAME, OTHER, SAME, OTHER).trouble


def test_three_failed_calls_in_a_row_are_a_circle_whatever_they_were() -> None:
    fails = [(f"edit {number}", "no match", True) for number in range(3)]
    assert watched(*fails[:2], OTHER, *fails[2:]).trouble == ""
    assert watched(*fails).trouble == "3 calls in a row failed"


def test_only_a_circle_after_a_nudge_is_stuck() -> None:
    watch = watched(SAME, SAME, SAME, SAME)
    assert not watch.stuck
    watch.nudged()
    assert watch.trouble == ""
    for _ in range(4):
        assert not watch.stuck
        watch.see(*SAME[:2], failed=False)
    assert watch.stuck


def test_a_nudge_is_forgotten_after_good_work() -> None:
    watch = watched(SAME, SAME, SAME, SAME)
    watch.nudged()
    for number in range(FORGIVEN):
        watch.see("work", str(number), failed=False)
    for _ in range(4):
        watch.see(*SAME[:2], failed=False)
    assert watch.trouble
    assert not watch.stuck
