"""Definitions are checked when they are made."""

from datetime import timedelta
from typing import Any

import pytest

from workflows.definition import Definition, Done, Result, Retry, Slot, Step, Wait
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


def test_a_definition_knows_what_comes_after_each_step() -> None:
    definition = Definition("w", "W", (step("a"), wait(), step("b", "a")))
    assert [definition.after(key) for key in definition.keys] == ["ask", "b", None]


def test_delays_double_up_to_a_bound_and_what_the_other_side_asks_for_wins() -> None:
    retry = Retry(attempts=9, first=2, most=10)
    assert [retry.delay(n) for n in (1, 2, 3, 4)] == [2, 4, 8, 10]
    assert retry.delay(1, asked=33) == 33
