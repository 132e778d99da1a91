"""A run goes on with the definition that it was begun with, as far as this version's steps still can.

The order of the steps, where their exits lead, their titles, how long waits last: all of that is
as it was. What a step does is this version's. So a step that was put in since is not made by runs
that were begun before, and a title that was changed stays as it was. Where a step that such a run
may still come to is gone, leaves by a way that led nowhere then, or needs what nothing gave then,
the run cannot go on, which is said with that difference. A step that was made already can be
retried: from there the run goes on with this version's definition, where its state then suffices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from workflows.definition import Definition, Item, Parallel, Slot, State, Step, Wait
from workflows.errors import DefinitionError, RunError
from workflows.store.database import Store
from workflows.store.records import DefinitionRecord, ItemRecord, Run
from workflows.store.run_rows import definition_rows
from workflows.values import Then

Context = TypeVar("Context")


class OtherDefinition(RunError):
    """A run was begun with a definition that this version cannot go on with; `known` are the steps that it has."""

    def __init__(self, run: Run, difference: str, known: tuple[str, ...] = ()) -> None:
        super().__init__(
            f"Run {run.id} was begun by another version of Pullwright, and this one cannot go on with it: {difference}",
            "Roll it back, retry a step that was made before and is there still, or start anew.",
        )
        self.known = known


def record_of(definition: Definition[Any]) -> DefinitionRecord:
    """A definition as it is kept beside its runs."""
    return DefinitionRecord(
        definition.name,
        definition.version,
        definition.title,
        tuple(_titled(definition)),
        tuple(_item_record(item) for item in definition.items),
        definition.on_failure.value,
    )


async def definition_for(
    store: Store, definitions: Mapping[str, Definition[Context]], run: Run, at: str, state: State | None = None
) -> Definition[Context]:
    """What a run goes on with at a step, with the state that it has (then). OtherDefinition where it cannot."""
    here = here_for(definitions, run)
    digest = record_of(here).digest
    if run.definition == digest:
        return here
    stored = await store.read(definition_rows.definition_of, run)
    if stored.digest == digest:
        return here
    try:
        return rewired(stored, here, at, run.state if state is None else state)
    except DefinitionError as error:
        raise OtherDefinition(run, error.sentence, here.keys) from None


def here_for(definitions: Mapping[str, Definition[Context]], run: Run) -> Definition[Context]:
    """This version's definition of a run's workflow: that of the same number, else the newest."""
    here = definitions.get(f"{run.workflow}@{run.version}") or definitions.get(run.workflow)
    if here is None:
        raise OtherDefinition(run, f"it has no workflow {run.workflow!r}.")
    return here


def begins_at(here: Definition[Context], at: str, state: State) -> bool:
    """Whether a run with that state can go on with a definition from one of its steps."""
    try:
        replace(here, begun=(here.item(at).key, state))
    except DefinitionError:
        return False
    return True


def rewired(stored: DefinitionRecord, here: Definition[Context], at: str, state: State) -> Definition[Context]:
    """The steps of this version as they were wired then, as far as a run that stands at `at` may come to them.

    DefinitionError says what makes that impossible.
    """
    items = {item.key: item for item in (*here.items, *here.steps)}
    then = stored.items or tuple(_of_before(key, title, items) for key, title in stored.steps)
    reached = _reached(then, at)
    return Definition(
        name=stored.name,
        title=stored.title,
        items=tuple(_rewired(item, items, reached) for item in then if reached & set(item.names)),
        version=stored.version,
        on_failure=Then(stored.on_failure) if stored.on_failure else here.on_failure,
        begun=(at, state),
    )


def _rewired(then: ItemRecord, items: Mapping[str, Item[Context]], reached: set[str]) -> Item[Context]:
    if then.kind == "parallel":
        return Parallel(then.key, then.title, tuple(_member(member, items, reached) for member in then.members))
    match item := items.get(then.key):
        case Step() if then.kind == "step":
            for name in item.exits:
                if name not in then.exits:
                    raise DefinitionError(f"step {then.key!r} may leave by {name!r}, which led nowhere then.")
            makers = {what: maker for what, maker in item.makers.items() if maker in reached}
            return replace(item, title=then.title, exits={name: then.exits[name] for name in item.exits}, makers=makers)
        case Wait() if then.kind == "wait":
            expires = item.expires if then.expires is None else timedelta(seconds=then.expires)
            return replace(item, title=then.title, rejected=then.rejected, expires=expires, default=then.default)
        case None:
            raise DefinitionError(f"in it there is no step {then.key!r}.")
        case _:
            raise DefinitionError(f"{then.key!r} is no {then.kind} in it.")


def _member(then: ItemRecord, items: Mapping[str, Item[Context]], reached: set[str]) -> Step[Context]:
    """A step that ran beside others then. One that this version does not let do so is refused with its Parallel."""
    step = _rewired(then, items, reached)
    assert isinstance(step, Step), "only steps are kept as members"
    return step


def _titled(definition: Definition[Any]) -> Iterator[tuple[str, str]]:
    """(key, title) of each step and wait, of steps that run at once each by itself."""
    for item in definition.items:
        for one in item.members if isinstance(item, Parallel) else (item,):
            yield one.key, one.title


def _reached(then: tuple[ItemRecord, ...], at: str) -> set[str]:
    """The keys that a walk from one of them may come to, by all ways."""
    places = {key: index for index, item in enumerate(then) for key in item.names}
    reached, waiting = set[str](), [at]
    if at not in places:
        raise DefinitionError(f"there was no step {at!r} then.")
    while waiting:
        key = waiting.pop()
        if key not in reached:
            reached |= {key, *then[places[key]].names}
            waiting += _next(then, places[key])
    return reached


def _next(then: tuple[ItemRecord, ...], index: int) -> Iterator[str]:
    item = then[index]
    yield from item.exits.values()
    if item.rejected:
        yield item.rejected
    if index + 1 < len(then):
        yield then[index + 1].key


def _of_before(key: str, title: str, items: Mapping[str, Item[Any]]) -> ItemRecord:
    """Of one of which no more was kept: as it is wired now."""
    item = items.get(key)
    return ItemRecord(key, title, "step") if item is None else replace(_item_record(item), title=title)


def _item_record(item: Item[Any]) -> ItemRecord:
    if isinstance(item, Parallel):
        members = tuple(_item_record(member) for member in item.members)
        return ItemRecord(item.key, item.title, "parallel", members=members)
    if isinstance(item, Wait):
        return ItemRecord(
            item.key,
            item.title,
            "wait",
            conditional=item.when is not None,
            rejected=item.rejected,
            expires=item.expires.total_seconds(),
            default=item.default,
        )
    return ItemRecord(
        item.key,
        item.title,
        "step",
        exits=dict(item.exits),
        needs=_slots(item.needs),
        gives=_slots(item.gives),
        conditional=item.when is not None,
        optional=item.skipped is not None,
    )


def _slots(slots: tuple[Slot, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((slot.key, slot.kind.__name__) for slot in slots)
