"""What a workflow is made of: a name and a tuple of declared steps and waits.

A workflow is a value. Definitions are checked when they are made, so a workflow that
contradicts itself never starts.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import InitVar, dataclass
from typing import Generic

from workflows.definition import checks
from workflows.definition.items import BESIDE as BESIDE
from workflows.definition.items import Context as Context
from workflows.definition.items import Done as Done
from workflows.definition.items import Exit as Exit
from workflows.definition.items import Failed as Failed
from workflows.definition.items import Item as Item
from workflows.definition.items import Json as Json
from workflows.definition.items import Parallel as Parallel
from workflows.definition.items import Result as Result
from workflows.definition.items import Retry as Retry
from workflows.definition.items import Slot as Slot
from workflows.definition.items import State as State
from workflows.definition.items import Step as Step
from workflows.definition.items import Touches as Touches
from workflows.definition.items import Wait as Wait
from workflows.definition.items import WaitFor as WaitFor
from workflows.errors import DefinitionError
from workflows.values import Then


@dataclass(frozen=True, slots=True)
class Definition(Generic[Context]):
    """A workflow: its name, the version of its shape, and its items in order.

    `on_failure` is what a failed step leads to where nobody configured anything else. `begun` is
    given for a run that stands at a step already: that step, and what the run's state holds there.
    """

    name: str
    title: str
    items: tuple[Item[Context], ...]
    version: int = 1
    on_failure: Then = Then.WAIT
    begun: InitVar[tuple[str, State] | None] = None

    def __post_init__(self, begun: tuple[str, State] | None) -> None:
        checks.check(self.name, self.items)
        checks.check_state(self.name, self.items, *(begun or (self.items[0].key, {})))

    @property
    def keys(self) -> tuple[str, ...]:
        """All that can be named, in order: what runs at once by the key of all, and then by its members'."""
        return tuple(key for item in self.items for key in checks.names_of(item))

    @property
    def steps(self) -> tuple[Step[Context], ...]:
        """All steps in order, members of a Parallel among them."""
        return tuple(self._steps())

    def _steps(self) -> Iterator[Step[Context]]:
        for item in self.items:
            if isinstance(item, Parallel):
                yield from item.members
            elif isinstance(item, Step):
                yield item

    def item(self, key: str) -> Item[Context]:
        """The item of that key, or the member of a Parallel; DefinitionError names the keys there are."""
        for item in (*self.items, *self.steps):
            if item.key == key:
                return item
        close = difflib.get_close_matches(key.lower(), self.keys, 1)
        meant = f"Did you mean {close[0]}? " if close else ""
        raise DefinitionError(
            f"Workflow {self.name} has no step {key!r}.", f"{meant}Its steps: {', '.join(self.keys)}."
        )

    def place(self, key: str) -> Item[Context]:
        """The item that stands where that key leads: of a member the Parallel that it belongs to."""
        found = self.item(key)
        return next((item for item in self.items if key in checks.names_of(item)), found)

    @property
    def optional(self) -> tuple[str, ...]:
        """The keys of the steps that can be left out where they fail."""
        return tuple(step.key for step in self.steps if step.skipped is not None)

    def after(self, key: str) -> str | None:
        """The key behind `key`, None at the end; behind a member is what comes when all of them have ended."""
        index = self.items.index(self.place(key)) + 1
        return self.items[index].key if index < len(self.items) else None
