"""From what people call a repository to how runs name it, and which installation of the App covers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workflows.errors import Gone, NotFound
from workflows.store.cluster import pauses
from workflows.store.database import Store
from workflows.store.run_rows import runs
from workflows.store.web import run_search
from workflows.store.web.run_search import KnownRepository

if TYPE_CHECKING:
    from bot.github.client import GitHub


@dataclass(frozen=True, slots=True)
class Repositories:
    """`github` gives the client, None while no App is set up."""

    store: Store
    github: Callable[[], GitHub | None]

    async def name_of(self, called: str) -> str:
        """How runs name a repository that is called "owner/name", or is named so already; "" for ""."""
        github = self.github()
        if called.count("/") != 1 or github is None:
            return called
        return await self.store.read(pauses.kept_under, github.credentials.host, called)

    async def where(self, called: str) -> KnownRepository:
        """A repository on GitHub, also one of which there is no run yet. NotFound where the App is not installed."""
        name = await self.name_of(called)
        known, github = await self.store.read(run_search.repository_of, name), self.github()
        if known is not None and known.installation:
            return known if github is None else await self._by_now(github, known, called)
        if github is None:
            raise NotFound("No GitHub App is set up here.")
        if called.count("/") != 1:
            raise NotFound(f"There is no repository {called[:200]!r} on GitHub.", "Name it as OWNER/NAME.")
        installation = await github.installation_of(called)
        return KnownRepository(name, f"{github.credentials.host}/{called}", "github", installation)

    async def _by_now(self, github: GitHub, known: KnownRepository, called: str) -> KnownRepository:
        """What has that name now: another repository than before, where one was renamed and its name taken anew."""
        if not known.number or called == known.name:
            return known
        try:
            found = await github.repository(known.installation, called).info()
            if found.id == known.number:
                return known
            installation = await github.installation_of(called)
        except (NotFound, Gone):
            return known  # nobody may see it, then
        there = f"{github.credentials.host}/{found.full_name}"
        name = await self.store.read(runs.name_of, there, found.id)
        return KnownRepository(name, there, "github", installation, found.id)

    async def config_text(self, where: KnownRepository) -> str | None:
        """Its own configuration on its default branch at this moment; None where there is none, or it is no forge's."""
        github = self.github()
        if github is None or where.forge != "github":
            return None
        name = where.called.partition("/")[2]
        return await github.repository(where.installation, name).configuration()
