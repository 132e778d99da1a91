"""GitHub as the forge of a run: branches and pull requests of the repository that it was started in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.github.errors import Gone, NotFound, Refused
from bot.github.repository import RepositoryClient
from bot.github.values import PullInfo
from sandbox.errors import RollbackRefused
from workflows.ports import Pull, PullDraft, Remote

log = logging.getLogger(__name__)


class Mirror(Protocol):
    """What git itself does to a branch; `sandbox.repository.Repository` does it."""

    def delete_branch(self, url: str, branch: str, expected: str, env: Mapping[str, str] | None = None) -> None: ...


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
        if info.archived or info.disabled:
            how = "archived" if info.archived else "disabled by GitHub"
            raise Gone(f"{info.full_name} is {how}, so nothing can be changed in it.", "Unarchive it to go on.")
        return info.default_branch

    async def branch_head(self, branch: str) -> str | None:
        return await self.client.branch(branch)

    async def open_pull(self, run_id: str, draft: PullDraft) -> Pull:
        """The open pull request of the branch, made or brought up to date.

        Labels and the request for a review are added to it where they can be: a pull request
        without them is better than none.
        """
        there = await self.client.find_pull(draft.branch)
        if there is None:
            pull = await self.client.create_pull(
                draft.title, draft.body, head=draft.branch, base=draft.base, draft=draft.draft
            )
        else:
            pull = await self.client.update_pull(there.number, title=draft.title, body=draft.body, base=draft.base)
        if pull.draft != draft.draft:
            await self._best("draft state", self.client.set_draft(pull, draft.draft))
        missing = [label for label in draft.labels if label not in pull.labels]
        if missing:
            await self._best("labels", self.client.add_labels(pull.number, *missing))
        if self._is_to_review(pull):
            await self._best("reviewer", self.client.request_reviewers(pull.number, self.reviewer))
        return Pull(pull.number, pull.url)

    async def close_pull(self, run_id: str, pull: Pull) -> None:
        """Close it; one that is gone is closed. RollbackRefused where it was merged."""
        try:
            there = await self.client.pull(pull.number)
        except NotFound:
            return
        if there.merged:
            raise RollbackRefused(
                f"Pull request #{pull.number} is merged already.", "Revert it on GitHub where it is to be undone."
            )
        if there.state != "closed":
            await self.client.update_pull(pull.number, state="closed")

    async def draft_pull(self, run_id: str, pull: Pull) -> None:
        """A repository whose plan knows no drafts keeps it as it is."""
        try:
            there = await self.client.pull(pull.number)
        except NotFound:
            return
        if there.state == "open" and not there.draft:
            await self._best("draft state", self.client.set_draft(there, True))

    async def delete_branch(self, branch: str, expected: str) -> None:
        """By git and not by the API, which would delete it wherever it points by now."""
        remote = await self.client.remote(write=True)
        await asyncio.to_thread(self.mirror.delete_branch, remote.url, branch, expected, remote.env)

    def _is_to_review(self, pull: PullInfo) -> bool:
        known = {login.lower() for login in (*pull.reviewers, pull.author.login)}
        return bool(self.reviewer) and self.reviewer.lower() not in known

    async def _best(self, what: str, effort: Awaitable[object]) -> None:
        """Do what a pull request can be without."""
        try:
            await effort
        except (Refused, Gone) as error:
            log.info("%s: the %s could not be set: %s", self.client.full_name, what, error)
