"""Rows as values: what the queries give back."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from workflows.errors import RunError
from workflows.subject import Subject, subject_of
from workflows.values import Options, RunStatus, Spent, StepStatus, to_json


@dataclass(frozen=True, slots=True)
class Run:
    """A run. `inputs` is what it was started with and never changes; `state` is what its steps gathered."""

    id: str
    workflow: str
    version: int
    status: RunStatus
    repository: str
    title: str
    inputs: Mapping[str, Any]
    options: Options
    state: Mapping[str, Any]
    current_step: str
    segment: int
    generation: int
    error_text: str = ""
    advice: tuple[str, ...] = ()
    active_key: str | None = None
    created_at: float = 0.0
    updated_at: float = 0.0
    ended_at: float | None = None
    installation: str = ""
    admitted: int = -1
    """The last segment that was given a place; a pending run with a newer one waits in line."""
    definition: str = ""
    """The digest of what it was begun with, "" for a run that was begun before that was kept."""
    cleaned_at: float | None = None
    """Since when only the run's row, its audit and its bill are left."""

    @property
    def subject(self) -> Subject:
        """What it is about."""
        return subject_of(self.inputs, self.repository)

    @property
    def cleaned_on(self) -> str:
        """The day on which its records were cleaned up, "" while they are there."""
        return "" if self.cleaned_at is None else time.strftime("%Y-%m-%d", time.gmtime(self.cleaned_at))

    def need_records(self) -> None:
        """RunError where its steps, transcript and journal were cleaned up, so that nothing can go on from them."""
        if self.cleaned_on:
            raise RunError(
                f"The records of run {self.id} were cleaned up on {self.cleaned_on}, long after it had ended.",
                "Start a new run.",
            )

    @property
    def called(self) -> str:
        """Its repository as people know it: under the name of the day on which this run was started.

        `repository` is the one name for all runs of a repository, that of its first one.
        """
        name = self.inputs.get("repository")
        return f"{self.repository.partition('/')[0]}/{name}" if name else self.repository

    @property
    def machine(self) -> str:
        """The only machine that can work on it, "" where any can: a local repository is in one place."""
        return str(self.inputs.get("machine", ""))

    @property
    def has_place(self) -> bool:
        """Whether its segment was given a place, which it has until it ends, waits or is set aside."""
        return self.admitted >= self.segment

    @property
    def in_line(self) -> bool:
        """Whether it waits for a place to work."""
        return self.status is RunStatus.PENDING and not self.has_place

    @property
    def standing(self) -> RunStatus:
        """Its status as people are told it: who has a place is at work, though the first step has not begun yet."""
        begins = self.status is RunStatus.PENDING and self.has_place
        return RunStatus.RUNNING if begins else self.status


@dataclass(frozen=True, slots=True)
class StepRun:
    """One attempt at a step. `next` is what the walker was told when it ended."""

    run_id: str
    segment: int
    ordinal: int
    attempt: int
    key: str
    status: StepStatus
    summary: str = ""
    reason: str = ""
    output: str = ""
    next: Mapping[str, Any] = field(default_factory=dict)
    state_before: Mapping[str, Any] = field(default_factory=dict)
    mark_before: str = ""
    mark_after: str = ""
    started_at: float = 0.0
    ended_at: float | None = None
    worker: str = ""
    """Whose process makes it (`Member.mark`)."""
    death: str = ""
    """What the end of that process says about it (`workflows.store.cluster.deaths`), "" where it did not die of one."""


@dataclass(frozen=True, slots=True)
class Question:
    """A wait: what a run asks a person, and the answer once there is one."""

    run_id: str
    segment: int
    step: str
    kind: str
    question: str
    binding: str
    default_action: str
    asked_at: float
    expires_at: float | None = None
    answered_at: float | None = None
    answer: str = ""
    reason: str = ""
    answered_by: str = ""
    reminded_at: float | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing of a repository is worked on, with "" of any; `at` in seconds since the epoch."""

    repository: str
    who: str
    source: str
    why: str
    at: float

    @property
    def what(self) -> str:
        """`Everything`, or the repository."""
        return self.repository or "Everything"

    @property
    def sentence(self) -> str:
        """What is paused since when, by whom and why, for whoever runs the server."""
        since = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(self.at))
        why = f": {self.why.rstrip('.')}." if self.why else "."
        return f"{self.what} is paused since {since} by {self.who}{why}"

    @property
    def ended_by(self) -> str:
        """The command that ends it."""
        where = f" --repository {self.repository.partition('/')[2]}" if self.repository else ""
        return f"pullwright unpause{where}"


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """A step or wait as it was declared; `exits` and `rejected` name items, `needs` and `gives` are (key, JSON kind).

    `expires` is in seconds; it and `default` belong to waits. Of a "parallel" the `members` are what runs at once.
    """

    key: str
    title: str
    kind: Literal["step", "wait", "parallel"]
    exits: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[tuple[str, str], ...] = ()
    gives: tuple[tuple[str, str], ...] = ()
    conditional: bool = False
    optional: bool = False
    rejected: str = ""
    expires: float | None = None
    default: Literal["abort", "approve", "keep"] | None = None
    members: tuple[ItemRecord, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The keys under which a walk can come to it."""
        return (self.key, *(member.key for member in self.members))

    def to_json(self) -> dict[str, Any]:
        """As it is kept. What does not run at once is kept as it was before anything could, so its digest stays."""
        plain: dict[str, Any] = to_json(self)
        if not self.members:
            del plain["members"]
        else:
            plain["members"] = [member.to_json() for member in self.members]
        return plain


@dataclass(frozen=True, slots=True)
class DefinitionRecord:
    """A definition as it was when a run started: (key, title) of each step, and how they hang together.

    Steps that run at once stand among `steps` each by itself.

    `items` is empty for one that was kept before that was kept, too.
    """

    name: str
    version: int
    title: str
    steps: tuple[tuple[str, str], ...]
    items: tuple[ItemRecord, ...] = ()
    on_failure: str = ""

    @property
    def digest(self) -> str:
        """What this very shape is known by, "" for one without items."""
        if not self.items:
            return ""
        whole = {**to_json(self), "items": [item.to_json() for item in self.items]}
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def places(self) -> tuple[tuple[str, ...], ...]:
        """The keys by which each place of a walk is known: of what runs at once that of all, and the members'."""
        return tuple(item.names for item in self.items) or tuple((key,) for key, _ in self.steps)

    def place(self, key: str) -> tuple[str, ...]:
        """The keys of the place to which that one leads."""
        return next((names for names in self.places if key in names), (key,))

    def whole_of(self, key: str) -> str:
        """The key of all that runs at once with a step, "" where nothing does."""
        names = self.place(key)
        return names[0] if len(names) > 1 else ""

    def title_of(self, key: str) -> str:
        """What people read for a step, or for steps that run at once; the key itself where there is none."""
        titles = {item.key: item.title for item in self.items} | dict(self.steps)
        return titles.get(key, key)

    def is_optional(self, key: str) -> bool:
        """Whether a run can do without that step."""
        every = (one for item in self.items for one in (item, *item.members))
        return any(one.key == key and one.optional for one in every)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a reporter needs to show a run, read in one transaction."""

    run: Run
    definition: DefinitionRecord
    steps: tuple[StepRun, ...]
    question: Question | None
    spent: Spent
    before: int | None = None
    """How many runs are before it in line; None where it is not in line, or far from the front."""
    pause: Pause | None = None
    """What keeps it from being worked on, while there is something left to do."""
