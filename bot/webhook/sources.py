"""Where the facts about an event come from: GitHub, and our database."""

from __future__ import annotations

from dataclasses import dataclass

from bot.commands import steering
from bot.github.api.models import InstallationInfo
from bot.webhook.events.conversation import About, Commented
from bot.webhook.start import Starting
from workflows.errors import NotFound
from workflows.policy.config.repo_config import RepoConfig
from workflows.release_notes.proposal.proposals import Proposal, is_ours, proposals
from workflows.release_notes.withdrawal.left import left_of
from workflows.runs import meant
from workflows.runs.approval import Seen
from workflows.runs.principal import Role, role_of
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.store.run_rows.reproduced import kept_in
from workflows.text.sanitise import sanitised


@dataclass(frozen=True, slots=True)
class FromGitHub:
    """The facts as they are; implements `bot.webhook.facts.Source`."""

    starting: Starting
    event: About

    async def config(self) -> RepoConfig:
        return await self.starting.config(self.event)

    async def role(self, login: str) -> Role:
        sender = self.event.sender
        account = sender.id if login == sender.login else 0
        return role_of(await self.starting.place(self.event).permission(login, account))

    async def run(self) -> Run | None:
        number = self.event.subject.told_on
        if not number:
            return None
        repository = await self.starting.repository_of(self.event)
        return await self.starting.runs.store.read(meant.meant_by, repository, number)

    async def at_work(self) -> Run | None:
        repository = await self.starting.repository_of(self.event)
        number = self.event.subject.told_on
        return await self.starting.runs.store.read(meant.at_work_on, repository, number) if number else None

    async def asking(self) -> Run | None:
        if not isinstance(self.event, Commented):
            return None
        repository = await self.starting.repository_of(self.event)
        store = self.starting.runs.store
        return await steering.asking(store, repository, self.event.issue.number, seen_in(self.event))

    async def begun_by_us(self, number: int, thread: int) -> bool:
        said = await self.starting.place(self.event).code_comments(number)
        ours = self.starting.github.credentials.bot_login.lower()
        return any(one.id == thread and one.author.login.lower() == ours for one in said)

    async def reproduced(self, number: int) -> bool:
        repository = await self.starting.repository_of(self.event)
        rows = await self.starting.runs.store.read(runs.of_number, repository, number, workflow="triage")
        return bool(kept_in([row.state for row in rows]))

    async def proposals(self) -> list[Proposal]:
        return await self.starting.runs.store.read(proposals, await self.starting.repository_of(self.event))

    async def is_open(self, number: int) -> bool:
        place = self.starting.place(self.event)
        try:
            return is_ours(place, await place.pull(number))
        except NotFound:
            return False

    async def has_notes(self, tag: str) -> bool:
        return await self.starting.runs.store.read(left_of, await self.starting.repository_of(self.event), tag)

    async def installation(self) -> InstallationInfo:
        return await self.starting.github.installation(self.event.place.installation)


@dataclass(frozen=True, slots=True)
class WithoutRules:
    """Where the repository's own rules cannot be had: those of one that says nothing, and what is known beside.

    It only serves to say whether somebody asked for something, who is then told that it failed.
    """

    real: FromGitHub

    async def config(self) -> RepoConfig:
        return RepoConfig()

    async def role(self, login: str) -> Role:
        return await self.real.role(login)

    async def run(self) -> Run | None:
        return None

    async def at_work(self) -> Run | None:
        return None

    async def asking(self) -> Run | None:
        return None

    async def begun_by_us(self, number: int, thread: int) -> bool:
        return await self.real.begun_by_us(number, thread)

    async def reproduced(self, number: int) -> bool:
        return False

    async def proposals(self) -> list[Proposal]:
        return []

    async def is_open(self, number: int) -> bool:
        return False

    async def has_notes(self, tag: str) -> bool:
        return False

    async def installation(self) -> InstallationInfo:
        return InstallationInfo(0, "")


def digest_of(event: Commented) -> str:
    """Of the issue as it was when the comment was written; "" on a pull request."""
    return "" if event.on_pull else sanitised(event.issue).digest


def seen_in(event: Commented) -> Seen:
    """What whoever wrote a comment can have read."""
    return Seen(event.at, digest_of(event))
