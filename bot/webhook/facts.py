"""What a decision rests on beside the event: each fact is asked for when a rule needs it, and once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from bot.github.api.models import InstallationInfo
from workflows.errors import ConfigError
from workflows.policy.config.config_file import WrongConfig
from workflows.policy.config.repo_config import RepoConfig
from workflows.release_notes.proposal.proposals import Proposal
from workflows.runs.principal import Role
from workflows.store.records import Run


@dataclass(frozen=True, slots=True)
class Names:
    """What we are called and listen to on GitHub."""

    slug: str
    """The App's name on GitHub; it is mentioned as @slug and comments as slug[bot]."""
    assignee: str = ""
    label: str = "pullwright"


class FactSource(Protocol):
    """Where the facts about one event come from.

    Each raises UserError where GitHub refuses, and TransientError or StoreError where it cannot be known now.
    """

    async def config(self) -> RepoConfig:
        """What the repository says about itself on its default branch. ConfigError where that is wrong."""
        ...

    async def role(self, login: str) -> Role:
        """What somebody is in the repository."""
        ...

    async def run(self) -> Run | None:
        """The run that is meant where the event happened; None where there was none."""
        ...

    async def at_work(self) -> Run | None:
        """The run that works on the issue where the event happened, or waits there; None where there is none."""
        ...

    async def asking(self) -> Run | None:
        """The run there whose question a comment like this one can answer; None where none asks."""
        ...

    async def begun_by_us(self, number: int, thread: int) -> bool:
        """Whether the comment is ours that a thread on the code of a pull request begins with."""
        ...

    async def reproduced(self, number: int) -> bool:
        """Whether what reproduced an issue is kept."""
        ...

    async def proposals(self) -> list[Proposal]:
        """The pull requests that we have opened to put notes into a CHANGELOG, the newest first; open or not."""
        ...

    async def is_open(self, number: int) -> bool:
        """Whether a pull request is open, and ours."""
        ...

    async def has_notes(self, tag: str) -> bool:
        """Whether notes of ours for a tag may stand in a draft or a pull request."""
        ...

    async def installation(self) -> InstallationInfo:
        """The installation, with what its owner has granted."""
        ...


@dataclass(slots=True)
class Facts:
    """The facts about one event, in the words of its rules."""

    names: Names
    source: FactSource
    wrong: ConfigError | None = None
    """What is wrong with the repository's configuration, as soon as that was asked for."""
    _config: RepoConfig | None = None
    _roles: dict[str, Role] = field(default_factory=dict)
    _run: tuple[Run | None] | None = None
    _asking: tuple[Run | None] | None = None
    _at_work: tuple[Run | None] | None = None
    _installation: InstallationInfo | None = None

    async def config(self) -> RepoConfig:
        """The repository's configuration; where it is wrong, one that only says which label the file names."""
        if self._config is None:
            try:
                self._config = await self.source.config()
            except ConfigError as error:
                self.wrong = error
                self._config = RepoConfig(label=error.label if isinstance(error, WrongConfig) else None)
        return self._config

    async def role(self, login: str) -> Role:
        if login not in self._roles:
            self._roles[login] = await self.source.role(login)
        return self._roles[login]

    async def run(self) -> Run | None:
        if self._run is None:
            self._run = (await self.source.run(),)
        return self._run[0]

    async def at_work(self) -> Run | None:
        if self._at_work is None:
            self._at_work = (await self.source.at_work(),)
        return self._at_work[0]

    async def asking(self) -> Run | None:
        if self._asking is None:
            self._asking = (await self.source.asking(),)
        return self._asking[0]

    async def begun_by_us(self, number: int, thread: int) -> bool:
        return await self.source.begun_by_us(number, thread)

    async def reproduced(self, number: int) -> bool:
        return await self.source.reproduced(number)

    async def proposals(self) -> list[Proposal]:
        return await self.source.proposals()

    async def is_open(self, number: int) -> bool:
        return await self.source.is_open(number)

    async def has_notes(self, tag: str) -> bool:
        return await self.source.has_notes(tag)

    async def installation(self) -> InstallationInfo:
        if self._installation is None:
            self._installation = await self.source.installation()
        return self._installation
