"""What a triage asks of a forge: what was said on the issue, the other issues, and the labels that there are."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from workflows.effects.conversation.issue_field import IssueFieldOperations
from workflows.effects.conversation.issue_type import IssueTypeOperations
from workflows.effects.conversation.labels import LabelOperations
from workflows.effects.items import CommentInfo, ListedIssue


@runtime_checkable
class IssueReading(Protocol):
    """A forge on which bugs are reported."""

    async def comments(self, number: int) -> list[CommentInfo]:
        """All of them, oldest first."""
        ...

    async def issues(self, most: int) -> list[ListedIssue]:
        """The issues that somebody touched last, open and closed ones; pull requests are none."""
        ...


@runtime_checkable
class LabelReading(Protocol):
    """A forge whose repositories have labels of their own."""

    async def known_labels(self) -> tuple[str, ...]:
        """The labels that the repository has."""
        ...

    async def labels(self, number: int) -> tuple[str, ...]:
        """Those of an issue; NotFound where there is none."""
        ...


@runtime_checkable
class Labelling(LabelReading, LabelOperations, Protocol):
    """One on which they can be put on issues."""


@runtime_checkable
class Typing(IssueTypeOperations, IssueFieldOperations, Protocol):
    """A forge whose owners may give issues types and fields."""

    async def issue_types(self) -> tuple[str, ...]:
        """The names of the types that there are; none where the owner has none."""
        ...
