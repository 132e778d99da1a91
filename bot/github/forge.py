"""GitHub as the forge of a run: branches and pull requests of the repository that it was started in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.github.api.errors import Gone, NoDrafts, Refused
from bot.github.api.models import PullInfo
from bot.github.repository import RepositoryClient, must_be_writable
from bot.github.rollback import GitHubUndoing
from sandbox.journal import Entry
from workflows import effects
from workflows.effects import Journal
from workflows.ports import Pull, PullDraft, Remote
from workflows.text.pull_words import NOT_VERIFIED, speaks, spoken

log = logging.getLogger(__name__)


class Mirror(Protocol):
    """What git itself does to a branch; `sandbox.git.repository.Repository` does it."""

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
        must_be_writable(info)
        return info.default_branch

    async def branch_head(self, branch: str) -> str | None:
        return await self.client.branch(branch)

    async def open_pull(self, run_id: str, draft: PullDraft, journal: Journal) -> Pull:
        """The open pull request of the branch, made or brought up to date.

        Labels and the request for a review are added to it where they can be: a pull request
        without them is better than none.
        """
        there = await self.client.find_pull(draft.branch)
        if there is None or await journal.begun("open_pull", draft.branch):
            there = await self._made(draft, journal)
        pull = await self._brought_up(there, draft, journal)
        await self._best("labels", self._labelled(pull, draft.labels, journal))
        await self._best("reviewer", self._review_asked(pull, journal))
        return Pull(pull.number, pull.url, draft=pull.draft)

    async def obstacle(self, run_id: str, entry: Entry) -> str:
        return await GitHubUndoing(self.client, run_id).obstacle(entry)

    async def undo(self, run_id: str, entry: Entry) -> str:
        return await GitHubUndoing(self.client, run_id).undo(entry)

    async def hand_over(self, run_id: str, entry: Entry) -> None:
        await GitHubUndoing(self.client, run_id).hand_over(entry)

    async def delete_branch(self, branch: str, expected: str) -> None:
        """By git and not by the API, which would delete it wherever it points by now."""
        remote = await self.client.remote(write=True)
        await asyncio.to_thread(self.mirror.delete_branch, remote.url, branch, expected, remote.env)

    async def _made(self, draft: PullDraft, journal: Journal) -> PullInfo:
        """A new pull request, or the one that an interrupted attempt made."""
        made: list[PullInfo] = []

        async def open_() -> dict[str, object]:
            try:
                made.append(await self._create(draft.title, draft.body, draft, draft=draft.draft))
            except NoDrafts:
                made.append(await self._create(*spoken(draft.title, draft.body, NOT_VERIFIED), draft, draft=False))
            return {"number": made[0].number, "url": made[0].url}

        await journal.do(effects.open_pull(draft.branch, draft.commit), open_)
        return made[0]

    async def _create(self, title: str, body: str, given: PullDraft, *, draft: bool) -> PullInfo:
        return await self.client.create_pull(title, body, head=given.branch, base=given.base, draft=draft)

    async def _brought_up(self, pull: PullInfo, draft: PullDraft, journal: Journal) -> PullInfo:
        """Title, text, base and draft state as they are wanted; words stand for a draft that cannot be had."""
        in_words = draft.draft and not pull.draft and speaks(pull.body)
        title, body = spoken(draft.title, draft.body, NOT_VERIFIED) if in_words else (draft.title, draft.body)
        before = {"title": pull.title, "body": pull.body, "draft": pull.draft}
        after = {"title": title, "body": effects.digest(body), "draft": draft.draft and not in_words}
        begun = await journal.begun("update_pull", f"#{pull.number}")
        if not begun and before | {"body": effects.digest(pull.body)} == after and pull.base == draft.base:
            return pull
        now: list[PullInfo] = []

        async def update() -> dict[str, object]:
            changed = await self.client.update_pull(pull.number, title=title, body=body, base=draft.base)
            if changed.draft != after["draft"]:
                changed = await self._set_draft(changed, draft)
            now.append(changed)
            return {"title": changed.title, "body": effects.digest(changed.body), "draft": changed.draft}

        earlier = begun.get("before")
        before = dict(earlier) if isinstance(earlier, Mapping) else before
        await journal.do(effects.update_pull(pull.number, before, after), update)
        return now[0]

    async def _set_draft(self, pull: PullInfo, draft: PullDraft) -> PullInfo:
        try:
            await self.client.set_draft(pull, draft.draft)
        except (Refused, Gone) as error:
            log.info("%s: the draft state could not be set: %s", self.client.full_name, error)
            if not draft.draft:
                return pull
            title, body = spoken(draft.title, draft.body, NOT_VERIFIED)
            return await self.client.update_pull(pull.number, title=title, body=body)
        return replace(pull, draft=draft.draft)

    async def _labelled(self, pull: PullInfo, labels: Sequence[str], journal: Journal) -> None:
        begun = (await journal.begun("add_labels", f"#{pull.number}")).get("labels")
        missing = [label for label in labels if label not in pull.labels]
        added = list(dict.fromkeys([*(begun if isinstance(begun, list) else []), *missing]))
        if added:
            await journal.do(
                effects.add_labels(pull.number, added), lambda: self.client.add_labels(pull.number, *missing)
            )

    async def _review_asked(self, pull: PullInfo, journal: Journal) -> None:
        known = {login.lower() for login in (*pull.reviewers, pull.author.login)}
        asked = await journal.begun("request_review", f"#{pull.number}")
        if not self.reviewer or (self.reviewer.lower() in known and not asked):
            return

        async def ask() -> None:
            if not await self.client.request_reviewers(pull.number, self.reviewer):
                raise Refused(f"{self.reviewer} cannot be asked for a review.")

        await journal.do(effects.request_review(pull.number, self.reviewer), ask)

    async def _best(self, what: str, effort: Awaitable[object]) -> None:
        """Do what a pull request can be without."""
        try:
            await effort
        except (Refused, Gone) as error:
            log.info("%s: the %s could not be set: %s", self.client.full_name, what, error)
