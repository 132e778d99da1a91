"""A definition knows its steps and their order."""

from typing import Any

from workflows.definition import Definition, Done, Parallel, Result, Retry, Slot, Step, Touches, Wait


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


def test_a_definition_knows_what_comes_after_each_step() -> None:
    definition = Definition("w", "W", (step("a"), wait(), step("b", "a")))
    assert [definition.after(key) for key in definition.keys] == ["ask", "b", None]


def test_delays_double_up_to_a_bound_and_what_the_other_side_asks_for_wins() -> None:
    retry = Retry(attempts=9, first=2, most=10)
    assert [retry.delay(n) for n in (1, 2, 3, 4)] == [2, 4, 8, 10]
    assert retry.delay(1, asked=33) == 33


def test_what_runs_at_once_has_a_key_for_all_and_one_for_each() -> None:
    both = at_once(beside("a", skipped={}), beside("b"))
    definition = Definition("w", "W", (step("first", "a"), both, wait(rejected="both"), step("last")))
    assert definition.keys == ("first", "both", "a", "b", "ask", "last")
    assert [definition.after(key) for key in definition.keys] == ["both", "ask", "ask", "ask", "last", None]
    assert [definition.place(key).key for key in definition.keys] == ["first", "both", "both", "both", "ask", "last"]
    assert [one.key for one in definition.steps] == ["first", "a", "b", "last"]
    assert definition.optional == ("a",)
