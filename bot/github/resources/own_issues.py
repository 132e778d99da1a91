"""Issues that this App opens itself, found again by a mark in their text."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.github.api.errors import NotFound
from bot.github.api.models import IssueInfo
from bot.github.api.resource import RepositoryResource
from bot.github.api.shape import Node
from bot.github.resources.issues import issue_info

_LOOK_BACK = timedelta(minutes=15)


class OwnIssues(RepositoryResource):
    """The part of a repository where the App speaks first."""

    async def own_issues(self, mark: str) -> list[IssueInfo]:
        """Our open issues whose text holds the mark, the oldest first."""
        found = [issue_info(one) async for one in self._own_issues(mark)]
        return sorted(found, key=lambda one: one.number)

    async def open_issue(self, title: str, body: str, mark: str) -> int:
        """A new issue, whose text holds the mark; its number. An answer that is lost does not make it two."""

        async def made() -> Any:
            async for one in self._own_issues(mark, since=datetime.now(UTC) - _LOOK_BACK):
                return one.value
            return None

        made_one = await self._create("/issues", {"title": title, "body": body}, made, by=self._talker)
        return made_one.number("number")

    async def reword_issue(self, number: int, body: str) -> None:
        """NotFound where somebody deleted it."""
        await self._write("PATCH", f"/issues/{number}", {"body": self._redact(body)}, by=self._talker)

    async def close_issue(self, number: int, body: str, reason: str = "completed") -> None:
        """With its last words, and GitHub's reason; one that is gone is fine."""
        try:
            fields = {"state": "closed", "state_reason": reason, "body": self._redact(body)}
            await self._write("PATCH", f"/issues/{number}", fields, by=self._talker)
        except NotFound:
            return

    async def _own_issues(self, mark: str, since: datetime | None = None) -> AsyncIterator[Node]:
        asked = {"creator": self._credentials.bot_login, "state": "open"}
        if since is not None:
            asked["since"] = since.strftime("%Y-%m-%dT%H:%M:%SZ")
        async for one in self._list("/issues", by=self._talker, **asked):
            if not one.has("pull_request") and mark in one.words("body"):
                yield one
