"""Definitions are checked when they are made."""

from datetime import timedelta
from typing import Any

import pytest

from workflows.definition import Definition, Done, Parallel, Result, Slot, Step, Touches, Wait
from workflows.errors import DefinitionError


async def nothing(ctx: object) -> Result:
    return Done()


def step(key: str, *targets: str, needs: str = "", gives: str = "", **values: Any) -> Step[Any]:
    exits = {f"exit {number}": target for number, target in enumerate(targets)}
    slots = {"needs": slots_of(needs), "gives": slots_of(gives)}
    return Step(key, key.title(), nothing, exits=exits, **slots, **values)


def slots_of(words: str) -> tuple[Slot, ...]:
    return tuple(Slot(word, str) for word in words.split())


def wait(**values: Any) -> Wait:
    return Wait("ask", "Ask", question=lambda state: "?", **values)


def beside(key: str, touches: Touches = Touches.READS, **values: Any) -> Step[Any]:
    return step(key, touches=touches, **values)


def at_once(*members: Any) -> Parallel[Any]:
    return Parallel("both", "Both", members)


@pytest.mark.parametrize(
    ("items", "sentence"),
    [
        ((), "has no steps"),
        ((step("a"), step("a")), "two steps called 'a'"),
        ((step("a", "z"),), "goes to 'z', which is not there. Its steps: a"),
        ((wait(rejected="z"),), "goes to 'z'"),
        ((wait(default=None),), "does not say what happens when nobody answers"),
        ((wait(expires=timedelta(0)),), "expires before it begins"),
    ],
)
def test_a_definition_that_contradicts_itself_is_refused_with_the_remedy(items: Any, sentence: str) -> None:
    with pytest.raises(DefinitionError, match=r"[Ww]orkflow w|Wait") as refused:
        Definition("w", "W", items)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("items", "step_key"),
    [
        ((step("a", needs="x"),), "a"),
        ((step("a"), step("b", needs="x", gives="x")), "b"),
        ((step("a", gives="x", skipped={}), step("b", needs="x")), "b"),
        ((step("a", gives="x", when=lambda state: True), step("b", needs="x")), "b"),
        ((step("a", "c"), step("b", gives="x"), step("c", needs="x")), "c"),
        ((step("a", gives="x"), step("b", needs="y x")), "b"),
    ],
)
def test_a_step_that_would_run_without_what_it_needs_is_refused_with_step_and_key(items: Any, step_key: str) -> None:
    with pytest.raises(DefinitionError, match=rf"Step '{step_key}' of workflow w needs '[xy]' \(str\)"):
        Definition("w", "W", items)


def test_what_every_way_to_a_step_gives_is_enough() -> None:
    Definition(
        "w",
        "W",
        (step("a", gives="x"), step("b", "a", needs="x", gives="y"), wait(rejected="b"), step("c", needs="x y")),
    )
    Definition("w", "W", (step("a", gives="x", skipped={"x": None}), step("b", needs="x")))
    Definition("w", "W", (step("a", "c", gives="x"), step("b", gives="y"), step("c")))


def test_the_same_key_of_another_kind_is_another() -> None:
    with pytest.raises(DefinitionError, match="needs 'x' \\(list\\)"):
        Definition("w", "W", (step("a", gives="x"), Step("b", "B", nothing, needs=(Slot("x", list),))))


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ((beside("a"), beside("b", Touches.OUTSIDE)), "Step 'b' .* in 'both': it changes something outside"),
        ((beside("a", Touches.RUN_TREE), beside("b")), "Step 'a' .* in 'both': it writes the run's tree"),
        ((beside("a"), step("b")), "Step 'b' .* in 'both': it does not say that it only reads"),
        ((beside("a", gives="x"), beside("b", gives="y x")), "Step 'b' .*: 'a' gives 'x', too"),
        ((beside("a", gives="x"), beside("b", needs="x")), "Step 'b' .*: it needs 'x', which 'a' gives meanwhile"),
        ((beside("a", needs="x"), beside("b", gives="x")), "Step 'a' .*: it needs 'x', which 'b' gives meanwhile"),
        ((beside("a"), step("b", "first", touches=Touches.READS)), "Step 'b' .*: it may leave by 'exit 0'"),
        ((beside("a"), beside("b", skipped={"x": None})), "Step 'b' .*: left out, it changes 'x'"),
        ((beside("a"), wait()), "Step 'ask' .*: it is no step"),
        ((beside("a"), Parallel("more", "More", (beside("b"), beside("c")))), "Step 'more' .*: it is no step"),
        ((beside("a"),), "nothing to run at once"),
        ((), "nothing to run at once"),
        ((beside("a"), beside("a")), "two steps called 'a'"),
        ((beside("first"), beside("a")), "two steps called 'first'"),
        ((beside("both"), beside("a")), "two steps called 'both'"),
    ],
)
def test_what_could_disturb_each_other_is_refused_with_the_step_and_the_reason(members: Any, why: str) -> None:
    with pytest.raises(DefinitionError, match=why):
        Definition("w", "W", (step("first", gives="x"), at_once(*members)))


def test_what_runs_at_once_needs_and_gives_as_one_after_the_other_would() -> None:
    both = at_once(beside("a", needs="x", gives="y"), beside("b", Touches.OWN_TREES, gives="z"))
    Definition("w", "W", (step("first", gives="x"), both, step("last", needs="y z")))
    for first, last, missing in (("w", "y", "'a' of workflow w needs 'x'"), ("x", "v", "'last' of workflow w needs")):
        with pytest.raises(DefinitionError, match=missing):
            Definition("w", "W", (step("first", gives=first), both, step("last", needs=last)))
    for left_out in ({"when": lambda state: True}, {"skipped": {}}):
        unsure = at_once(beside("a", gives="y", **left_out), beside("b"))
        with pytest.raises(DefinitionError, match="Step 'last' of workflow w needs 'y'"):
            Definition("w", "W", (unsure, step("last", needs="y")))


def test_who_comes_to_a_member_alone_has_not_what_its_siblings_give() -> None:
    both = at_once(beside("a", gives="y"), beside("b", gives="z"))
    Definition("w", "W", (both, step("redo", "b"), step("last", needs="y z")))
    with pytest.raises(DefinitionError, match="Step 'last' of workflow w needs 'y'"):
        Definition("w", "W", (step("early", "b"), both, step("last", needs="y z")))


def test_a_maker_that_is_not_there_is_refused_with_the_steps_that_are() -> None:
    with pytest.raises(DefinitionError, match=r"has 'pull request' made by 'z', which is not there. Its steps: a, b"):
        Definition("w", "W", (step("a", makers={"pull request": "z"}), step("b")))


def test_what_one_way_to_a_step_lacks_is_missing_there_and_a_way_that_nobody_goes_is_none() -> None:
    with pytest.raises(DefinitionError, match=r"'c' of workflow w needs 'x' \(str\)"):
        Definition("w", "W", (step("a", "c"), step("b", gives="x"), step("c", needs="x")))
    Definition("w", "W", (step("a", gives="x"), step("b", "a"), step("c", needs="x")))


def test_what_a_rejected_wait_leads_to_has_what_was_there_before_it() -> None:
    Definition("w", "W", (step("a", gives="x"), wait(rejected="c"), step("b"), step("c", needs="x")))
    with pytest.raises(DefinitionError, match="needs 'x'"):
        Definition("w", "W", (step("a"), wait(rejected="c"), step("b", gives="x"), step("c", needs="x")))


def test_a_way_that_leads_back_does_not_give_what_stands_behind_it() -> None:
    with pytest.raises(DefinitionError, match=r"'a' of workflow w needs 'x'"):
        Definition("w", "W", (step("a", needs="x"), step("b", "a", gives="x")))


def test_a_long_workflow_with_ways_back_everywhere_is_checked() -> None:
    keys = [f"s{number}" for number in range(60)]
    items = tuple(step(key, *keys[:number:7], gives=key) for number, key in enumerate(keys))
    Definition("w", "W", items)
