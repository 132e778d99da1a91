"""What a workflow is made of: a name and a tuple of declared steps and waits.

A workflow is a value. A step is an async function from a context to a result; expected
failures are results too. Definitions are checked when they are made, so a workflow that
contradicts itself never starts.
"""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import InitVar, dataclass, field
from datetime import timedelta
from typing import Any, Generic, Literal, TypeVar

from workflows.advice import Advice
from workflows.errors import DefinitionError
from workflows.values import Then

Json = Any
"""Whatever `json.dumps` takes: state is plain, small and survives a replay unchanged."""

State = Mapping[str, Json]

Context = TypeVar("Context")


@dataclass(frozen=True, slots=True)
class Done:
    """The step is finished. `state` is merged into the run's state; `summary` stands behind its title."""

    state: State = field(default_factory=dict)
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Exit:
    """The step is finished and leaves by another way than the usual one; the definition says where that leads.

    A step knows its exits by what they mean ("rework"), and no other step.
    """

    name: str
    state: State = field(default_factory=dict)
    summary: str = ""


@dataclass(frozen=True, slots=True)
class WaitFor:
    """The step needs an answer from a person; it runs again with `state["answer"]` set."""

    question: str
    state: State = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """The step failed in an expected way. `advice` are next actions, most useful first.

    `output` is the end of what was printed; `lasting` says that trying it again as it is would change nothing.
    """

    reason: str
    advice: tuple[Advice, ...] = ()
    output: str = ""
    state: State = field(default_factory=dict)
    lasting: bool = False


Result = Done | Exit | WaitFor | Failed


@dataclass(frozen=True, slots=True)
class Slot:
    """One entry of a run's state: its key, and which kind of JSON it holds."""

    key: str
    kind: type

    def is_in(self, state: State) -> bool:
        """Whether a state holds it; nothing at all counts, as where a step was left out."""
        return self.key in state and (state[self.key] is None or isinstance(state[self.key], self.kind))


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a step that raised TransientError is tried, and how long between (doubling, in seconds)."""

    attempts: int = 3
    first: float = 2.0
    most: float = 120.0

    def delay(self, attempt: int, asked: float | None = None) -> float:
        """Seconds to wait after failed attempt number `attempt`; what the other side asked for wins."""
        if asked is not None:
            return min(asked, 3600.0)
        return float(min(self.first * 2 ** (attempt - 1), self.most))


@dataclass(frozen=True, slots=True)
class Step(Generic[Context]):
    """One step. `key` is what commands name; `title` is what people read.

    `when` skips the step where it is false. `exits` say to which step each of its exits leads, `makers`
    which step makes what it may suggest to be made anew (see `workflows.advice`).
    `needs` is what the state must hold before it, `gives` what it holds afterwards. `resumes`
    says that after a crash the step goes on from its own records; any other step is repeated
    from the workspace as it was before it. `skipped` is what the state gains where the step
    failed and is left out; None: the run cannot do without it.
    """

    key: str
    title: str
    run: Callable[[Context], Awaitable[Result]]
    when: Callable[[State], bool] | None = None
    exits: Mapping[str, str] = field(default_factory=dict)
    makers: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[Slot, ...] = ()
    gives: tuple[Slot, ...] = ()
    retry: Retry = Retry()
    resumes: bool = False
    skipped: State | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause for a person's yes or no, asked only where `when` holds.

    `question` is made from the state; `binding` is a digest of what the answer is about, so
    that an answer to something older does not count. A no goes on at `rejected` (with the
    reason in `state["rejection"]`), or ends the run where that is empty. When nobody answers
    within `expires`, `default` is done.
    """

    key: str
    title: str
    question: Callable[[State], str]
    when: Callable[[State], bool] | None = None
    binding: Callable[[State], str] = lambda state: ""
    rejected: str = ""
    expires: timedelta = timedelta(days=7)
    default: Literal["abort", "approve", "keep"] | None = "abort"


Item = Step[Context] | Wait


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
        _check(self.name, self.items)
        _check_state(self.name, self.items, *(begun or (self.items[0].key, {})))

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(item.key for item in self.items)

    def item(self, key: str) -> Item[Context]:
        """The item of that key; DefinitionError names the keys there are."""
        for item in self.items:
            if item.key == key:
                return item
        close = difflib.get_close_matches(key.lower(), self.keys, 1)
        meant = f"Did you mean {close[0]}? " if close else ""
        raise DefinitionError(
            f"Workflow {self.name} has no step {key!r}.", f"{meant}Its steps: {', '.join(self.keys)}."
        )

    @property
    def optional(self) -> tuple[str, ...]:
        """The keys of the steps that can be left out where they fail."""
        return tuple(item.key for item in self.items if isinstance(item, Step) and item.skipped is not None)

    def after(self, key: str) -> str | None:
        """The key behind `key`, None at the end."""
        index = self.keys.index(self.item(key).key) + 1
        return self.keys[index] if index < len(self.keys) else None


def _check(name: str, items: tuple[Item[Any], ...]) -> None:
    keys = [item.key for item in items]
    if not keys:
        raise DefinitionError(f"Workflow {name} has no steps.")
    for key in keys:
        if keys.count(key) > 1:
            raise DefinitionError(f"Workflow {name} has two steps called {key!r}.", "Give each its own key.")
    for item in items:
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
        if isinstance(item, Wait) and item.default is None:
            raise DefinitionError(
                f"Wait {item.key!r} of workflow {name} does not say what happens when nobody answers.",
                'Set default to "abort", "approve" or "keep".',
            )
        if isinstance(item, Wait) and item.expires <= timedelta(0):
            raise DefinitionError(f"Wait {item.key!r} of workflow {name} expires before it begins.")


def _check_state(name: str, items: tuple[Item[Any], ...], at: str, state: State) -> None:
    """Whatever way leads from a step to another, the state holds what that needs: what all ways to it give for sure."""
    keys = [item.key for item in items]
    sure: dict[str, frozenset[Slot] | None] = dict.fromkeys(keys)
    wanted = {slot for item in items if isinstance(item, Step) for slot in item.needs}
    sure[at] = frozenset(slot for slot in wanted if slot.is_in(state))
    waiting = [at]
    while waiting:
        index = keys.index(waiting.pop())
        known = sure[keys[index]]
        assert known is not None, "only what was reached is looked at"
        for target, given in _ways(items, index):
            reached, before = known | given, sure[target]
            now = reached if before is None else before & reached
            if now != before:
                sure[target] = now
                waiting.append(target)
    for item in items:
        needs = item.needs if isinstance(item, Step) else ()
        known = sure[item.key]
        missing = [] if known is None else [slot for slot in needs if slot not in known]
        if missing:
            what = f"{missing[0].key!r} ({missing[0].kind.__name__})"
            raise DefinitionError(
                f"Step {item.key!r} of workflow {name} needs {what}, which is not there on every way to it.",
                "Put a step that gives it before, which is neither left out nor skipped.",
            )


def _ways(items: tuple[Item[Any], ...], at: int) -> Iterator[tuple[str, frozenset[Slot]]]:
    """Where one item may lead, with what is certainly in the state then besides."""
    item = items[at]
    after = items[at + 1].key if at + 1 < len(items) else None
    if isinstance(item, Wait):
        yield from ((key, frozenset[Slot]()) for key in (after, item.rejected) if key)
        return
    given = frozenset(item.gives)
    if after is not None:
        if item.when is not None:
            given = frozenset()
        if item.skipped is not None:
            given = frozenset(slot for slot in given if slot.key in item.skipped)
        yield after, given
    yield from ((target, frozenset[Slot]()) for target in item.exits.values())
