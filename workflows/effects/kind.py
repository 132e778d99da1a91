"""What all kinds of effects have in common, and what surrounds one that is taken back."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from pathlib import Path
from typing import ClassVar, Self

from sandbox.git.history import Person
from sandbox.git.repository import Repository
from sandbox.journal import Effect, JournalEntry
from workflows.journal import Journal
from workflows.ports import Forge
from workflows.values import from_json

InUse = Callable[[str], str]
"""A sentence where somebody works on a branch of that name at this moment, "" where nobody does. May block."""


@dataclass(frozen=True, slots=True)
class RemoteEffect(ABC):
    """One effect. Its fields are the payload: what is needed to take it back where it is still as we left it.

    `kind` is the journal's word, a verb with its object, which stays as it is for the rows that are there;
    `undoing` says to people what taking it back would do; `needs` are protocols of which a forge's operations must
    fulfil one; none where git is enough.
    """

    kind: ClassVar[str]
    undoing: ClassVar[str]
    needs: ClassVar[tuple[type, ...]] = ()

    @property
    @abstractmethod
    def target(self) -> str:
        """What a person would call it."""

    @property
    def effect(self) -> Effect:
        """As the journal keeps it."""
        return Effect(self.kind, self.target, self.payload())

    def payload(self) -> dict[str, object]:
        """Plain JSON, from which `read` makes the same value."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def read(cls, payload: Mapping[str, object]) -> Self:
        """The value of a row, whenever it was written; pydantic's ValidationError where it is none of this kind."""
        known = {field.name for field in fields(cls)}
        return from_json(cls, {key: value for key, value in payload.items() if key in known})

    async def begun(self, journal: Journal) -> Mapping[str, object]:
        """The payload that an earlier attempt at this step was about to do the same with, empty where none was."""
        return await journal.begun(self.kind, self.target)

    async def earlier(self, journal: Journal) -> Mapping[str, object]:
        """That which one was about to do, or has done: what is found there is ours."""
        return await journal.earlier(self.kind, self.target)

    async def obstacle(self, back: UndoContext, entry: JournalEntry) -> str:
        """A sentence that says what stands in the way of undoing it, "" where nothing does. Changes nothing."""
        return ""

    @abstractmethod
    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        """Undo it: "" where it is gone, also before; a sentence where it was left as it is, and why.

        RollbackRefused where it is not as we left it and the rest depends on it. Can be repeated.
        """

    async def hand_over(self, back: UndoContext, entry: JournalEntry) -> None:  # noqa: B027 - most need none
        """Leave it to a person, who is to see that it is theirs now. Most things need no word for that."""


@dataclass(frozen=True, slots=True)
class JournaledEffect:
    """A row of the journal, with the effect that it holds."""

    entry: JournalEntry
    effect: RemoteEffect


@dataclass(frozen=True, slots=True)
class UndoContext:
    """What surrounds an effect that is taken back.

    `recorded` reads the run's effects anew, as they are now; `together` are those that are
    undone with it.
    """

    run_id: str
    forge: Forge
    operations: object
    """The forge's, of which each kind asks for a protocol of its own."""
    journal: Journal
    """Where the undoing itself is written down."""
    recorded: Callable[[], Awaitable[Sequence[JournaledEffect]]]
    together: Sequence[JournaledEffect]
    repository: Callable[[], Repository]
    """The host's mirror, for commits that take back others."""
    author: Person
    in_use: InUse
    signing_key: Path | None = None
    """What signs commits that take back others, where there is one."""

    def goes_too(self, wanted: Callable[[JournaledEffect], bool]) -> bool:
        """Whether such an effect is itself undone in this rollback."""
        return any(wanted(one) for one in self.together)


def digest(text: str) -> str:
    """What a text is known by, however its lines end and whatever blank space is around it."""
    plain = text.replace("\r\n", "\n").strip()
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: object) -> object:
    """A payload's value as JSON gives it back."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return list(value) if isinstance(value, tuple) else value
