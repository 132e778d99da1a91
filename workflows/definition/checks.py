"""Whether a definition holds together: its keys, where it leads, what may run at once, and what each step needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from workflows.definition.items import BESIDE, Item, Parallel, Slot, State, Step, Wait
from workflows.errors import DefinitionError

_NOTHING: frozenset[Slot] = frozenset()


def names_of(item: Item[Any]) -> tuple[str, ...]:
    """The keys under which a walk can come to an item."""
    return (item.key, *item.keys) if isinstance(item, Parallel) else (item.key,)


def check(name: str, items: tuple[Item[Any], ...]) -> None:
    """DefinitionError where keys, targets or what runs at once contradict each other."""
    keys = [key for item in items for key in names_of(item)]
    if not keys:
        raise DefinitionError(f"Workflow {name} has no steps.")
    if twice := [key for key, times in Counter(keys).items() if times > 1]:
        raise DefinitionError(f"Workflow {name} has two steps called {twice[0]!r}.", "Give each its own key.")
    for item in items:
        if isinstance(item, Parallel):
            _check_members(name, item)
        for step in item.members if isinstance(item, Parallel) else (item,):
            _check_targets(name, step, keys)
        if isinstance(item, Wait):
            _check_wait(name, item)


def _check_targets(name: str, item: Step[Any] | Wait, keys: list[str]) -> None:
    targets = tuple(item.exits.values()) if isinstance(item, Step) else ((item.rejected,) if item.rejected else ())
    for target in targets:
        if target not in keys:
            raise DefinitionError(
                f"Step {item.key!r} of workflow {name} goes to {target!r}, which is not there.",
                f"Its steps: {', '.join(keys)}.",
            )
    for what, maker in item.makers.items() if isinstance(item, Step) else ():
        if maker not in keys:
            raise DefinitionError(
                f"Step {item.key!r} of workflow {name} has {what!r} made by {maker!r}, which is not there.",
                f"Its steps: {', '.join(keys)}.",
            )


def _check_wait(name: str, item: Wait) -> None:
    if item.default is None:
        raise DefinitionError(
            f"Wait {item.key!r} of workflow {name} does not say what happens when nobody answers.",
            'Set default to "abort", "approve" or "keep".',
        )
    if item.expires <= timedelta(0):
        raise DefinitionError(f"Wait {item.key!r} of workflow {name} expires before it begins.")


def _check_members(name: str, item: Parallel[Any]) -> None:
    """What runs at once must not be able to disturb each other, in the tree, outside or in the run's state."""
    if len(item.members) < 2:
        raise DefinitionError(f"{item.key!r} of workflow {name} has nothing to run at once.", "Give it two steps.")
    given: dict[str, str] = {}
    for member in item.members:
        where = f"Step {member.key!r} of workflow {name} cannot run beside others in {item.key!r}"
        if not isinstance(member, Step):
            raise DefinitionError(f"{where}: it is no step.", "Put it before or behind.")
        if member.touches not in BESIDE:
            raise DefinitionError(
                f"{where}: {member.touches.value}.",
                "Put it before or behind, or declare what it `touches` where that is less.",
            )
        if member.exits:
            raise DefinitionError(f"{where}: it may leave by {next(iter(member.exits))!r}.", "Put it before or behind.")
        undeclared = [key for key in member.skipped or () if key not in {slot.key for slot in member.gives}]
        if undeclared:
            raise DefinitionError(
                f"{where}: left out, it changes {undeclared[0]!r}, which it does not give.", "Name it in `gives`."
            )
        for slot in member.gives:
            if slot.key in given:
                raise DefinitionError(f"{where}: {given[slot.key]!r} gives {slot.key!r}, too.", "Give each its own.")
            given[slot.key] = member.key
    for member in item.members:
        for slot in member.needs:
            if given.get(slot.key, member.key) != member.key:
                raise DefinitionError(
                    f"Step {member.key!r} of workflow {name} cannot run beside others in {item.key!r}: "
                    f"it needs {slot.key!r}, which {given[slot.key]!r} gives meanwhile.",
                    "Put it behind.",
                )


def check_state(name: str, items: tuple[Item[Any], ...], at: str, state: State) -> None:
    """Whatever way leads from a step to another, the state holds what that needs: what all ways to it give for sure."""
    ways = {key: list(_ways(items, index, key)) for index, item in enumerate(items) for key in names_of(item)}
    needs = {key: _needs(item, key) for item in items for key in names_of(item)}
    sure: dict[str, frozenset[Slot] | None] = dict.fromkeys(ways)
    sure[at] = frozenset(slot for wanted in needs.values() for _, slot in wanted if slot.is_in(state))
    waiting = [at]
    while waiting:
        key = waiting.pop()
        known = sure[key]
        assert known is not None, "only what was reached is looked at"
        for target, given in ways[key]:
            reached, before = known | given, sure[target]
            now = reached if before is None else before & reached
            if now != before:
                sure[target] = now
                waiting.append(target)
    for key, wanted in needs.items():
        known = sure[key]
        missing = [] if known is None else [(who, slot) for who, slot in wanted if slot not in known]
        if missing:
            who, slot = missing[0]
            raise DefinitionError(
                f"Step {who!r} of workflow {name} needs {slot.key!r} ({slot.kind.__name__}), "
                "which is not there on every way to it.",
                "Put a step that gives it before, which is neither left out nor skipped.",
            )


def _needs(item: Item[Any], key: str) -> list[tuple[str, Slot]]:
    """Which step needs what where a walk comes to an item under that key."""
    if isinstance(item, Parallel):
        return [(one.key, slot) for one in item.members if key in (item.key, one.key) for slot in one.needs]
    return [(key, slot) for slot in item.needs] if isinstance(item, Step) else []


def _ways(items: tuple[Item[Any], ...], at: int, key: str) -> Iterator[tuple[str, frozenset[Slot]]]:
    """Where one item may lead that was come to under that key, with what is certainly in the state then besides."""
    item = items[at]
    after = items[at + 1].key if at + 1 < len(items) else None
    if isinstance(item, Wait):
        yield from ((target, _NOTHING) for target in (after, item.rejected) if target)
        return
    made = [one for one in item.members if key in (item.key, one.key)] if isinstance(item, Parallel) else [item]
    if after is not None:
        yield after, frozenset(slot for one in made for slot in _gives(one))
    yield from ((target, _NOTHING) for one in made for target in one.exits.values())


def _gives(step: Step[Any]) -> frozenset[Slot]:
    """What is there for sure once a step is behind."""
    if step.when is not None:
        return _NOTHING
    return frozenset(slot for slot in step.gives if step.skipped is None or slot.key in step.skipped)
