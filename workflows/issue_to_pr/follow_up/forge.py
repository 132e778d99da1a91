"""What a follow-up asks of a forge: what was said on a pull request, and what its checks came to."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from workflows.effects.conversation.reply import ReplyOperations
from workflows.effects.items import CodeComment, FailedCheck, PullInfo, ReviewInfo, ThreadInfo


@runtime_checkable
class FollowUpForge(ReplyOperations, Protocol):
    """A forge with pull requests on which people and programs speak."""

    async def pull(self, number: int) -> PullInfo: ...

    async def permission(self, login: str) -> str:
        """What somebody is in the repository: none, read, triage, write, maintain or admin."""
        ...

    async def code_comments(self, number: int) -> list[CodeComment]:
        """All comments on the code, oldest first."""
        ...

    async def reviews(self, number: int) -> list[ReviewInfo]: ...

    async def review_threads(self, number: int) -> list[ThreadInfo]: ...

    async def failed_check(self, check: int) -> FailedCheck:
        """What a check says of itself. NotFound where it is gone."""
        ...

    async def conclusions(self, name: str, commit: str) -> list[str]:
        """What the checks of that name came to on a commit, or on a branch as it is now, the newest first."""
        ...
