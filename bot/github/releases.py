"""Releases, and the drafts of them that only those see who may write."""

from __future__ import annotations

from bot.github.api.errors import NotFound
from bot.github.api.models import ReleaseInfo
from bot.github.api.resource import Place
from bot.github.api.shape import Node
from bot.github.issues import author_of


class Releases(Place):
    """The part of a repository that is given out to its users."""

    async def releases(self) -> list[ReleaseInfo]:
        """All of them, the newest first, drafts among them."""
        return [_release(one) async for one in self._list("/releases", by=self._writer)]

    async def delete_release(self, release: int) -> None:
        """Delete one, and leave its tag; one that is gone already is fine."""
        try:
            await self._write("DELETE", f"/releases/{release}")
        except NotFound:
            return


def _release(found: Node) -> ReleaseInfo:
    return ReleaseInfo(
        id=found.number("id"),
        tag=found.text("tag_name"),
        body=found.words("body"),
        author=author_of(found, "author"),
        draft=found.flag("draft"),
        url=found.words("html_url"),
    )
