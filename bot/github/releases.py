"""Releases, and the drafts of them that only those see who may write."""

from __future__ import annotations

from typing import Any

from bot.github.conversation import user_info
from bot.github.errors import NotFound
from bot.github.place import Place
from bot.github.values import ReleaseInfo


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


def _release(found: Any) -> ReleaseInfo:
    return ReleaseInfo(
        id=found["id"],
        tag=found["tag_name"],
        body=found.get("body") or "",
        author=user_info(found.get("author")),
        draft=bool(found.get("draft")),
        url=found.get("html_url") or "",
    )
