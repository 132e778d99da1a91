"""What a review asks of a forge: the pull request as it is, the issue that it names, and what became of its words."""

from __future__ import annotations

import re
from typing import Protocol, runtime_checkable

from workflows.effects.conversation.file_comment import FileCommentOperations
from workflows.effects.conversation.review import LineComment, ReviewOperations
from workflows.effects.items import PullInfo, ThreadInfo

_LINKED = re.compile(r"\b(?:clos|fix|resolv)(?:e|es|ed|ing)?\b[\s:]*#(\d{1,9})\b", re.IGNORECASE)


class IssueFacts(Protocol):
    """An issue, as far as a review needs it."""

    @property
    def title(self) -> str: ...

    @property
    def body(self) -> str: ...


@runtime_checkable
class PullReading(Protocol):
    """A forge that has pull requests to read."""

    async def pull(self, number: int) -> PullInfo: ...

    async def issue(self, number: int) -> IssueFacts:
        """NotFound where there is none."""
        ...


@runtime_checkable
class ReviewPosting(ReviewOperations, FileCommentOperations, Protocol):
    """A forge on which reviews are posted line by line, and their threads can be seen and resolved."""

    async def takes_comment(self, number: int, commit: str, comment: LineComment) -> bool:
        """Whether it would take a comment on those lines."""
        ...

    async def review_threads(self, number: int) -> list[ThreadInfo]: ...

    async def resolve_thread(self, thread: str, resolved: bool = True) -> None: ...


def linked(body: str) -> int:
    """The first issue that a pull request says it closes, 0 where it names none. A number in code counts as well."""
    return next(iter(all_linked(body)), 0)


def all_linked(body: str) -> list[int]:
    """All of them, each once, in their order."""
    return list(dict.fromkeys(int(found[1]) for found in _LINKED.finditer(body)))
