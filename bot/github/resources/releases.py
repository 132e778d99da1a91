"""Releases, and the drafts of them that only those see who may write."""

from __future__ import annotations

from typing import Any

from bot.github.api.errors import NotFound
from bot.github.api.models import ReleaseInfo
from bot.github.api.resource import RepositoryResource
from bot.github.api.shape import Node
from bot.github.resources.issues import author_of


class Releases(RepositoryResource):
    """The part of a repository that is given out to its users."""

    async def releases(self) -> list[ReleaseInfo]:
        """All of them, the newest first, drafts among them."""
        return [_release(one) async for one in self._list("/releases", by=self._writer)]

    async def create_draft(self, tag: str, title: str, body: str, *, target: str) -> ReleaseInfo:
        """A draft of a release, which makes no tag yet; an answer that is lost does not make it two."""
        fields = {"tag_name": tag, "target_commitish": target, "name": title, "body": body, "draft": True}

        async def made() -> Any:
            async for one in self._list("/releases", by=self._writer):
                if one.flag("draft") and one.text("tag_name") == tag and self._says(one, body):
                    return one
            return None

        return _release(await self._create("/releases", fields, made))

    async def update_release(self, release: int, *, body: str | None = None, draft: bool | None = None) -> ReleaseInfo:
        """Change what is given and leave the rest; NotFound where it is gone."""
        fields = {name: value for name, value in (("body", body), ("draft", draft)) if value is not None}
        return _release(await self._write("PATCH", f"/releases/{release}", fields))

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
        target=found.words("target_commitish"),
        title=found.words("name"),
        was_out=found.filled("published_at"),
        files=len(list(found.some("assets"))),
    )
