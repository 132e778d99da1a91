"""Reviews of pull requests."""

from __future__ import annotations

from typing import Any

from bot.github.api.errors import NotFound
from bot.github.api.models import ReviewInfo
from bot.github.api.resource import Place
from bot.github.api.shape import Node
from bot.github.issues import author_of
from workflows.effects.review import Verdict


class Reviews(Place):
    """The part of a repository where changes are judged."""

    async def reviews(self, number: int) -> list[ReviewInfo]:
        """All reviews of a pull request that we may see, oldest first; our own pending one is among them."""
        return [_review(one) async for one in self._list(f"/pulls/{number}/reviews", by=self._writer)]

    async def create_review(self, number: int, body: str, verdict: Verdict, *, commit: str) -> ReviewInfo:
        """A review of what the pull request was at a commit; an answer that is lost does not make it two."""
        fields = {"body": body, "commit_id": commit} | ({"event": verdict} if verdict else {})

        async def made() -> Any:
            async for one in self._list(f"/pulls/{number}/reviews", by=self._writer):
                if author_of(one).login.lower() == self._credentials.bot_login.lower() and one.words("body") == body:
                    return one
            return None

        return _review(await self._create(f"/pulls/{number}/reviews", fields, made))

    async def dismiss_review(self, number: int, review: int, why: str) -> None:
        """Take a verdict back; it stays to be read. Refused for a review that gave none."""
        await self._write("PUT", f"/pulls/{number}/reviews/{review}/dismissals", {"message": why})

    async def delete_review(self, number: int, review: int) -> None:
        """Delete one that was not submitted; one that is gone is fine."""
        try:
            await self._write("DELETE", f"/pulls/{number}/reviews/{review}")
        except NotFound:
            return


def _review(found: Node) -> ReviewInfo:
    return ReviewInfo(
        id=found.number("id"),
        body=found.words("body"),
        author=author_of(found),
        state=found.text("state"),
        url=found.words("html_url"),
    )
