"""GitHub as the forge of a run: branches and pull requests of the repository that it was started in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.github.api.errors import Gone, Refused
from bot.github.repository import RepositoryClient, must_be_writable
from workflows.effects.code.branch import BranchOperations
from workflows.effects.code.release import ReleaseOperations
from workflows.effects.conversation.labels import LabelOperations, add_missing
from workflows.effects.conversation.pull import OpenPull, PullOperations
from workflows.effects.conversation.pull_text import bring_up_to_date
from workflows.effects.conversation.review import ReviewOperations
from workflows.effects.conversation.review_request import RequestReview, ReviewerOperations
from workflows.journal import Journal
from workflows.ports import Pull, PullDraft, Remote

log = logging.getLogger(__name__)


class Mirror(Protocol):
    """What git itself does to a branch; `sandbox.git.repository.Repository` does it."""

    def delete_branch(self, url: str, branch: str, expected: str, env: Mapping[str, str] | None = None) -> None: ...


class Operations(
    PullOperations, BranchOperations, LabelOperations, ReviewerOperations, ReviewOperations, ReleaseOperations, Protocol
):
    """All that kinds of effects ask of a forge."""


@dataclass(frozen=True, slots=True)
class GitHubForge:
    """`reviewer` is the login of whoever asked for the run, empty where nobody is to be asked for a review."""

    client: RepositoryClient
    mirror: Mirror
    reviewer: str = ""

    async def remote(self, *, write: bool = False) -> Remote:
        return await self.client.remote(write=write)

    async def default_base(self) -> str:
        """The default branch; Gone where the repository can only be read any more."""
        info = await self.client.info()
        must_be_writable(info)
        return info.default_branch

    async def branch_head(self, branch: str) -> str | None:
        return await self.client.branch(branch)

    async def open_pull(self, run_id: str, draft: PullDraft, journal: Journal) -> Pull:
        """The open pull request of the branch, made or brought up to date.

        Labels and the request for a review are added to it where they can be: a pull request
        without them is better than none.
        """
        there, opening = await self.client.find_pull(draft.branch), OpenPull(draft.branch, draft.commit)
        if there is None or await opening.begun(journal):
            there = await opening.do(journal, self.client, draft)
        pull = await bring_up_to_date(there, draft, journal, self.client)
        await self._best("labels", add_missing(pull.number, pull.labels, draft.labels, journal, self.client))
        if self.reviewer:
            request = RequestReview(pull.number, self.reviewer)
            await self._best("reviewer", request.do(journal, pull, self.client))
        return Pull(pull.number, pull.url, draft=pull.draft)

    def operations(self, run_id: str) -> Operations:
        return self.client

    async def delete_branch(self, branch: str, expected: str) -> None:
        """By git and not by the API, which would delete it wherever it points by now."""
        remote = await self.client.remote(write=True)
        await asyncio.to_thread(self.mirror.delete_branch, remote.url, branch, expected, remote.env)

    async def _best(self, what: str, effort: Awaitable[object]) -> None:
        """Do what a pull request can be without."""
        try:
            await effort
        except (Refused, Gone) as error:
            log.info("%s: the %s could not be set: %s", self.client.full_name, what, error)
