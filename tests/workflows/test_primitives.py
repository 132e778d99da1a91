"""Definitions are checked when they are made."""

from datetime import timedelta
from typing import Any

import pytest

from workflows.errors import DefinitionError
from workflows.primitives import Definition, Done, Result, Retry, Step, Wait


async def nothing(ctx: object) -> Result:
    return Done()


def step(key: str, *goto: str) -> Step[Any]:
    return Step(key, key.title(), nothing, goto=goto)


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


def test_a_definition_knows_what_comes_after_each_step() -> None:
    definition = Definition("w", "W", (step("a"), wait(), step("b", "a")))
    assert [definition.after(key) for key in definition.keys] == ["ask", "b", None]


def test_delays_double_up_to_a_bound_and_what_the_other_side_asks_for_wins() -> None:
    retry = Retry(attempts=9, first=2, most=10)
    assert [retry.delay(n) for n in (1, 2, 3, 4)] == [2, 4, 8, 10]
    assert retry.delay(1, asked=33) == 33
