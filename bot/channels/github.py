"""Runs on GitHub: as a comment on the issue, and a check on the pull request."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.channels.channel import Card
from bot.channels.github_surfaces import COMMENT, Board, cards, comment_target
from workflows.store import posts
from workflows.store.database import Store
from workflows.store.records import Run, Snapshot

FORGE = "github"
"""What the inputs of our runs say under "forge"."""


class Boards(Protocol):
    """GitHub, as far as runs are shown there."""

    def repository(self, installation: int, full_name: str, number: int = 0) -> Board: ...


@dataclass(frozen=True, slots=True)
class GitHubChannel:
    """A `bot.channels.channel.Channel`: one comment and one check for each run that came from GitHub.

    `pace` is the least time in seconds between two edits of one run's comment. `redact` takes secrets out of a text.
    `commands` are those that the comment may suggest.
    """

    store: Store
    github: Boards
    redact: Callable[[str], str]
    commands: Collection[str] = ()
    web_url: str = "https://github.com"
    pace: float = 15.0
    name = COMMENT

    async def targets(self, run: Run) -> Sequence[str]:
        return (comment_target(run),) if run.inputs.get("forge") == FORGE else ()

    async def cards(self, snapshot: Snapshot, target: str) -> Sequence[Card]:
        inputs = snapshot.run.inputs
        number = int(inputs.get("repository_id") or 0)
        board = self.github.repository(int(inputs["installation"]), str(inputs["repository"]), number)
        link = await progress_link(self.store, self.web_url, snapshot.run)
        return cards(snapshot, time.time(), self.commands, self.redact, link, board)

    def seconds(self, target: str) -> float:
        return self.pace

    async def behind(self, *, since: float, until: float, at_rest: bool) -> list[str]:
        return await self.store.read(posts.behind, COMMENT, FORGE, since=since, until=until, at_rest=at_rest)


async def progress_link(store: Store, web_url: str, run: Run) -> str:
    """The address of a run's progress comment, "" while there is none."""
    post = await store.read(posts.find, run.id, COMMENT, comment_target(run))
    if post is None or not post.external_id:
        return ""
    where = f"{run.subject.repository}/issues/{run.subject.told_on}"
    return f"{web_url.rstrip('/')}/{where}#issuecomment-{post.external_id}"
